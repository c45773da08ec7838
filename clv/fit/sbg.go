package fit

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/numeric"
)

// SBG fits the shifted-beta-geometric model to one cohort: parameters alpha,
// beta. survivors[n] is how many customers have renewed n times, survivors[0]
// the size of the cohort: at least two numbers, none above the one before it.
func SBG(survivors []float64, _ Options) (Result, error) {
	l := sbgLikelihood{survivors: survivors}
	if err := l.check(); err != nil {
		return Result{}, fmt.Errorf("fit sbg: %w", err)
	}
	lower := everywhere(leastParameter)
	near := bestOf(l, [][most]float64{{1, 1}, {.7, 4}, {5, 20}}, lower)
	best := maximise(l, near, lower, negligibleGain)
	r := newResult(model.DescribeSBG(), &best, lower, survivors[0])
	r.Repeaters, r.DistinctRows = int(math.Round(survivors[1])), len(survivors)
	return r, nil
}

// sbgLikelihood is that of a cohort in θ = (α, β): equation B3 of Fader and
// Hardie (2007).
type sbgLikelihood struct{ survivors []float64 }

func (l sbgLikelihood) check() error {
	if len(l.survivors) < 2 {
		return fmt.Errorf("%w: the cohort's size and at least one renewal are needed", ErrTooFew)
	}
	for n, alive := range l.survivors {
		if !(alive >= 0 && alive <= math.MaxFloat32) || n > 0 && alive > l.survivors[n-1] {
			return fmt.Errorf("survivors after renewal %d are %v: allowed is 0 to as many as before", n, alive)
		}
	}
	if l.survivors[0] == 0 || l.survivors[1] == 0 {
		return fmt.Errorf("%w: no customer renewed", ErrTooFew)
	}
	return nil
}

func (sbgLikelihood) parameters() int { return 2 }

func (l sbgLikelihood) evaluate(theta *[most]float64) (d derivatives) {
	last := len(l.survivors) - 1
	alpha, beta := theta[0], theta[1]
	kept, all := numeric.NewPochhammerLogs(beta, last), numeric.NewPochhammerLogs(alpha+beta, last)
	add := func(weight float64, renewals, renewalsMet int) {
		d.value += weight * (kept.Log[renewals] - all.Log[renewalsMet])
		d.gradient[0] -= weight * all.First[renewalsMet]
		d.gradient[1] += weight * (kept.First[renewals] - all.First[renewalsMet])
		d.hessian[0][0] -= weight * all.Second[renewalsMet]
		d.hessian[1][0] -= weight * all.Second[renewalsMet]
		d.hessian[1][1] += weight * (kept.Second[renewals] - all.Second[renewalsMet])
	}
	for n := 1; n <= last; n++ {
		add(l.survivors[n-1]-l.survivors[n], n-1, n)
	}
	add(l.survivors[last], last, last)
	lost := l.survivors[0] - l.survivors[last]
	d.value += lost * math.Log(alpha)
	d.gradient[0] += lost / alpha
	d.hessian[0][0] -= lost / (alpha * alpha)
	return d
}
