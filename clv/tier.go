package clv

// TierBy says what a tier is measured by.
type TierBy uint8

// What tiers are measured by.
const (
	TierByCLV      TierBy = iota // historic and predicted value
	TierByHistoric               // net margin to date
)

// Tiers are the borders between customers of different value. A tier is entered
// at its border and left below it by the hysteresis, and not before the hold is
// over. The zero Tiers have none.
type Tiers struct {
	By               TierBy
	Tiers            []Tier  // ascending by FromMinor
	Hysteresis       float64 // share of the border by which value must fall below it, [0, 1)
	HoldDays         int     // days for which a tier that was entered is kept
	ApproachingMinor float64 // the next tier is near when this much or less is missing; 0: never
}

// Tier begins at a value.
type Tier struct {
	Name      string
	FromMinor float64
}

// tierValue is the value that tiers are measured by.
func (t *Tiers) tierValue(est *Estimate) float64 {
	if t.By == TierByHistoric {
		return est.HistoricMinor
	}
	return est.CLVMinor
}

// name is the tier's name; empty for none.
func (t *Tiers) name(tier uint8) string {
	if tier == 0 || int(tier) > len(t.Tiers) {
		return ""
	}
	return t.Tiers[tier-1].Name
}

// reached is how many borders a value is not below.
func (t *Tiers) reached(valueMinor, share float64) (tier uint8) {
	for i := range t.Tiers {
		if border := t.Tiers[i].FromMinor; valueMinor >= border-share*abs(border) {
			tier = uint8(i + 1)
		}
	}
	return tier
}

func abs(v float64) float64 {
	if v < 0 {
		return -v
	}
	return v
}

// next is the tier of a customer in tier now, held until a day, whose value is
// what it is on a day.
func (t *Tiers) next(now uint8, heldUntil, day Day, valueMinor float64) uint8 {
	reached := t.reached(valueMinor, 0)
	if reached >= now {
		return reached
	}
	if day < heldUntil {
		return now
	}
	return max(reached, min(now, t.reached(valueMinor, t.Hysteresis)))
}

// missing is what a customer lacks to the next tier, and that tier; 0 in the
// highest one.
func (t *Tiers) missing(tier uint8, valueMinor float64) (missingMinor float64, next uint8) {
	if int(tier) >= len(t.Tiers) {
		return 0, 0
	}
	return max(0, t.Tiers[tier].FromMinor-valueMinor), tier + 1
}
