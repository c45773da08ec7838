package fit

import "math"

// coinLikelihood is that of BG/NBD and MBG/NBD in θ = (r, α, a, b).
//
// With n = x + extraTosses tosses, a customer's likelihood is that of being
// alive, times 1 + e^v, where v is the log odds that the last toss was lost:
// v = ln a − ln(b+n−1) + (r+x)(ln(α+T) − ln(α+t_x)). Only that last factor needs
// a look at each row; the rest are sums by x and by T.
type coinLikelihood struct {
	*table
	extraTosses int
	lend        Lend
}

const (
	iR = iota
	iAlpha
	iA
	iB
)

func (c *coinLikelihood) parameters() int { return 4 }

func (c *coinLikelihood) evaluate(theta *[most]float64) derivatives {
	d := c.buying(theta)
	c.tosses(theta, &d)
	odds := c.odds(theta)
	d.add(&odds)
	return d
}

// buying is the part of the negative binomial: Σ ln (r)ₓ + r ln α − (r+x) ln(α+T).
func (t *table) buying(theta *[most]float64) (d derivatives) {
	r, alpha := theta[iR], theta[iAlpha]
	rises := newRising(r, t.mostFrequent)
	for x, w := range t.byFrequency {
		d.value += w * rises.log[x]
		d.gradient[iR] += w * rises.first[x]
		d.hessian[iR][iR] += w * rises.second[x]
	}
	for i, w := range t.byAge {
		if w == 0 {
			continue
		}
		k, inverse := w*r+t.ordersByAge[i], 1/(alpha+t.times[i])
		log := math.Log(alpha * inverse)
		d.value += w*r*log + t.ordersByAge[i]*math.Log(inverse)
		d.gradient[iR] += w * log
		d.gradient[iAlpha] += w*r/alpha - k*inverse
		d.hessian[iAlpha][iR] += w * (1/alpha - inverse)
		d.hessian[iAlpha][iAlpha] += k*inverse*inverse - w*r/(alpha*alpha)
	}
	return d
}

// tosses is the part of the tosses won: Σ ln (b)ₙ − ln (a+b)ₙ.
func (c *coinLikelihood) tosses(theta *[most]float64, d *derivatives) {
	n := c.mostFrequent + c.extraTosses
	won, all := newRising(theta[iB], n), newRising(theta[iA]+theta[iB], n)
	for x, w := range c.byFrequency {
		n := x + c.extraTosses
		d.value += w * (won.log[n] - all.log[n])
		d.gradient[iA] -= w * all.first[n]
		d.gradient[iB] += w * (won.first[n] - all.first[n])
		d.hessian[iA][iA] -= w * all.second[n]
		d.hessian[iB][iA] -= w * all.second[n]
		d.hessian[iB][iB] += w * (won.second[n] - all.second[n])
	}
}

// odds sums ln(1 + e^v) over the rows, in blocks of a fixed size, so that the
// sum does not depend on who adds up the blocks.
func (c *coinLikelihood) odds(theta *[most]float64) derivatives {
	at := newCoinTimes(c, theta)
	return c.lend.sum(len(c.rows), func(low, high int) derivatives {
		return at.odds(c.rows[low:high])
	})
}

// coinTimes are the parts of v at one θ, by time and by x.
type coinTimes struct {
	r            float64
	log, inverse []float64 // ln(α+t), 1/(α+t)
	base, slope  []float64 // by x: ln a − ln(b+n−1), and its derivative in b; slope 0 without a toss
	inverseA     float64
}

func newCoinTimes(c *coinLikelihood, theta *[most]float64) *coinTimes {
	at := &coinTimes{
		r:   theta[iR],
		log: make([]float64, len(c.times)), inverse: make([]float64, len(c.times)),
		base: make([]float64, len(c.byFrequency)), slope: make([]float64, len(c.byFrequency)),
		inverseA: 1 / theta[iA],
	}
	for i, t := range c.times {
		at.log[i], at.inverse[i] = math.Log(theta[iAlpha]+t), 1/(theta[iAlpha]+t)
	}
	for x := range at.base {
		if n := x + c.extraTosses; n > 0 {
			before := theta[iB] + float64(n-1)
			at.base[x], at.slope[x] = math.Log(theta[iA]/before), -1/before
		}
	}
	return at
}

// odds sums the rows' ln(1 + e^v), p = e^v/(1+e^v) its slope and q = p(1−p) its
// bend: gradient p·v′, Hessian q·v′v′ᵀ + p·v″.
func (at *coinTimes) odds(rows []row) (d derivatives) {
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
