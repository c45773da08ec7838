package feed

import (
	"context"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Event is an event and the currency of its amounts.
type Event struct {
	history.Event
	Currency money.Currency
}

// File is a file's events; amounts that name no currency are in the business's. Refused
// rows are reported and passed over. What ends the file early is left in failed.
func File(reader *dataset.Reader, business money.Currency, report io.Writer, failed *error) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for row, err := range reader.Rows() {
			switch {
			case dataset.IsRefusal(err):
				fmt.Fprintln(report, err)
				continue
			case err != nil:
				*failed = err
				return
			}
			currency := row.Currency
			if currency == (money.Currency{}) {
				currency = business
			}
			if !yield(Event{row.Event, currency}) {
				return
			}
		}
	}
}

// Publish sends events at a rate a second (0: as fast as it goes) until ctx is done, and
// says how many the brokers have; published is told along the way.
func Publish(ctx context.Context, client cluster.Access, topics []string, events iter.Seq[Event], rate float64, published func(int64)) (int64, error) {
	f, err := New(client, topics)
	if err != nil {
		return 0, err
	}
	defer f.Close() // what was flushed is with the brokers
	pace := pace{perSecond: rate, began: time.Now()}
	for e := range events {
		if err := f.Add(ctx, &e.Event, e.Currency); err != nil {
			return f.Sent(), err
		}
		published(f.Sent())
		if pace.early() {
			if err := f.Flush(ctx); err != nil {
				return f.Sent(), err
			}
			if sleepUntil(ctx, pace.due()); ctx.Err() != nil {
				break
			}
		}
	}
	err = f.Flush(context.WithoutCancel(ctx))
	published(f.Sent())
	return f.Sent(), err
}

// PublishEach sends each event when it comes and says how many the brokers have.
func PublishEach(ctx context.Context, client cluster.Access, topics []string, events iter.Seq[Event]) (int64, error) {
	f, err := New(client, topics)
	if err != nil {
		return 0, err
	}
	defer f.Close() // what was flushed is with the brokers
	for e := range events {
		if err := f.Add(ctx, &e.Event, e.Currency); err != nil {
			return f.Sent(), err
		}
		if err := f.Flush(context.WithoutCancel(ctx)); err != nil {
			return f.Sent(), err
		}
	}
	return f.Sent(), nil
}

// pace holds a rate over the whole time, so that a pause is made up for.
type pace struct {
	perSecond float64
	began     time.Time
	given     int64
}

// early counts one more and says whether it is too soon for the next.
func (p *pace) early() bool {
	p.given++
	return p.perSecond > 0 && time.Until(p.due()) > time.Millisecond
}

func (p *pace) due() time.Time {
	return p.began.Add(time.Duration(float64(p.given) / p.perSecond * float64(time.Second)))
}

func sleepUntil(ctx context.Context, at time.Time) {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
