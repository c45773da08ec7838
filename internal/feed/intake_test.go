package feed

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/stream/event"
)

func intake(t *testing.T, text string, opts dataset.Options) Intake {
	t.Helper()
	rates, err := money.NewRates(currency(t, "USD"))
	if err != nil {
		t.Fatal(err)
	}
	opts.Name, opts.Currency = "orders.csv", currency(t, "USD")
	return Intake{
		Now: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC),
		Rules: event.Rules{
			Rates: rates, Calendar: calendar.NewCalendar(time.UTC), Oldest: time.Date(1995, 1, 1, 0, 0, 0, 0, time.UTC),
			FutureTolerance: time.Hour, MaxAmountMinor: 1_000_00,
		},
		Open: func() (*dataset.Reader, io.Closer, error) {
			reader, err := dataset.NewReader(strings.NewReader(text), opts)
			return reader, io.NopCloser(nil), err
		},
	}
}

// What a consumer would refuse is refused before it is sent; the rest is sent in the order of
// time; what is not sent is counted.
func TestIntake(t *testing.T) {
	in := intake(t, "customer,time,amount,currency\na,2024-01-03,5,\nb,soon,5,USD\nc,2024-01-02,5,EUR\nd,1990-01-02,5,\ne,2024-07-02,5,\nf,2024-01-01,7000,\na,2024-01-01,2.50,\n",
		dataset.Options{ByTime: true})
	c, err := in.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c.Orders != 2 || c.Customers != 1 || c.Events != 2 || c.Rows != 7 || c.RefusedRows() != 5 || !c.Sorted || c.Ordered[currency(t, "USD")] != 750 ||
		!c.Earliest.Equal(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)) || !c.Latest.Equal(time.Date(2024, 1, 3, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", c)
	}
	var kinds []string
	for _, tally := range c.Refused {
		kinds = append(kinds, tally.Reason.String())
	}
	slices.Sort(kinds)
	if want := []string{"bad_amount", "bad_time", "bad_time", "future", "unknown_currency"}; !slices.Equal(kinds, want) {
		t.Errorf("refused for %v, want %v", kinds, want)
	}
	var failed error
	events := slices.Collect(in.Events(&failed))
	if len(events) != 2 || events[0].AmountMinor != 250 || events[1].AmountMinor != 500 || failed != nil {
		t.Errorf("%+v, %v", events, failed)
	}
	if first := c.First[0].Wire(); !strings.Contains(first, `"amount":"2.50","currency":"USD"`) {
		t.Error(first)
	}
	for range in.Events(&failed) {
		break
	}
	for share, want := range map[float64]string{0.7: "5 of its 7 rows are refused, more than 70 %", 0.72: ""} {
		if err := c.Ready("orders.csv", share, false); (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("at most %g: %v", share, err)
		}
	}
}

func TestIntakeWithoutAmounts(t *testing.T) {
	c, err := intake(t, "customer,time\na,2024-01-01\n", dataset.Options{}).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Ready("orders.csv", 0, false); !errors.Is(err, ErrNoAmounts) {
		t.Errorf("without amounts: %v", err)
	}
	if err := c.Ready("orders.csv", 0, true); err != nil {
		t.Error(err)
	}
}

func TestIntakeEnds(t *testing.T) {
	in := intake(t, "customer,time\n"+strings.Repeat("a,2024-01-01\n", 2*checkEvery), dataset.Options{})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := in.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("when told to stop: %v", err)
	}
	in.Open = func() (*dataset.Reader, io.Closer, error) { return nil, nil, io.ErrUnexpectedEOF }
	var failed error
	for range in.Events(&failed) {
		t.Error("an event of no file")
	}
	if !errors.Is(failed, io.ErrUnexpectedEOF) {
		t.Errorf("failed: %v", failed)
	}
}
