package model

import (
	"math"
	"sync/atomic"

	"github.com/clvstream/clvstream/clv/numeric"
)

// paretoTables is the Pareto/NBD model made fast. Whether a customer leaves
// before the next purchase depends on x and one time, so per x it is a
// Chebyshev series, made for the first customer with that x; what a living customer buys
// is r+x times a function of T alone, one set of series for all.
type paretoTables struct {
	pareto
	discounting
	nearest    float64 // the nearer of α and β: where the series' functions are singular
	longestAge float64
	sets       futureSeries
	rows       [tabulatedFrequencies]atomic.Pointer[paretoRow]
}

type paretoRow struct {
	leaves numeric.Series
	usable bool
}

// futureSeries hold, for T in ln(1+T/β), purchases within the horizon,
// discounted, and over the infinite horizon, each ÷ (their rate at T · (β+T)).
type futureSeries struct {
	orders, discounted, residual numeric.Series
	usable                       bool
}

func newParetoTables(m pareto, f discounting) *paretoTables {
	t := &paretoTables{pareto: m, discounting: f, nearest: math.Min(m.alpha, m.beta), longestAge: MaxAgeDays / m.unit.Days()}
	end := math.Log1p(t.longestAge / m.beta)
	t.sets.usable = true
	tabulate := func(f func(rate float64) float64) numeric.Series {
		s, converged := numeric.NewSeries(func(v float64) float64 { return f(m.beta * math.Exp(v)) }, end)
		t.sets.usable = t.sets.usable && converged
		return s
	}
	t.sets.orders = tabulate(t.ordersShape)
	t.sets.discounted = tabulate(t.discountedShape)
	if f.discount > 0 {
		t.sets.residual = tabulate(t.residualShape)
	}
	return t
}

func (t *paretoTables) ordersShape(rate float64) float64 {
	return numeric.ExpIntegral(t.s-1, math.Log1p(t.horizon/rate))
}

func (t *paretoTables) discountedShape(rate float64) float64 {
	value, _ := t.discounted(rate, t.staying())
	return value
}

func (t *paretoTables) residualShape(rate float64) float64 {
	value, _ := t.residual(rate, t.staying())
	return value
}

func (t *paretoTables) pAlive(x, recency, age float64) float64 {
	if x < tabulatedFrequencies && age <= t.longestAge {
		if row := t.row(int(x)); row.usable {
			then := row.leaves.At(math.Log1p(recency / t.nearest))
			now := row.leaves.At(math.Log1p(age / t.nearest))
			return pAliveFrom(then, now, t.logStill(x, recency, age))
		}
	}
	return t.pareto.pAlive(x, recency, age)
}

// row finds or makes the series of one x. Two makers make the same one.
func (t *paretoTables) row(x int) *paretoRow {
	if row := t.rows[x].Load(); row != nil {
		return row
	}
	row := &paretoRow{}
	row.leaves, row.usable = numeric.NewSeries(func(v float64) float64 {
		return t.leaves(float64(x), t.nearest*math.Expm1(v))
	}, math.Log1p(t.longestAge/t.nearest))
	t.rows[x].Store(row)
	return row
}

func (t *paretoTables) expect(x, _, age float64) expected {
	rate := t.beta + age
	perUnit := (t.r + x) / (t.alpha + age) * rate
	e := expected{wait: (t.alpha + age) * medianWaitFactor(t.r+x)}
	if t.sets.usable && age <= t.longestAge {
		v := math.Log(rate / t.beta)
		e.orders, e.discounted, e.residual = t.sets.orders.At(v), t.sets.discounted.At(v), t.sets.residual.At(v)
	} else {
		e.orders, e.discounted = t.ordersShape(rate), t.discountedShape(rate)
		if t.discount > 0 {
			e.residual = t.residualShape(rate)
		}
	}
	e.orders *= perUnit
	e.discounted *= perUnit
	e.residual *= perUnit
	return e
}
