package model

import "github.com/clvstream/clvstream/clv/history"

// Fitted values customers by a purchase model with Gamma-Gamma spend, both
// fitted to a population. Make one with NewBGNBD, NewMBGNBD, NewParetoNBD or
// NewNBD. A prediction allocates nothing.
type Fitted struct {
	name, version string
	unit          TimeUnit
	purchases     tabulated
	spend         GammaGammaParams
	terms         Terms
	rhythm        gammaRhythm
	minorPerMajor float64
}

// tabulated is a purchase model made fast for one horizon and discount.
type tabulated interface {
	// buying is how λ is distributed over the population.
	buying() gammaRhythm
	// pAlive and expect take times in the model's unit, valid as in a Summary.
	pAlive(x, recency, age float64) float64
	expect(x, age float64) expected
}

// expected is what to expect of a living customer, in the model's unit.
type expected struct {
	orders     float64 // purchase days within the horizon
	discounted float64 // the same, discounted
	residual   float64 // discounted, over the infinite horizon; 0 without a discount
	wait       float64 // median time to the next
}

// future is the time ahead over which purchases count: a horizon in the model's
// unit and a continuous discount per unit.
type future struct{ horizon, discount float64 }

// What depends on x is tabulated up to a purchase frequency and an age beyond
// which customers are few; past them the same integrals are taken each time.
const (
	tabulatedFrequencies = 1 << 10
	MaxAgeDays           = maxHorizonYears * daysPerYear
)

func newFitted(name, version string, unit TimeUnit, spend GammaGammaParams, terms Terms, tabulate func(future) tabulated) (*Fitted, error) {
	if err := spend.check(); err != nil {
		return nil, err
	}
	if err := terms.check(); err != nil {
		return nil, err
	}
	purchases := tabulate(future{horizon: terms.Horizon.In(unit), discount: terms.Discount.Per(unit)})
	return &Fitted{
		name: name, version: version, unit: unit,
		purchases: purchases, rhythm: purchases.buying(),
		spend: spend,
		terms: terms, minorPerMajor: terms.minorPerMajor(),
	}, nil
}

// Name is the purchase model's: bgnbd, mbgnbd, paretonbd or nbd.
func (m *Fitted) Name() string { return m.name }

// Version identifies the parameters and terms.
func (m *Fitted) Version() string { return m.version }

// Predict values a customer: margin × spend per purchase × discounted purchases.
// The residual value is known if there is a discount.
func (m *Fitted) Predict(f history.Facts) Prediction {
	x, recency, age := counts(&f, m.unit)
	to := m.purchases.expect(x, age)
	spendMinor := m.minorPerMajor * m.spend.expected(x, finite(f.RepeatMeanMinor)/m.minorPerMajor)
	marginMinor := spendMinor * m.terms.margin(&f)
	return Prediction{
		PAlive:               m.purchases.pAlive(x, recency, age),
		OrdersIfAlive:        to.orders,
		ValueIfAliveMinor:    finite(to.discounted * marginMinor),
		ResidualIfAliveMinor: finite(to.residual * marginMinor),
		ResidualKnown:        m.terms.Discount.perDay > 0,
		SpendMinor:           finite(spendMinor),
		NextOrderDays:        to.wait * m.unit.Days(),
		HorizonDays:          m.terms.Horizon.days,
	}
}

// SilenceDays is the quantile of the wait after the last purchase of a customer
// who stays: (α+t_x)((1−q)^(−1/(r+x)) − 1).
func (m *Fitted) SilenceDays(f history.Facts, quantile float64) float64 {
	x, recency, _ := counts(&f, m.unit)
	return m.rhythm.silence(x, recency, quantile) * m.unit.Days()
}

// SilenceQuantile is 1 − ((α+t_x)/(α+t_x+s))^(r+x).
func (m *Fitted) SilenceQuantile(f history.Facts, days float64) float64 {
	x, recency, _ := counts(&f, m.unit)
	return m.rhythm.quantile(x, recency, days/m.unit.Days())
}
