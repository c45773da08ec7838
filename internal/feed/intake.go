package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/stream/event"
)

// Intake is a file on its way into the input topics. Its rows are held to the rules that
// consumers hold events to, so that no event of it becomes a dead letter for what it says.
type Intake struct {
	Open  func() (*dataset.Reader, io.Closer, error) // the file from its beginning
	Rules event.Rules
	Now   time.Time
}

// Checked is what a file holds.
type Checked struct {
	Found *dataset.Found
	dataset.Stats
	Amounts   bool // orders have amounts
	Sorted    bool // rows are given in another order than the file's
	First     []Event
	Orders    int
	Refunds   int
	Others    int
	Customers int
	Earliest  time.Time
	Latest    time.Time
	Ordered   map[money.Currency]int64 // minor units of orders
	Refunded  map[money.Currency]int64
}

// shownEvents is how many of the first events Checked keeps.
const shownEvents = 3

// checkEvery is how many rows lie between two looks at whether to go on.
const checkEvery = 1 << 12

// Check reads the whole file as it would be sent, and sends nothing.
func (in Intake) Check(ctx context.Context) (Checked, error) {
	c := Checked{Ordered: map[money.Currency]int64{}, Refunded: map[money.Currency]int64{}}
	customers := map[string]struct{}{}
	var wire dataset.Stats
	taken := 0
	reader, err := in.each(func(e Event, refused *dataset.RowError) bool {
		if refused != nil {
			wire.Count(refused)
			return true
		}
		c.take(e)
		customers[e.CustomerID] = struct{}{}
		taken++
		return taken%checkEvery != 0 || ctx.Err() == nil
	})
	if err := errors.Join(err, ctx.Err()); err != nil {
		return c, err
	}
	c.Stats, c.Found, c.Amounts, c.Sorted, c.Customers = reader.Stats(), reader.Found(), reader.HasAmounts(), reader.Sorts(), len(customers)
	c.Events = taken
	c.Refused = append(c.Refused, wire.Refused...)
	return c, nil
}

func (c *Checked) take(e Event) {
	if len(c.First) < shownEvents {
		c.First = append(c.First, e)
	}
	at := time.UnixMicro(e.AtMicros).UTC()
	if c.Earliest.IsZero() || at.Before(c.Earliest) {
		c.Earliest = at
	}
	if at.After(c.Latest) {
		c.Latest = at
	}
	switch e.Kind {
	case history.OrderPlaced:
		c.Orders++
		c.Ordered[e.Currency] += e.AmountMinor
	case history.OrderRefunded:
		c.Refunds++
		c.Refunded[e.Currency] += e.AmountMinor
	default:
		c.Others++
	}
}

// Events are those that Check has counted. What ends the file early is left in failed.
func (in Intake) Events(failed *error) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		_, *failed = in.each(func(e Event, refused *dataset.RowError) bool { return refused != nil || yield(e) })
	}
}

// each hands on each event, or why it would be refused, until told to stop.
func (in Intake) each(take func(Event, *dataset.RowError) bool) (*dataset.Reader, error) {
	reader, file, err := in.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	decoder := event.NewDecoder(in.Rules)
	record := event.Record{TimestampMillis: in.Now.UnixMilli()}
	for row, err := range reader.Rows() {
		if dataset.IsRefusal(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		e := Event{row.Event, row.Currency}
		if e.Currency == (money.Currency{}) {
			e.Currency = in.Rules.Rates.Business()
		}
		var unusable *dataset.RowError
		record.Value = event.Append(record.Value[:0], &e.Event, e.Currency)
		if _, _, refused := decoder.Decode(&record); refused != nil {
			unusable = &dataset.RowError{Line: row.Line, Rows: row.Rows(), Refusal: *refused, Trouble: dataset.WireTrouble(refused.Reason)}
		}
		if !take(e, unusable) {
			break
		}
	}
	return reader, nil
}

// Wire is the event as it is sent.
func (e Event) Wire() string { return string(event.Append(nil, &e.Event, e.Currency)) }

// ErrNoAmounts refuses a file whose orders would all be worth 0.
var ErrNoAmounts = errors.New("no column is recognised as the amount, so that each order would be worth 0: say --no-amounts if that is right, or name it with --columns")

// Ready says whether a file may be sent: it has amounts, unless they are not asked for, and
// no more than the share of its rows is refused.
func (c Checked) Ready(name string, mostRefused float64, noAmounts bool) error {
	if !c.Amounts && !noAmounts {
		return fmt.Errorf("read %s: %w, as in %s", name, ErrNoAmounts, c.Found.NoAmounts)
	}
	return c.Enough(name, mostRefused)
}
