package fit

import (
	"math"

	"github.com/clvstream/clvstream/clv/model"
)

// The parameters of Pareto/NBD beside r and α.
const (
	iS    = 2
	iBeta = 3
)

// ParetoNBD fits the Pareto/NBD model: parameters r, alpha, s, beta.
func ParetoNBD(s *Sample, options Options) (Result, error) {
	return s.fit(paretoModel, options)
}

var paretoModel = purchaseModel{
	described: model.DescribeParetoNBD(),
	on:        func(t *table, lend Lend) likelihood { return newParetoLikelihood(t, lend) },
	starts: func(t *table) [][most]float64 {
		alpha, age := t.meanRateAlpha(), math.Max(t.meanAge, 1e-3)
		return [][most]float64{
			{.5, .5 * alpha, .6, .4 * age}, // a shop that loses half within its age
			{1, alpha, .5, 5 * age},        // one that keeps nearly all
			{.5, .2 * alpha, 1, .1 * age},  // one that loses most at once
		}
	},
}

// paretoLikelihood is that of Pareto/NBD in θ = (r, α, s, β).
//
// A customer's likelihood is that of being alive, times 1/P(alive) =
// 1 − A(x, T) + e^(−E)·A(x, t_x), with A as in leaving and
// E = −(r+x) ln((α+T)/(α+t_x)) − s ln((β+T)/(β+t_x)). A depends on x and one
// time, so it is computed once for every time and every x met there.
type paretoLikelihood struct {
	*table
	lend Lend
	// first[i] is where the A of times[i] begin, for x from 0; top[i] is the most
	// frequent x met there, −1 if none.
	first []int
	top   []int32
}

func newParetoLikelihood(t *table, lend Lend) *paretoLikelihood {
	p := &paretoLikelihood{table: t, lend: lend, first: make([]int, len(t.times)+1), top: make([]int32, len(t.times))}
	for i := range p.top {
		p.top[i] = -1
	}
	for i := range t.rows {
		r := &t.rows[i]
		p.top[r.age] = max(p.top[r.age], r.frequency)
		p.top[r.recency] = max(p.top[r.recency], r.frequency)
	}
	for i, top := range p.top {
		p.first[i+1] = p.first[i] + int(top) + 1
	}
	return p
}

func (p *paretoLikelihood) parameters() int { return 4 }

func (p *paretoLikelihood) evaluate(theta *[most]float64) derivatives {
	d := p.buying(theta)
	p.staying(theta, &d)
	leaves := p.leaves(theta)
	lost := p.lend.sum(len(p.rows), func(low, high int) derivatives {
		return p.lost(theta, leaves, p.rows[low:high])
	})
	d.add(&lost)
	return d
}

// staying is the part of not having left by T: Σ s ln β − s ln(β+T).
func (p *paretoLikelihood) staying(theta *[most]float64, d *derivatives) {
	s, beta := theta[iS], theta[iBeta]
	for i, w := range p.byAge {
		if w == 0 {
			continue
		}
		inverse := 1 / (beta + p.times[i])
		log, slope := math.Log(beta*inverse), 1/beta-inverse
		d.value += w * s * log
		d.gradient[iS] += w * log
		d.gradient[iBeta] += w * s * slope
		d.hessian[iBeta][iS] += w * slope
		d.hessian[iBeta][iBeta] += w * s * (inverse*inverse - 1/(beta*beta))
	}
}

// timesPerTask is how many times one task computes the A of.
const timesPerTask = 64

// leaves are the A of every time and x, one after another as first says.
func (p *paretoLikelihood) leaves(theta *[most]float64) []jet {
	all := make([]jet, p.first[len(p.times)])
	run := func(task int) {
		buffer := make([]leave, p.mostFrequent+1)
		for i := task * timesPerTask; i < min((task+1)*timesPerTask, len(p.times)); i++ {
			if p.top[i] >= 0 {
				p.leavesAt(theta, i, buffer[:p.top[i]+1], all[p.first[i]:])
			}
		}
	}
	tasks := (len(p.times) + timesPerTask - 1) / timesPerTask
	if p.lend == nil {
		for task := range tasks {
			run(task)
		}
	} else {
		p.lend(tasks, run)
	}
	return all
}

// leavesAt computes the A of one time in a and puts them into the jets.
func (p *paretoLikelihood) leavesAt(theta *[most]float64, place int, a []leave, into []jet) {
	y, alpha, beta := p.times[place], theta[iAlpha], theta[iBeta]
	leavingAt{r: theta[iR], s: theta[iS], z: (alpha - beta) / (alpha + y)}.all(a)
	for x := range a {
		into[x] = a[x].inTheta(alpha, beta, y)
	}
}

// lost sums ln(1 − A(x,T) + e^(−E)·A(x,t_x)), written as ln(total) − E with
// total = e^E(1 − A(x,T)) + A(x,t_x), so that nothing overflows in a long silence.
func (p *paretoLikelihood) lost(theta *[most]float64, leaves []jet, rows []row) (d derivatives) {
	for i := range rows {
		row := &rows[i]
		now, then := &leaves[p.first[row.age]+int(row.frequency)], &leaves[p.first[row.recency]+int(row.frequency)]
		silence := p.silence(theta, row)
		chance := math.Exp(silence.v)
		total := chance*(1-now.v) + then.v
		stays, chance := chance*(1-now.v)/total, chance/total

		d.value += row.weight * (math.Log(total) - silence.v)
		var slope [most]float64
		n := 0
		for j := range most {
			slope[j] = stays*silence.d[j] - chance*now.d[j] + then.d[j]/total
			d.gradient[j] += row.weight * (slope[j] - silence.d[j])
			for k := 0; k <= j; k++ {
				bend := stays*(silence.h[n]+silence.d[j]*silence.d[k]) -
					chance*(now.h[n]+silence.d[j]*now.d[k]+silence.d[k]*now.d[j]) + then.h[n]/total
				d.hessian[j][k] += row.weight * (bend - slope[j]*slope[k] - silence.h[n])
				n++
			}
		}
	}
	return d
}

// silence is E: ln of the probability that a living customer neither buys nor
// leaves from t_x to T.
func (p *paretoLikelihood) silence(theta *[most]float64, row *row) (e jet) {
	from, to := p.times[row.recency], p.times[row.age]
	k := theta[iR] + float64(row.frequency)
	buy, buyThen, buyNow := math.Log((theta[iAlpha]+from)/(theta[iAlpha]+to)), 1/(theta[iAlpha]+from), 1/(theta[iAlpha]+to)
	leave, leaveThen, leaveNow := math.Log((theta[iBeta]+from)/(theta[iBeta]+to)), 1/(theta[iBeta]+from), 1/(theta[iBeta]+to)
	e.v = k*buy + theta[iS]*leave
	e.d = [most]float64{buy, k * (buyThen - buyNow), leave, theta[iS] * (leaveThen - leaveNow)}
	e.h = [most * (most + 1) / 2]float64{
		0,
		buyThen - buyNow, k * (buyNow*buyNow - buyThen*buyThen),
		0, 0, 0,
		0, 0, leaveThen - leaveNow, theta[iS] * (leaveNow*leaveNow - leaveThen*leaveThen),
	}
	return e
}
