package estimate_test

import (
	"testing"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// knowing is a model that knows P(alive), or not.
type knowing struct {
	model.Simple
	known bool
}

func (k knowing) Predict(history.Facts) model.Prediction {
	return model.Prediction{PAlive: 1, AliveKnown: k.known, ValueIfAliveMinor: 100}
}

// P(alive) is known where the model or a churn event says it, and never of who has no order.
func TestPAliveIsKnownWhereSomethingSaysIt(t *testing.T) {
	const day = 86_400_000_000
	order := history.Event{Kind: history.OrderPlaced, ID: "1", OrderID: "1", CustomerID: "c", AtMicros: 100 * day, AmountMinor: 1000}
	cost := history.Event{Kind: history.CustomerAcquired, ID: "2", CustomerID: "c", AtMicros: 99 * day, AmountMinor: 500}
	left := history.Event{Kind: history.ChurnConfirmed, ID: "3", CustomerID: "c", AtMicros: 101 * day}
	told := history.Event{Kind: history.ChurnPredicted, ID: "4", CustomerID: "c", AtMicros: 101 * day, Probability: .25}
	again := history.Event{Kind: history.OrderPlaced, ID: "5", OrderID: "5", CustomerID: "c", AtMicros: 102 * day, AmountMinor: 1000}
	whole, err := money.ParseDecimal("1")
	if err != nil {
		t.Fatal(err)
	}
	margins, err := money.NewMargins(whole)
	if err != nil {
		t.Fatal(err)
	}
	rules := history.Rules{Calendar: calendar.NewCalendar(nil), Margins: margins, LatenessDays: 90, LedgerLimit: 1024}
	for _, tc := range []struct {
		name          string
		events        []history.Event
		modelKnows    bool
		known         bool
		pAlive, value float64
	}{
		{"a prospect", []history.Event{cost}, true, false, 0, 0},
		{"a prospect who left", []history.Event{cost, left}, true, true, 0, 0},
		{"an order", []history.Event{order}, true, true, 1, 100},
		{"an order, and a model without", []history.Event{order}, false, false, 1, 100},
		{"left", []history.Event{order, left}, false, true, 0, 0},
		{"predicted to leave", []history.Event{order, told}, false, true, .75, 75},
		{"back again", []history.Event{order, told, again}, false, false, 1, 100},
	} {
		var h history.History
		for i := range tc.events {
			if _, refused := h.Fold(&tc.events[i], &rules); refused != nil {
				t.Fatal(tc.name, refused)
			}
		}
		e := estimate.Of(&h, &rules, knowing{known: tc.modelKnows}, 103*day)
		if e.AliveKnown != tc.known || e.PAlive != tc.pAlive || e.PredictedMinor != tc.value || e.Stored("v").AliveKnown != tc.known {
			t.Errorf("%s: known %v, P(alive) %g, predicted %g", tc.name, e.AliveKnown, e.PAlive, e.PredictedMinor)
		}
	}
}
