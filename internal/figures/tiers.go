package figures

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/config"
)

// Tiers are where the tiers begin.
type Tiers struct {
	Currency string `json:"currency"`
	Tiers    []Tier `json:"tiers"`
	Cut      *Cut   `json:"cut,omitempty"` // of tiers by percentile; nil before the first
}

// Tier begins at an amount, or above a share of the customers.
type Tier struct {
	Name       string  `json:"name"`
	Percentile float64 `json:"percentile,omitempty"` // of the customers who are below it
	From       *string `json:"from"`                 // major units; nil before the first cut
}

// Cut is the cut that gave tiers by percentile their borders.
type Cut struct {
	Number   uint64  `json:"number"` // of the activation
	At       string  `json:"at"`
	Changed  bool    `json:"changed"`  // by whoever asks
	Progress float64 `json:"progress"` // per cent of the customers who stand by it
}

// TiersOf are the configured tiers. Those by percentile have the borders of a cut, in
// minor units; none: they have none yet. Borders for another number of tiers are
// clv.ErrOtherTiers.
func TiersOf(configured []config.TierBorder, cutMinor []int64, currency money.Currency) (Tiers, error) {
	v := Tiers{Currency: currency.String(), Tiers: []Tier{}}
	for i, border := range configured {
		tier := Tier{Name: border.Name, Percentile: border.Percentile}
		switch {
		case border.Percentile == 0:
			tier.From = &border.From
		case len(cutMinor) == len(configured):
			from := money.FormatMinor(cutMinor[i], currency.Exponent())
			tier.From = &from
		case len(cutMinor) > 0:
			return Tiers{}, fmt.Errorf("%w: %d borders are in force, and %d tiers configured", standing.ErrOtherTiers, len(cutMinor), len(configured))
		}
		v.Tiers = append(v.Tiers, tier)
	}
	return v, nil
}

// ByPercentile says whether the tiers stand at shares of the customers.
func (v *Tiers) ByPercentile() bool { return len(v.Tiers) > 0 && v.Tiers[0].Percentile > 0 }
