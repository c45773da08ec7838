package verify

import (
	"math"

	"github.com/clvstream/clvstream/clv/standing"
)

// tierValue is the value that tiers are measured by.
func (w *view) tierValue(t *standing.Tiers) float64 {
	if t.By == standing.TierByHistoric {
		return float64(w.facts.MarginMinor)
	}
	return w.clvMinor
}

// bordersBelow counts the borders that a value has reached, each lowered by a
// share of itself.
func bordersBelow(t *standing.Tiers, valueMinor, share float64) (tier uint8) {
	for _, border := range t.Tiers {
		if valueMinor >= border.FromMinor-share*math.Abs(border.FromMinor) {
			tier++
		}
	}
	return tier
}

// tierRange is the tiers that a value allows: from those whose border it has
// reached up to those whose border less the hysteresis it has not fallen below.
func (w *view) tierRange(t *standing.Tiers) (least, most uint8) {
	value := w.tierValue(t)
	return bordersBelow(t, off(value, -tolerance), 0), bordersBelow(t, off(value, tolerance), t.Hysteresis)
}

// allowsTier says whether a customer may be in a tier. held says whether a hold
// may keep them in it.
func (w *view) allowsTier(t *standing.Tiers, tier uint8, held bool) bool {
	least, most := w.tierRange(t)
	return tier >= least && int(tier) <= len(t.Tiers) && (tier <= most || held && t.HoldDays > 0)
}

// near says whether a customer in a tier certainly is, and may be, near the next.
func (w *view) near(t *standing.Tiers, tier uint8) (certainly, maybe bool) {
	if int(tier) >= len(t.Tiers) || w.facts.PurchaseDays == 0 {
		return false, false
	}
	near := func(value float64) bool { return max(0, t.Tiers[tier].FromMinor-value) <= t.ApproachingMinor }
	value := w.tierValue(t)
	low, high := near(off(value, -tolerance)), near(off(value, tolerance))
	return low && high, low || high
}
