package report

import (
	"math"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

// totals are sums over all customers as of the split. Their size grows with how
// different customers are, not with how many.
type totals struct {
	customers, repeaters int
	orders               int // Σx
	mostOrders           int
	heldOrders           int // purchase days after the split
	oldestDays           int

	byAge    map[int]int // customers whose T is so many days
	byOrders map[int]int // by x

	spenders  int         // repeaters who paid something
	freeDays  int         // repeaters who paid nothing
	spendByX  map[int]int // spenders by x
	spendSum  float64     // Σm over the spenders, major units
	alive     float64     // ΣP(alive)
	expected  float64     // ΣE[Y(horizon)]
	predicted float64     // Σ predicted value, major units
}

func (s *subject) sum() totals {
	t := totals{byAge: map[int]int{}, byOrders: map[int]int{}, spendByX: map[int]int{}}
	perMajor := math.Pow10(s.File.Currency.Exponent())
	for c := range s.Holdout.Customers {
		x, ageDays := c.Summary.Frequency(), wholeDays(c.Summary.Age())
		t.customers++
		t.orders += x
		t.mostOrders, t.oldestDays = max(t.mostOrders, x), max(t.oldestDays, ageDays)
		t.heldOrders += c.Orders
		t.byAge[ageDays]++
		t.byOrders[x]++
		if x > 0 {
			t.repeaters++
		}
		switch {
		case x > 0 && c.MeanSpend > 0:
			t.spenders++
			t.spendByX[x]++
			t.spendSum += c.MeanSpend
		case x > 0:
			t.freeDays++
		}
		p := s.model.Predict(s.facts(&c))
		t.alive += p.PAlive
		t.expected += p.PAlive * p.OrdersIfAlive
		t.predicted += p.PAlive * p.ValueIfAliveMinor / perMajor
	}
	return t
}

// facts are what the live path would know of the customer as of the split.
func (s *subject) facts(c *fit.Held) history.Facts {
	return history.Facts{
		Orders: c.Summary.Frequency() + 1, PurchaseDays: c.Summary.Frequency() + 1,
		Frequency: c.Summary.Frequency(), RecencyDays: wholeDays(c.Summary.Recency()), AgeDays: wholeDays(c.Summary.Age()),
		RepeatMeanMinor: c.MeanSpend * math.Pow10(s.File.Currency.Exponent()), MarginRatio: s.Rules.Margins.DefaultRatio(),
	}
}

// margin is the model's or, where it has none, what orders have by default.
func (s *subject) margin() float64 {
	if s.File.MarginRatio > 0 {
		return s.File.MarginRatio
	}
	return s.Rules.Margins.DefaultRatio()
}

// wholeDays is a span of days, which is whole days.
func wholeDays(span model.Span) int { return int(math.Round(span.In(model.UnitDay))) }
