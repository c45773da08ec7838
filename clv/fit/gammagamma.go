package fit

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/numeric"
)

// SpendSample collects what customers spent a purchase day, equal ones merged.
type SpendSample struct {
	weights map[spent]float64
	skipped int
}

// spent is x repeat purchase days of mean amount m.
type spent struct {
	x int
	m float64
}

// NewSpendSample makes an empty sample.
func NewSpendSample() *SpendSample { return &SpendSample{weights: make(map[spent]float64)} }

// Add counts a customer with x repeat purchase days of mean amount m, major
// units. Customers without a repeat purchase, or whose mean is 0, say nothing
// about spend and are passed over, as in the literature.
func (s *SpendSample) Add(x int, m float64) {
	if x <= 0 || !(m > 0 && m <= math.MaxFloat32) {
		s.skipped++
		return
	}
	s.weights[spent{x, m}]++
}

// The least q that a fit may answer: at 1 and below, the mean spend of the
// population is infinite.
const leastQ = 1.1

// correlated is a correlation of frequency and spend that Gamma-Gamma's
// independence does not survive; in CDNOW it is 0.06 to 0.11.
const correlated = 0.3

const (
	iP = iota
	iQ
	iGamma
)

// GammaGamma fits the Gamma-Gamma model of spend: parameters p, q, gamma.
func GammaGamma(s *SpendSample, _ Options) (Result, error) {
	l := newSpendLikelihood(s)
	if l.customers < 2 {
		return Result{}, fmt.Errorf("fit gammagamma: %w: fewer than two repeat buyers have a positive spend", ErrTooFew)
	}
	lower := everywhere(leastParameter)
	lower[iQ] = leastQ
	near := bestOf(l, [][most]float64{{2, 3, l.meanSpend}, {6, 4, l.meanSpend / 2}, {1, 1.5, l.meanSpend / 2}}, lower)
	best := maximise(l, near, lower, negligibleGain)
	r := newResult(model.DescribeGammaGamma(), &best, lower, l.customers)
	r.Repeaters, r.DistinctRows = r.Customers, len(l.rows)
	if r.Value("q") < leastQ*1.0001 {
		r.warn(WarnQBelowOne)
	}
	if l.customers < fewRepeaters {
		r.warn(WarnFewRepeaters)
	}
	if math.Abs(l.correlation()) > correlated {
		r.warn(WarnSpendCorrelated)
	}
	return r, nil
}

// spendLikelihood is that of Gamma-Gamma in θ = (p, q, γ): equation 1a of Fader
// and Hardie (2013).
type spendLikelihood struct {
	rows                 []spentRow
	byX                  map[int]float64
	xs                   []int
	customers, meanSpend float64
	sumLogM, sumXLogXM   float64 // Σ ln m; Σ x ln(xm)
}

type spentRow struct{ x, m, weight float64 }

func newSpendLikelihood(s *SpendSample) *spendLikelihood {
	l := &spendLikelihood{byX: make(map[int]float64)}
	for key, w := range s.weights {
		l.rows = append(l.rows, spentRow{float64(key.x), key.m, w})
	}
	slices.SortFunc(l.rows, func(a, b spentRow) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.m, b.m)) })
	for _, row := range l.rows {
		l.byX[int(row.x)] += row.weight
		l.customers += row.weight
		l.meanSpend += row.weight * row.m
		l.sumLogM += row.weight * math.Log(row.m)
		l.sumXLogXM += row.weight * row.x * math.Log(row.x*row.m)
	}
	for x := range l.byX {
		l.xs = append(l.xs, x)
	}
	slices.Sort(l.xs)
	l.meanSpend /= math.Max(1, l.customers)
	return l
}

func (*spendLikelihood) parameters() int { return 3 }

func (l *spendLikelihood) evaluate(theta *[most]float64) (d derivatives) {
	p, q, gamma := theta[iP], theta[iQ], theta[iGamma]
	d.value = l.customers*q*math.Log(gamma) + p*l.sumXLogXM - l.sumLogM
	d.gradient[iP] = l.sumXLogXM
	d.gradient[iQ] = l.customers * math.Log(gamma)
	d.gradient[iGamma] = l.customers * q / gamma
	d.hessian[iGamma][iQ] = l.customers / gamma
	d.hessian[iGamma][iGamma] = -l.customers * q / (gamma * gamma)
	for _, x := range l.xs {
		l.gammas(&d, float64(x), l.byX[x], p, q)
	}
	for i := range l.rows {
		row := &l.rows[i]
		sum := gamma + row.x*row.m
		log, inverse, power := math.Log(sum), 1/sum, p*row.x+q
		d.value -= row.weight * power * log
		d.gradient[iP] -= row.weight * row.x * log
		d.gradient[iQ] -= row.weight * log
		d.gradient[iGamma] -= row.weight * power * inverse
		d.hessian[iGamma][iP] -= row.weight * row.x * inverse
		d.hessian[iGamma][iQ] -= row.weight * inverse
		d.hessian[iGamma][iGamma] += row.weight * power * inverse * inverse
	}
	return d
}

// gammas adds w·(ln Γ(px+q) − ln Γ(px) − ln Γ(q)).
func (l *spendLikelihood) gammas(d *derivatives, x, w, p, q float64) {
	both, _ := math.Lgamma(p*x + q)
	own, _ := math.Lgamma(p * x)
	between, _ := math.Lgamma(q)
	d.value += w * (both - own - between)
	digammaBoth, trigammaBoth := mathext.Digamma(p*x+q), numeric.Trigamma(p*x+q)
	d.gradient[iP] += w * x * (digammaBoth - mathext.Digamma(p*x))
	d.gradient[iQ] += w * (digammaBoth - mathext.Digamma(q))
	d.hessian[iP][iP] += w * x * x * (trigammaBoth - numeric.Trigamma(p*x))
	d.hessian[iQ][iP] += w * x * trigammaBoth
	d.hessian[iQ][iQ] += w * (trigammaBoth - numeric.Trigamma(q))
}

// correlation is Pearson's, of x and m over customers.
func (l *spendLikelihood) correlation() float64 {
	meanX := 0.0
	for _, row := range l.rows {
		meanX += row.weight * row.x / l.customers
	}
	var xx, mm, xm float64
	for _, row := range l.rows {
		dx, dm := row.x-meanX, row.m-l.meanSpend
		xx, mm, xm = xx+row.weight*dx*dx, mm+row.weight*dm*dm, xm+row.weight*dx*dm
	}
	if xx == 0 || mm == 0 {
		return 0
	}
	return xm / math.Sqrt(xx*mm)
}
