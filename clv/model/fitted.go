package model

import "github.com/clvstream/clvstream/clv/history"

// Fitted values customers by a purchase model with Gamma-Gamma spend, both
// fitted to a population. Each purchase model has a function that makes one.
type Fitted struct {
	name, version string
	unit          TimeUnit
	purchases     purchaseTables
	spend         GammaGammaParams
	under         Assumptions
	minorPerMajor float64
	leaving       bool // the model knows that customers leave
}

// purchaseTables is a purchase model made fast for one horizon and discount. Times
// are in the model's unit, valid as in a Summary.
type purchaseTables interface {
	pAlive(x, recency, age float64) float64
	expect(x, recency, age float64) expected
	// silence and silenceQuantile are those of Model.
	silence(x, recency, quantile float64) float64
	silenceQuantile(x, recency, silence float64) float64
}

// expected is what to expect of a living customer, in the model's unit.
type expected struct {
	orders     float64 // purchase days within the horizon
	discounted float64 // the same, discounted
	residual   float64 // discounted, over the infinite horizon; 0 without a discount
	wait       float64 // median time to the next
}

// What depends on x is tabulated up to a purchase frequency and an age beyond
// which customers are few; past them the same integrals are taken each time.
const (
	tabulatedFrequencies = 1 << 10
	MaxAgeDays           = maxHorizonYears * daysPerYear
)

func newFitted(name, version string, unit TimeUnit, spend GammaGammaParams, under Assumptions, tabulate func(discounting) purchaseTables) (*Fitted, error) {
	if err := spend.check(); err != nil {
		return nil, err
	}
	if err := under.check(); err != nil {
		return nil, err
	}
	purchases := tabulate(discounting{horizon: under.Horizon.In(unit), discount: under.Discount.Per(unit)})
	return &Fitted{
		name: name, version: version, unit: unit,
		purchases: purchases, spend: spend,
		under: under, minorPerMajor: under.minorPerMajor(), leaving: name != nbdName,
	}, nil
}

// Name is the purchase model's.
func (m *Fitted) Name() string { return m.name }

// Version identifies the parameters and assumptions.
func (m *Fitted) Version() string { return m.version }

// Predict values a customer: margin × spend per purchase × discounted purchases.
// The residual value is known if there is a discount.
func (m *Fitted) Predict(f history.Facts) Prediction {
	x, recency, age := counts(&f, m.unit)
	to := m.purchases.expect(x, recency, age)
	spendMinor := m.minorPerMajor * m.spend.expected(x, finite(f.RepeatMeanMinor)/m.minorPerMajor)
	marginMinor := spendMinor * m.under.margin(&f)
	return Prediction{
		PAlive:               m.purchases.pAlive(x, recency, age),
		AliveKnown:           m.leaving,
		OrdersIfAlive:        to.orders,
		ValueIfAliveMinor:    finite(to.discounted * marginMinor),
		ResidualIfAliveMinor: finite(to.residual * marginMinor),
		ResidualKnown:        m.under.Discount.perDay > 0,
		SpendMinor:           finite(spendMinor),
		NextOrderDays:        to.wait * m.unit.Days(),
		HorizonDays:          m.under.Horizon.days,
	}
}

// SilenceDays is the quantile of the wait after the last purchase of a customer
// who stays.
func (m *Fitted) SilenceDays(f history.Facts, quantile float64) float64 {
	x, recency, _ := counts(&f, m.unit)
	return m.purchases.silence(x, recency, quantile) * m.unit.Days()
}

// SilenceQuantile is its inverse.
func (m *Fitted) SilenceQuantile(f history.Facts, days float64) float64 {
	x, recency, _ := counts(&f, m.unit)
	return m.purchases.silenceQuantile(x, recency, days/m.unit.Days())
}
