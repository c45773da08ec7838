package standing

import (
	"errors"
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
)

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
	By    TierBy
	Tiers []Tier // ascending by FromMinor
	// Percentiles are tiers whose borders stand at shares of the base. They have
	// none until they are cut, and keep them until they are cut again.
	Percentiles      []Percentile
	Cut              uint64  // number of the cut that the borders are of; 0: they are configured
	Hysteresis       float64 // share of the border by which value must fall below it, [0, 1)
	HoldDays         int     // days for which a tier that was entered is kept
	ApproachingMinor float64 // the next tier is near when this much or less is missing; 0: never
}

// Tier begins at a value.
type Tier struct {
	Name      string
	FromMinor float64
}

// Percentile is a tier that begins above a share of the customers.
type Percentile struct {
	Name  string
	Below float64 // share of the customers below it, (0, 1)
}

// Errors of cutting tiers.
var (
	ErrNoPercentiles = errors.New("no tier is configured by percentile")
	ErrNoCustomers   = errors.New("there are no customers yet: tiers cannot be cut")
	ErrBordersMeet   = errors.New("too many customers are worth the same")
	ErrOtherTiers    = errors.New("the borders were cut for other tiers")
)

// Borders are where the tiers by percentile begin, minor units, ascending: at the
// quantiles of what so many customers are worth, each off by as much as the quantile
// is. Tiers that would begin at the same value cannot be told apart, and are refused.
func (t *Tiers) Borders(customers int64, quantile func(share float64) float64) ([]int64, error) {
	if len(t.Percentiles) == 0 {
		return nil, ErrNoPercentiles
	}
	if customers == 0 {
		return nil, ErrNoCustomers
	}
	borders := make([]int64, len(t.Percentiles))
	for i, p := range t.Percentiles {
		borders[i] = int64(math.Round(quantile(p.Below)))
		if i > 0 && borders[i] <= borders[i-1] {
			return nil, fmt.Errorf("%w: %s would begin where %s does: give percentiles that are further apart", ErrBordersMeet, p.Name, t.Percentiles[i-1].Name)
		}
	}
	return borders, nil
}

// At are the tiers by percentile with the borders of a cut, minor units. Tiers that
// are not by percentile stay as they are.
func (t Tiers) At(cut uint64, fromMinor []int64) (Tiers, error) {
	if len(t.Percentiles) == 0 || cut == 0 {
		return t, nil
	}
	if len(fromMinor) != len(t.Percentiles) {
		return t, fmt.Errorf("%w: %d borders for %d tiers: cut them again", ErrOtherTiers, len(fromMinor), len(t.Percentiles))
	}
	t.Cut, t.Tiers = cut, make([]Tier, len(fromMinor))
	for i, p := range t.Percentiles {
		t.Tiers[i] = Tier{Name: p.Name, FromMinor: float64(fromMinor[i])}
	}
	return t, nil
}

// tierValue is the value that tiers are measured by.
func (t *Tiers) tierValue(est *estimate.Estimate) float64 {
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
func (t *Tiers) next(now uint8, heldUntil, day calendar.Day, valueMinor float64) uint8 {
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

// TierMove names the tiers before and after a change, and the next; empty for none.
type TierMove struct {
	Was, Now, Next string
	MissingMinor   float64 // to the next tier
}

// Move names the tiers of a move, and what is missing to the next one by an estimate.
func (t *Tiers) Move(was, now uint8, est *estimate.Estimate) TierMove {
	missing, next := t.missing(now, t.tierValue(est))
	return TierMove{Was: t.name(was), Now: t.name(now), Next: t.name(next), MissingMinor: missing}
}
