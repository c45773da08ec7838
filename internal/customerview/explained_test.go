package customerview

import (
	"testing"

	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/explain"
)

// An explanation is of the stored value if every figure of it is the same.
func TestExplainComparesWithWhatIsStored(t *testing.T) {
	c := newCustomer(t)
	latest := "2026-07-08T17:40:00Z"
	c.take(t, 0, order("2026-06-18T09:15:00Z", "o1", 2000), order(latest, "o2", 4000))
	explained := func(at string) *explain.Explanation {
		e := &explain.Explanation{Estimate: estimate.Of(&c.Stored.History, &c.Valuation.Rules, c.Valuation.Model, micros(at))}
		e.Model.Model, e.Model.Currency = c.Valuation.Model, c.Currency
		return e
	}
	v := Explain(c.ID, c.Stored, explained(latest))
	if !v.Stored.Same || v.CustomerID != "c42" || v.CLVMinor != v.Stored.CLVMinor || v.Stored.AsOf != v.AsOf || v.Stored.Version != c.Stored.Version {
		t.Errorf("%+v", v)
	}
	if v := Explain(c.ID, c.Stored, explained("2026-07-08T17:40:01Z")); v.Stored.Same {
		t.Errorf("of another instant: %+v", v.Stored)
	}
	for what, change := range map[string]func(e *estimate.Estimate){
		"status": func(e *estimate.Estimate) { e.Status = history.Churned }, "historic": func(e *estimate.Estimate) { e.HistoricMinor++ },
		"predicted": func(e *estimate.Estimate) { e.PredictedMinor++ }, "CLV": func(e *estimate.Estimate) { e.CLVMinor++ },
		"P(alive)": func(e *estimate.Estimate) { e.PAlive /= 2 }, "expected orders": func(e *estimate.Estimate) { e.ExpectedOrders++ },
	} {
		other := explained(latest)
		if change(&other.Estimate); Explain(c.ID, c.Stored, other).Stored.Same {
			t.Errorf("another %s is not seen", what)
		}
	}
}
