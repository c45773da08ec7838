package verify_test

import (
	"testing"

	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/due"
)

// A cut of the tiers does not blind verification: changes are followed one by one as before,
// but for the tier, whose borders of then no log has.
func TestTiersThatWereCutAreVerified(t *testing.T) {
	s := newAwakeSystem(t, testbed.EmbeddedPair(t), due.Wall)
	tiers := &s.valuation.Awake.Tiers
	tiers.Tiers, tiers.Percentiles = nil, []standing.Percentile{{Name: "silver", Below: .5}, {Name: "gold", Below: .8}}
	through := func(prefix string, customers int) {
		t.Helper()
		stopConsumer, stopPublisher := s.consume(t), s.publish(t)
		s.send(t, lives(random(t), s, prefix, customers)...)
		s.settle(t)
		stopConsumer()
		stopPublisher()
	}
	cut := func(bordersMinor ...int64) {
		t.Helper()
		if _, _, err := s.store.CutTiers(t.Context(), bordersMinor, 1_400_000_000_000_000, 0); err != nil {
			t.Fatal(err)
		}
	}
	through("a", 40)
	before := s.verify(t)
	cut(900, 3_000)
	through("b", 40)
	cut(500, 2_000)
	through("c", 40)
	inForce := must[state.Activation](t)(s.store.Active(t.Context()))
	s.valuation.Awake.Tiers = must[standing.Tiers](t)(inForce.Cut.Apply(*tiers))
	after := s.verify(t)
	if !before.Verified || !after.Verified {
		t.Fatal(before, after)
	}
	if after.Replayed < 2*before.Replayed || before.Replayed == 0 {
		t.Errorf("%d customers were followed one by one after the cuts, and %d of a third of them before", after.Replayed, before.Replayed)
	}
}
