package verify

import (
	"slices"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/standing"
)

// withoutTiers is a valuation that knows no tiers, and changes that say nothing of them. No log
// records where tiers began before they were cut anew, so of a customer's changes everything
// but the tier is followed one by one. One that tells of another tier, or of an approach, need
// tell of nothing else.
func withoutTiers(v *clv.Valuation, changes []change) (*clv.Valuation, []change) {
	plain := *v
	plain.Awake.Tiers = standing.Tiers{}
	changes = slices.Clone(changes)
	for i := range changes {
		c := &changes[i]
		c.ofTiers = c.was.tier != c.now.tier || c.now.approaching || c.reason == announce.ReasonTier
		c.tiers, c.was.tier, c.now.tier, c.now.approaching = false, 0, 0, false
		c.next, c.direction, c.distanceMinor = 0, 0, -1
	}
	return &plain, changes
}
