package shop

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
)

var start = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// year is the default shop over a year.
func year() Config {
	c := Default()
	c.Start, c.End = start, start.AddDate(1, 0, 0)
	return c
}

func events(t testing.TB, c Config) []history.Event {
	t.Helper()
	seq, err := c.Events()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(seq)
}

func count(all []history.Event, kind history.Kind) (n int) {
	for _, e := range all {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// within checks a sample figure against theory within four standard errors.
func within(t *testing.T, what string, got, want, standardError float64) {
	t.Helper()
	if z := (got - want) / standardError; math.IsNaN(z) || math.Abs(z) > 4 {
		t.Errorf("%s: got %v, theory says %v ± %v (%.1f standard errors off)", what, got, want, standardError, z)
	}
}

func TestEventsAreOrderedCompleteAndDistinct(t *testing.T) {
	c := year()
	all := events(t, c)
	seen := map[string]bool{}
	customers := map[string]bool{}
	last := int64(math.MinInt64)
	for _, e := range all {
		if e.AtMicros < last || e.AtMicros < c.Start.UnixMicro() || e.AtMicros >= c.End.UnixMicro() {
			t.Fatalf("event %s at %d is out of order or out of the span", e.ID, e.AtMicros)
		}
		last = e.AtMicros
		if seen[e.ID] || !strings.HasPrefix(e.ID, e.CustomerID+".") || !strings.HasPrefix(e.ID, "s1-c") {
			t.Fatalf("event id %q of customer %q repeats or is not its own", e.ID, e.CustomerID)
		}
		seen[e.ID] = true
		customers[e.CustomerID] = true
	}
	if len(customers) != c.Customers {
		t.Errorf("%d customers came, want all %d", len(customers), c.Customers)
	}
	for k := history.OrderPlaced; k <= history.CustomerAcquired; k++ {
		if count(all, k) == 0 {
			t.Errorf("no %s in a year", k)
		}
	}
}

func TestEffectsFollowTheirCauses(t *testing.T) {
	orders := map[string]history.Event{}
	confirmed := map[string]bool{}
	lastOrder := map[string]int64{}
	for _, e := range events(t, year()) {
		order, known := orders[e.OrderID]
		switch e.Kind {
		case history.OrderPlaced:
			orders[e.OrderID] = e
			lastOrder[e.CustomerID] = e.AtMicros
			if confirmed[e.CustomerID] {
				t.Fatalf("customer %s ordered after leaving", e.CustomerID)
			}
		case history.OrderRefunded:
			if !known || order.CustomerID != e.CustomerID || e.AmountMinor > order.AmountMinor || e.AmountMinor < 0 || e.RefundID == "" {
				t.Fatalf("refund %+v does not fit order %+v", e, order)
			}
		case history.OrderCancelled:
			if !known || order.CustomerID != e.CustomerID {
				t.Fatalf("cancellation %+v has no order", e)
			}
		case history.ChurnConfirmed:
			confirmed[e.CustomerID] = true
		case history.ChurnReverted:
			if !confirmed[e.CustomerID] {
				t.Fatalf("churn of %s reverted before it was confirmed", e.CustomerID)
			}
		case history.ChurnPredicted:
			if !(e.Probability >= 0 && e.Probability <= 1) || lastOrder[e.CustomerID] == 0 {
				t.Fatalf("prediction %+v is no probability of a customer", e)
			}
		}
	}
}

func TestSeedDecidesEverything(t *testing.T) {
	c := year()
	c.Customers = 300
	first := events(t, c)
	if !slices.Equal(first, events(t, c)) {
		t.Error("two runs of one seed differ")
	}
	c.Seed = 2
	c.IDPrefix = "s1-"
	if slices.Equal(first, events(t, c)) {
		t.Error("two seeds give the same shop")
	}
}

// Customers and orders stay what they are, whatever else is asked for.
func TestOrdersDoNotDependOnTheRest(t *testing.T) {
	orders := func(c Config) []history.Event {
		return slices.DeleteFunc(events(t, c), func(e history.Event) bool {
			return e.Kind != history.OrderPlaced || e.CustomerID >= "s1-c0000200"
		})
	}
	c := year()
	c.Customers = 200
	want := orders(c)
	c.Customers, c.RefundShare, c.ConfirmShare, c.PredictShare, c.AcquiredShare = 400, .5, 1, .3, 0
	if !slices.Equal(want, orders(c)) {
		t.Error("more customers or other shares changed the orders of the first 200 customers")
	}
}

func TestShares(t *testing.T) {
	c := year()
	c.Customers, c.End = 20_000, start.AddDate(2, 0, 0) // whatever follows an order of the first weeks falls within
	all := events(t, c)
	orders := float64(count(all, history.OrderPlaced))
	share := func(what string, n int, of, want float64) {
		t.Helper()
		within(t, what, float64(n)/of, want, math.Sqrt(want*(1-want)/of))
	}
	share("acquired", count(all, history.CustomerAcquired), float64(c.Customers), c.AcquiredShare)
	share("refunds", count(all, history.OrderRefunded), orders, c.RefundShare)
	share("cancellations", count(all, history.OrderCancelled), orders, c.CancelShare)
	share("predictions", count(all, history.ChurnPredicted), orders, c.PredictShare)

	amounts, whole, refunds := map[string]int64{}, 0, 0
	for _, e := range all {
		amounts[e.OrderID] = max(amounts[e.OrderID], e.AmountMinor)
		if e.Kind == history.OrderRefunded {
			refunds++
			if e.AmountMinor == amounts[e.OrderID] {
				whole++
			}
		}
	}
	share("whole refunds", whole, float64(refunds), c.WholeRefundShare)
}

// After five years hardly a departure of MBG/NBD is still to become known, so
// that the shares can be counted.
func TestChurnShares(t *testing.T) {
	c := year()
	c.Customers, c.ConfirmShare, c.RevertShare, c.End = 5_000, .4, .25, start.AddDate(5, 0, 0)
	r := c.open()
	var all []history.Event
	for len(r.queue) > 0 {
		all = append(all, r.happen(r.queue.pop()))
	}
	left := 0.0
	for _, one := range r.customers {
		if one.leftMicros < math.MaxInt64 {
			left++
		}
	}
	confirmed, reverted := float64(count(all, history.ChurnConfirmed)), float64(count(all, history.ChurnReverted))
	if left < float64(c.Customers)/2 {
		t.Errorf("only %v of %d customers left in five years", left, c.Customers)
	}
	within(t, "confirmed share", confirmed/left, .4, math.Sqrt(.4*.6/left))
	within(t, "reverted share", reverted/confirmed, .25, math.Sqrt(.25*.75/confirmed))
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(*Config)
		want  string
	}{
		"no customers":    {func(c *Config) { c.Customers = 0 }, "customers is 0"},
		"end first":       {func(c *Config) { c.End = c.Start }, "not after start"},
		"no window":       {func(c *Config) { c.AcquisitionDays = 0 }, "acquisition days"},
		"no such model":   {func(c *Config) { c.Buying.Model = "poisson" }, "mbgnbd"},
		"alpha missing":   {func(c *Config) { c.Buying.Alpha = 0 }, "alpha is 0"},
		"alpha not a num": {func(c *Config) { c.Buying.Alpha = math.NaN() }, "alpha is NaN"},
		"a infinite":      {func(c *Config) { c.Buying.A = math.Inf(1) }, "a is +Inf"},
		"infinite spend":  {func(c *Config) { c.Spend.Q = 1 }, "above 1"},
		"share above 1":   {func(c *Config) { c.ConfirmShare = 1.1 }, "confirm share"},
		"shares together": {func(c *Config) { c.RefundShare, c.CancelShare = .6, .6 }, "together"},
		"channel weight":  {func(c *Config) { c.Channels[0].Weight = 0 }, "weight of channel web"},
		"long prefix":     {func(c *Config) { c.IDPrefix = strings.Repeat("x", 300) }, "prefix"},
	} {
		t.Run(name, func(t *testing.T) {
			c := year()
			tc.spoil(&c)
			if _, err := c.Events(); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error that says %q", err, tc.want)
			}
		})
	}
}
