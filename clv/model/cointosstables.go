package model

import (
	"math"
	"sync/atomic"
)

// coinTables is a coin-toss model made fast.
//
// What is expected of a living customer depends on x and T alone, so per x it
// is held as Chebyshev series in ln(1+T/α), made when that x is first met (one
// kilobyte each): a prediction then costs one logarithm and three short sums,
// and differs from the integrals by less than 1e-11.
type coinTables struct {
	coin
	future
	longestAge float64 // the T up to which the series reach
	rows       [tabulatedFrequencies]atomic.Pointer[coinRow]
}

// coinRow is what the model expects of living customers of one x: purchases
// within the horizon, the same discounted, and discounted over the infinite
// horizon, each ÷ their present rate. Those ratios are smooth.
type coinRow struct {
	orders, discounted, residual series
	usable                       bool    // all the series have converged
	wait                         float64 // median wait ÷ (α+T)
}

func newCoinTables(c coin, f future) *coinTables {
	return &coinTables{coin: c, future: f, longestAge: MaxAgeDays / c.unit.Days()}
}

func (t *coinTables) expect(x, age float64) expected {
	l := t.living(x, age)
	if x < tabulatedFrequencies && age <= t.longestAge {
		if row := t.row(int(x)); row.usable {
			return row.expect(&l, t.alpha)
		}
	}
	return t.integrals(&l)
}

// integrals is the slow way, for customers beyond the tables.
func (t *coinTables) integrals(l *living) expected {
	rule := l.rule(t.longest())
	e := expected{orders: rule.meanOrders(l.shape, t.horizon/l.rate), wait: l.rate * medianWaitFactor(l.shape)}
	e.discounted, _ = t.discounted(l.rate, l.fading(&rule))
	e.discounted *= l.shape
	if t.discount > 0 {
		e.residual, _ = t.residual(l.rate, l.fading(&rule))
		e.residual *= l.shape
	}
	return e
}

// row finds or makes the series of one x. Two makers make the same ones.
func (t *coinTables) row(x int) *coinRow {
	if row := t.rows[x].Load(); row != nil {
		return row
	}
	row := t.newRow(float64(x))
	t.rows[x].Store(row)
	return row
}

func (t *coinTables) newRow(x float64) *coinRow {
	young := t.living(x, 0)
	rule := young.rule(t.longest())
	row := &coinRow{wait: medianWaitFactor(young.shape)}
	phi, smooth := newSeries(func(s float64) float64 {
		return rule.meanPower(young.shape+1, math.Expm1(s))
	}, math.Log1p(t.longest()/young.rate))
	if !smooth {
		return row
	}
	fading := shape{h: func(kappa float64) float64 { return phi.at(math.Log1p(kappa)) }, slope: young.slope()}
	end := math.Log1p(t.longestAge / t.alpha)
	row.usable = true
	tabulate := func(f func(rate float64) float64) series {
		s, converged := newSeries(func(v float64) float64 {
			rate := t.alpha * math.Exp(v)
			return rate * f(rate)
		}, end)
		row.usable = row.usable && converged
		return s
	}
	row.orders = tabulate(func(rate float64) float64 {
		return rule.meanOrders(young.shape, t.horizon/rate) / young.shape
	})
	row.discounted = tabulate(func(rate float64) float64 {
		value, _ := t.discounted(rate, fading)
		return value
	})
	if t.discount > 0 {
		row.residual = tabulate(func(rate float64) float64 {
			value, _ := t.residual(rate, fading)
			return value
		})
	}
	return row
}

func (row *coinRow) expect(l *living, alpha float64) expected {
	v := math.Log(l.rate / alpha)
	perUnit := l.shape / l.rate
	return expected{
		orders:     perUnit * row.orders.at(v),
		discounted: perUnit * row.discounted.at(v),
		residual:   perUnit * row.residual.at(v),
		wait:       row.wait * l.rate,
	}
}
