package fit

import (
	"math"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/numeric"
)

// NBD fits the NBD model: parameters r, alpha.
func NBD(s *Sample, options Options) (Result, error) {
	return s.fit(nbdModel, options)
}

var nbdModel = purchaseModel{
	described: model.DescribeNBD(),
	on:        func(t *table, _ Lend) likelihood { return nbdLikelihood{t} },
	starts:    func(t *table) [][most]float64 { return [][most]float64{{1, t.meanRateAlpha()}} },
}

// nbdLikelihood is that of NBD in θ = (r, α).
type nbdLikelihood struct{ *table }

func (nbdLikelihood) parameters() int { return 2 }

func (n nbdLikelihood) evaluate(theta *[most]float64) derivatives { return n.buying(theta) }

// meanRateAlpha is the α at which r = 1 gives the sample's mean rate.
func (t *table) meanRateAlpha() float64 {
	return clamp(t.meanAge/math.Max(t.meanFrequency, 1e-3), 1e-3, 1e5)
}

// buying is the part of the negative binomial: Σ ln (r)ₓ + r ln α − (r+x) ln(α+T).
func (t *table) buying(theta *[most]float64) (d derivatives) {
	r, alpha := theta[iR], theta[iAlpha]
	rises := numeric.NewPochhammerLogs(r, t.mostFrequent)
	for x, w := range t.byFrequency {
		d.value += w * rises.Log[x]
		d.gradient[iR] += w * rises.First[x]
		d.hessian[iR][iR] += w * rises.Second[x]
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
