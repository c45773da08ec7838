package fit

import (
	"math"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/numeric"
)

// BGNBD fits the BG/NBD model: parameters r, alpha, a, b.
func BGNBD(s *Sample, options Options) (Result, error) {
	return s.fit(betaGeometricModel(model.DescribeBGNBD(), 0), options)
}

// MBGNBD fits the MBG/NBD model: parameters r, alpha, a, b.
func MBGNBD(s *Sample, options Options) (Result, error) {
	return s.fit(betaGeometricModel(model.DescribeMBGNBD(), 1), options)
}

func betaGeometricModel(described model.Description, firstChance int) purchaseModel {
	return purchaseModel{
		described: described,
		on:        func(t *table, lend Lend) likelihood { return &betaGeometricLikelihood{t, firstChance, lend} },
		starts: func(t *table) [][most]float64 {
			alpha := t.meanRateAlpha()
			return [][most]float64{
				{.5, .5 * alpha, .8, 2.5}, // a shop that loses a quarter after each order
				{1, alpha, .5, 10},        // one that keeps nearly all
				{.3, .1 * alpha, 1, 1},    // one that loses half
			}
		},
	}
}

// betaGeometricLikelihood is that of BG/NBD and MBG/NBD in θ = (r, α, a, b).
//
// With n = x + firstChance chances, a customer's likelihood is that of being
// alive, times 1 + e^v, where v is the log odds that the last toss was lost:
// v = ln a − ln(b+n−1) + (r+x)(ln(α+T) − ln(α+t_x)). Only that last factor needs
// a look at each row; the rest are sums by x and by T.
type betaGeometricLikelihood struct {
	*table
	firstChance int
	lend        Lend
}

const (
	iR = iota
	iAlpha
	iA
	iB
)

func (c *betaGeometricLikelihood) parameters() int { return 4 }

func (c *betaGeometricLikelihood) evaluate(theta *[most]float64) derivatives {
	d := c.buying(theta)
	c.chances(theta, &d)
	odds := c.odds(theta)
	d.add(&odds)
	return d
}

// chances is the part of the chances won: Σ ln (b)ₙ − ln (a+b)ₙ.
func (c *betaGeometricLikelihood) chances(theta *[most]float64, d *derivatives) {
	n := c.mostFrequent + c.firstChance
	won, all := numeric.NewPochhammerLogs(theta[iB], n), numeric.NewPochhammerLogs(theta[iA]+theta[iB], n)
	for x, w := range c.byFrequency {
		n := x + c.firstChance
		d.value += w * (won.Log[n] - all.Log[n])
		d.gradient[iA] -= w * all.First[n]
		d.gradient[iB] += w * (won.First[n] - all.First[n])
		d.hessian[iA][iA] -= w * all.Second[n]
		d.hessian[iB][iA] -= w * all.Second[n]
		d.hessian[iB][iB] += w * (won.Second[n] - all.Second[n])
	}
}

// odds sums ln(1 + e^v) over the rows, in blocks of a fixed size, so that the
// sum does not depend on who adds up the blocks.
func (c *betaGeometricLikelihood) odds(theta *[most]float64) derivatives {
	at := newBetaGeometricTimes(c, theta)
	return c.lend.sum(len(c.rows), func(low, high int) derivatives {
		return at.odds(c.rows[low:high])
	})
}

// betaGeometricTimes are the parts of v at one θ, by time and by x.
type betaGeometricTimes struct {
	r            float64
	log, inverse []float64 // ln(α+t), 1/(α+t)
	base, slope  []float64 // by x: ln a − ln(b+n−1), and its derivative in b; slope 0 without a toss
	inverseA     float64
}

func newBetaGeometricTimes(c *betaGeometricLikelihood, theta *[most]float64) *betaGeometricTimes {
	at := &betaGeometricTimes{
		r:   theta[iR],
		log: make([]float64, len(c.times)), inverse: make([]float64, len(c.times)),
		base: make([]float64, len(c.byFrequency)), slope: make([]float64, len(c.byFrequency)),
		inverseA: 1 / theta[iA],
	}
	for i, t := range c.times {
		at.log[i], at.inverse[i] = math.Log(theta[iAlpha]+t), 1/(theta[iAlpha]+t)
	}
	for x := range at.base {
		if n := x + c.firstChance; n > 0 {
			before := theta[iB] + float64(n-1)
			at.base[x], at.slope[x] = math.Log(theta[iA]/before), -1/before
		}
	}
	return at
}

// odds sums the rows' ln(1 + e^v), p = e^v/(1+e^v) its slope and q = p(1−p) its
// bend: gradient p·v′, Hessian q·v′v′ᵀ + p·v″.
func (at *betaGeometricTimes) odds(rows []row) (d derivatives) {
	for i := range rows {
		row := &rows[i]
		x := row.frequency
		if at.slope[x] == 0 {
			continue
		}
		k := at.r + float64(x)
		vr := at.log[row.age] - at.log[row.recency]
		later, earlier := at.inverse[row.age], at.inverse[row.recency]
		v := at.base[x] + k*vr
		away := math.Exp(-math.Abs(v))
		p := 1 / (1 + away)
		q := away * p * p
		d.value += row.weight * (math.Max(v, 0) + math.Log(1+away)) // log1p's digits are lost in the sum
		if v < 0 {
			p = away * p
		}
		p, q = p*row.weight, q*row.weight
		va, vb := k*(later-earlier), at.slope[x]

		d.gradient[iR] += p * vr
		d.gradient[iAlpha] += p * va
		d.gradient[iA] += p
		d.gradient[iB] += p * vb
		d.hessian[iR][iR] += q * vr * vr
		d.hessian[iAlpha][iR] += q*vr*va + p*(later-earlier)
		d.hessian[iAlpha][iAlpha] += q*va*va + p*k*(earlier*earlier-later*later)
		d.hessian[iA][iR] += q * vr
		d.hessian[iA][iAlpha] += q * va
		d.hessian[iA][iA] += q - p
		d.hessian[iB][iR] += q * vb * vr
		d.hessian[iB][iAlpha] += q * vb * va
		d.hessian[iB][iA] += q * vb
		d.hessian[iB][iB] += (q + p) * vb * vb
	}
	d.scaleA(at.inverseA)
	return d
}

// scaleA multiplies what was summed for dv/da = 1 by what it is, 1/a.
func (d *derivatives) scaleA(inverseA float64) {
	d.gradient[iA] *= inverseA
	d.hessian[iA][iR] *= inverseA
	d.hessian[iA][iAlpha] *= inverseA
	d.hessian[iA][iA] *= inverseA * inverseA
	d.hessian[iB][iA] *= inverseA
}
