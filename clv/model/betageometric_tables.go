package model

import (
	"math"
	"sync/atomic"

	"github.com/clvstream/clvstream/clv/numeric"
)

// betaGeometricTables is BG/NBD or MBG/NBD made fast.
//
// What is expected of a living customer depends on x and T alone, so per x it
// is held as Chebyshev series in ln(1+T/α), made for the first customer with that x (one
// kilobyte each): a prediction then costs one logarithm and three short sums,
// and differs from the integrals by less than 1e-11.
type betaGeometricTables struct {
	betaGeometric
	discounting
	longestAge float64 // the T up to which the series reach
	rows       [tabulatedFrequencies]atomic.Pointer[betaGeometricRow]
}

// betaGeometricRow is what the model expects of living customers of one x: purchases
// within the horizon, the same discounted, and discounted over the infinite
// horizon, each ÷ their present rate. Those ratios are smooth.
type betaGeometricRow struct {
	orders, discounted, residual numeric.Series
	usable                       bool    // all the series have converged
	wait                         float64 // median wait ÷ (α+T)
}

func newBetaGeometricTables(c betaGeometric, f discounting) *betaGeometricTables {
	return &betaGeometricTables{betaGeometric: c, discounting: f, longestAge: MaxAgeDays / c.unit.Days()}
}

func (t *betaGeometricTables) expect(x, _, age float64) expected {
	l := t.posterior(x, age)
	if x < tabulatedFrequencies && age <= t.longestAge {
		if row := t.row(int(x)); row.usable {
			return row.expect(&l, t.alpha)
		}
	}
	return t.integrals(&l)
}

// integrals is the slow way, for customers beyond the tables.
func (t *betaGeometricTables) integrals(l *posterior) expected {
	rule := l.rule(t.longest())
	e := expected{orders: rule.MeanPowerIntegral(l.shape, t.horizon/l.rate), wait: l.rate * medianWaitFactor(l.shape)}
	e.discounted, _ = t.discounted(l.rate, l.decline(&rule))
	e.discounted *= l.shape
	if t.discount > 0 {
		e.residual, _ = t.residual(l.rate, l.decline(&rule))
		e.residual *= l.shape
	}
	return e
}

// row finds or makes the series of one x. Two makers make the same ones.
func (t *betaGeometricTables) row(x int) *betaGeometricRow {
	if row := t.rows[x].Load(); row != nil {
		return row
	}
	row := t.newRow(float64(x))
	t.rows[x].Store(row)
	return row
}

func (t *betaGeometricTables) newRow(x float64) *betaGeometricRow {
	young := t.posterior(x, 0)
	rule := young.rule(t.longest())
	row := &betaGeometricRow{wait: medianWaitFactor(young.shape)}
	phi, smooth := numeric.NewSeries(func(s float64) float64 {
		return rule.MeanPower(young.shape+1, math.Expm1(s))
	}, math.Log1p(t.longest()/young.rate))
	if !smooth {
		return row
	}
	decline := numeric.Decline{H: func(kappa float64) float64 { return phi.At(math.Log1p(kappa)) }, Slope: young.slope()}
	end := math.Log1p(t.longestAge / t.alpha)
	row.usable = true
	tabulate := func(f func(rate float64) float64) numeric.Series {
		s, converged := numeric.NewSeries(func(v float64) float64 {
			rate := t.alpha * math.Exp(v)
			return rate * f(rate)
		}, end)
		row.usable = row.usable && converged
		return s
	}
	row.orders = tabulate(func(rate float64) float64 {
		return rule.MeanPowerIntegral(young.shape, t.horizon/rate) / young.shape
	})
	row.discounted = tabulate(func(rate float64) float64 {
		value, _ := t.discounted(rate, decline)
		return value
	})
	if t.discount > 0 {
		row.residual = tabulate(func(rate float64) float64 {
			value, _ := t.residual(rate, decline)
			return value
		})
	}
	return row
}

func (row *betaGeometricRow) expect(l *posterior, alpha float64) expected {
	v := math.Log(l.rate / alpha)
	perUnit := l.shape / l.rate
	return expected{
		orders:     perUnit * row.orders.At(v),
		discounted: perUnit * row.discounted.At(v),
		residual:   perUnit * row.residual.At(v),
		wait:       row.wait * l.rate,
	}
}
