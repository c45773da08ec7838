package customerview

import (
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/standing"
)

// Each difference between two standings is said, whether it is announced or not.
func TestDifferencesOfStandingsAreSaid(t *testing.T) {
	c := newCustomer(t)
	c.Valuation.Awake.AcquisitionFloor, c.Valuation.Awake.Drift = 3, 0.25
	version := c.Valuation.Model.Version()
	for _, d := range []struct {
		was, now standing.Standing
		reason   announce.Reason
		want     []string
	}{
		{standing.Standing{}, standing.Standing{}, announce.ReasonPurchase, []string{}},
		{standing.Standing{}, standing.Standing{}, announce.ReasonModel, []string{"valued by model " + version}},
		{standing.Standing{}, standing.Standing{}, announce.ReasonDecay, []string{"CLV changed by 25 %"}},
		{standing.Standing{Stage: standing.StageActive}, standing.Standing{Stage: standing.StageLost, AliveLevel: 2}, announce.ReasonDecay, []string{"stage lost", "P(alive) below 0.3"}},
		{standing.Standing{AliveLevel: 2}, standing.Standing{AliveLevel: 1}, announce.ReasonPurchase, []string{"P(alive) back above 0.3"}},
		{standing.Standing{AliveLevel: 3}, standing.Standing{AliveLevel: 2}, announce.ReasonPurchase, []string{}}, // less is watched than was
		{standing.Standing{Tier: 1}, standing.Standing{Tier: 2, Worthwhile: true}, announce.ReasonTier, []string{"tier silver -> gold", "CLV:CAC reaches 3"}},
		{standing.Standing{Tier: 1, Worthwhile: true}, standing.Standing{Approaching: true}, announce.ReasonTier, []string{"tier silver -> none", "CLV:CAC below 3", "approaching the next tier"}},
		{standing.Standing{Approaching: true}, standing.Standing{}, announce.ReasonDecay, []string{"no longer approaching the next tier"}},
		{standing.Standing{Approaching: true}, standing.Standing{Tier: 1}, announce.ReasonTier, []string{"tier none -> silver"}},
	} {
		if got := c.brings(&d.was, &d.now, d.reason); !slices.Equal(got, d.want) || got == nil {
			t.Errorf("from %+v to %+v by %s: %q, want %q", d.was, d.now, d.reason, got, d.want)
		}
	}
}
