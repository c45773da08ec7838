package clv_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// steady is a model whose figures follow from the facts in plain sight.
type steady struct{ model.OwnRhythm }

func (steady) Name() string    { return "steady" }
func (steady) Version() string { return "1" }

func (steady) Predict(f history.Facts) model.Prediction {
	return model.Prediction{
		PAlive:            1 / float64(1+f.AgeDays-f.RecencyDays),
		AliveKnown:        true,
		OrdersIfAlive:     float64(f.PurchaseDays),
		ValueIfAliveMinor: math.Max(0, float64(f.RevenueMinor)),
		SpendMinor:        f.RepeatMeanMinor,
	}
}

// The live path values a customer after every event; a batch job sorts
// everything and folds once. Both must say the same.
func TestIncrementalEqualsRecomputed(t *testing.T) {
	eventtest.EachLife(t, func(t *testing.T, rnd *rand.Rand, events []history.Event, rules *history.Rules) {
		valuation := &clv.Valuation{Basis: standing.Basis{Rules: *rules, Model: steady{}}}
		var live clv.Customer
		for _, e := range eventtest.Deliver(rnd, events, rules) {
			_, _, _ = live.Apply(e, valuation)
		}
		sorted := slices.SortedFunc(slices.Values(events), func(a, b history.Event) int { return int(a.AtMicros - b.AtMicros) })
		var batch clv.Customer
		for i := range sorted {
			_, _, _ = batch.Apply(&sorted[i], valuation)
		}
		if live.Value != batch.Value {
			t.Errorf("values:\n live %+v\nbatch %+v", live.Value, batch.Value)
		}
		if got, want := eventtest.Content(&live.History), eventtest.Content(&batch.History); got != want {
			t.Errorf("histories:\n live %s\nbatch %s", got, want)
		}
	})
}
