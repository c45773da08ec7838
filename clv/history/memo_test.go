package history_test

import (
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// What a history remembers of its sums between events never shows: after each
// event its facts are those of a copy that remembers nothing, also when days are
// sealed early.
func TestFactsNeverDependOnWhatWasSummedBefore(t *testing.T) {
	eventtest.EachLife(t, func(t *testing.T, rnd *rand.Rand, events []history.Event, rules *history.Rules) {
		rules.LedgerLimit = []int{4, 16, history.DefaultLedgerLimit}[rnd.IntN(3)]
		var h history.History
		for i, e := range eventtest.Deliver(rnd, events, rules) {
			_, _ = h.Fold(e, rules)
			fresh := history.History{
				Orders: h.Orders, Sealed: h.Sealed, SealedMonths: h.SealedMonths, SealedWorth: h.SealedWorth, RefundHashes: h.RefundHashes, Churn: h.Churn, Acquisition: h.Acquisition, First: h.First, LatestMicros: h.LatestMicros,
			}
			if got, want := h.Facts(rules, h.LatestMicros), fresh.Facts(rules, h.LatestMicros); got != want {
				t.Errorf("after event %d, %s:\n got %+v\nwant %+v", i, e.Kind, got, want)
				return
			}
		}
	})
}
