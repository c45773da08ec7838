package clv

import (
	"math"
	"sync/atomic"
)

// CoinModel values customers by a coin-toss purchase model (BG/NBD or MBG/NBD)
// with Gamma-Gamma spend. Make one with NewBGNBD or NewMBGNBD.
//
// What is expected of a living customer depends on x and T alone, so per x it
// is held as Chebyshev series in ln(1+T/α), made when that x is first met (a
// few kilobytes each, 1,024 at most): a prediction then costs one logarithm and
// one exponential, and differs from the integrals by less than 1e-11.
type CoinModel struct {
	name, version string
	coin          coinParams
	spend         GammaGammaParams
	terms         Terms
	minorPerMajor float64
	future        future
	longestAge    float64 // the T up to which the series reach, in the model's unit
	rows          [tabulatedFrequencies]atomic.Pointer[coinRow]
}

const (
	tabulatedFrequencies = 1 << 10
	tabulatedAgeDays     = maxHorizonYears * daysPerYear
)

// coinRow is what the model expects of living customers of one x: purchases
// within the horizon, the same discounted, and discounted over the infinite
// horizon, each ÷ what it would be if nobody ever left. Those ratios are smooth.
type coinRow struct {
	orders, discounted, residual series
	usable                       bool    // all three series have converged
	wait                         float64 // median wait ÷ (α+T)
}

func newCoinModel(name, version string, c coinParams, spend GammaGammaParams, terms Terms) (*CoinModel, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if err := spend.check(); err != nil {
		return nil, err
	}
	if err := terms.check(); err != nil {
		return nil, err
	}
	return &CoinModel{
		name: name, version: version,
		coin: c, spend: spend,
		terms: terms, minorPerMajor: terms.minorPerMajor(),
		future:     future{horizon: terms.Horizon.In(c.unit), discount: terms.Discount.Per(c.unit)},
		longestAge: tabulatedAgeDays / c.unit.Days(),
	}, nil
}

// Name is "bgnbd" or "mbgnbd".
func (m *CoinModel) Name() string { return m.name }

// Version identifies the parameters and terms.
func (m *CoinModel) Version() string { return m.version }

// Predict values a customer. The residual value is known if there is a discount.
func (m *CoinModel) Predict(f Facts) Prediction {
	x, recency, age := f.counts(m.coin.unit)
	to := m.expect(x, age)
	spendMinor := m.minorPerMajor * m.spend.expected(x, finite(f.RepeatMeanMinor)/m.minorPerMajor)
	marginMinor := spendMinor * m.terms.margin(&f)
	return Prediction{
		PAlive:               m.coin.pAlive(x, recency, age),
		OrdersIfAlive:        to.orders,
		ValueIfAliveMinor:    finite(to.discounted * marginMinor),
		ResidualIfAliveMinor: finite(to.residual * marginMinor),
		ResidualKnown:        m.future.discount > 0,
		SpendMinor:           finite(spendMinor),
		NextOrderDays:        to.wait * m.coin.unit.Days(),
	}
}

// expected is what to expect of a living customer, in the model's unit.
type expected struct{ orders, discounted, residual, wait float64 }

func (m *CoinModel) expect(x, age float64) expected {
	l := m.coin.living(x, age)
	if x < tabulatedFrequencies && age <= m.longestAge {
		if row := m.row(int(x)); row.usable {
			return row.expect(&l, m)
		}
	}
	return m.integrals(&l)
}

// integrals is the slow way, for customers beyond the tables.
func (m *CoinModel) integrals(l *living) expected {
	rule := l.rule(m.future.longest())
	phi := func(s float64) float64 { return rule.rateShape(l.shape, s) }
	e := expected{orders: rule.orders(l.shape, m.future.horizon/l.rate), wait: l.medianWait()}
	e.discounted = m.future.discounted(l, phi)
	if m.future.discount > 0 {
		e.residual, _ = m.future.residual(l, phi)
	}
	return e
}

// row finds or makes the series of one x. Two makers make the same ones.
func (m *CoinModel) row(x int) *coinRow {
	if row := m.rows[x].Load(); row != nil {
		return row
	}
	row := m.newRow(float64(x))
	m.rows[x].Store(row)
	return row
}

func (m *CoinModel) newRow(x float64) *coinRow {
	youngest := m.coin.living(x, 0)
	rule := youngest.rule(m.future.longest())
	phi, smooth := newSeries(func(s float64) float64 {
		return rule.rateShape(youngest.shape, s)
	}, math.Log1p(m.future.longest()/youngest.rate))
	row := &coinRow{wait: medianWaitFactor(youngest.shape), usable: smooth}

	end := math.Log1p(m.longestAge / m.coin.alpha)
	tabulate := func(f func(*living) float64) series {
		if !row.usable {
			return series{}
		}
		var s series
		s, row.usable = newSeries(func(v float64) float64 {
			l := youngest
			l.rate = m.coin.alpha * math.Exp(v)
			return f(&l) * l.rate / l.shape
		}, end)
		return s
	}
	row.orders = tabulate(func(l *living) float64 { return rule.orders(l.shape, m.future.horizon/l.rate) })
	row.discounted = tabulate(func(l *living) float64 { return m.future.discounted(l, phi.at) })
	if m.future.discount > 0 {
		row.residual = tabulate(func(l *living) float64 {
			orders, _ := m.future.residual(l, phi.at)
			return orders
		})
	}
	return row
}

func (row *coinRow) expect(l *living, m *CoinModel) expected {
	v := math.Log(l.rate / m.coin.alpha)
	perUnit := l.shape / l.rate
	e := expected{
		orders:     perUnit * row.orders.at(v),
		discounted: perUnit * row.discounted.at(v),
		wait:       row.wait * l.rate,
	}
	if m.future.discount > 0 {
		e.residual = perUnit * row.residual.at(v)
	}
	return e
}
