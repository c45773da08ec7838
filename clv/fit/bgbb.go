package fit

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/numeric"
)

// The parameters of BG/BB: θ = (α, β, γ, δ).
const (
	iBuys = iota
	iMisses
	iLeaves
	iStays
)

// BGBB fits the BG/BB model: parameters alpha, beta, gamma, delta. It needs
// options.Period, the time from one opportunity to the next.
func BGBB(s *Sample, options Options) (Result, error) {
	period, days := options.Period.In(s.unit), options.Period.In(model.UnitDay)
	if days < 1 {
		return Result{}, fmt.Errorf("fit bgbb: the time from one opportunity to the next is %v days; give 1 or more", days)
	}
	if t := newOpportunityTable(s.table(), period); t.taken == 0 {
		return Result{}, fmt.Errorf("fit bgbb: %w: no customer bought again at an opportunity, of which one comes every %v days", ErrTooFew, days)
	}
	return s.fit(bgbbModel(period), options)
}

func bgbbModel(period float64) purchaseModel {
	return purchaseModel{
		described: model.DescribeBGBB(),
		on: func(t *table, lend Lend) likelihood {
			return &bgbbLikelihood{newOpportunityTable(t, period), lend}
		},
		starts: func(*table) [][most]float64 {
			return [][most]float64{
				{1, 1, .5, 3},   // many leave soon, the others stay
				{.5, 1.5, 1, 9}, // occasional buyers who stay
				{2, .5, 1, 1},   // regular ones, of whom half leave each time
			}
		},
	}
}

// opportunityTable is the rows as BG/BB sees them, equal ones merged.
type opportunityTable struct {
	rows  []opportunityRow
	most  int     // opportunities of one customer
	taken float64 // by all
}

type opportunityRow struct {
	model.Opportunities
	weight float64
}

func newOpportunityTable(t *table, period float64) *opportunityTable {
	weights := make(map[model.Opportunities]float64)
	for i := range t.rows {
		r := &t.rows[i]
		weights[model.CountOpportunities(float64(r.frequency), t.times[r.recency], t.times[r.age], period)] += r.weight
	}
	merged := &opportunityTable{}
	for _, o := range slices.SortedFunc(maps.Keys(weights), func(a, b model.Opportunities) int {
		return cmp.Or(cmp.Compare(a.Over, b.Over), cmp.Compare(a.Last, b.Last), cmp.Compare(a.Taken, b.Taken))
	}) {
		merged.rows = append(merged.rows, opportunityRow{o, weights[o]})
		merged.most = max(merged.most, o.Over)
		merged.taken += weights[o] * float64(o.Taken)
	}
	return merged
}

// bgbbLikelihood is equation 5 of Fader, Hardie and Shang (2010) in θ = (α, β, γ, δ).
type bgbbLikelihood struct {
	*opportunityTable
	lend Lend
}

func (*bgbbLikelihood) parameters() int { return 4 }

func (l *bgbbLikelihood) evaluate(theta *[most]float64) derivatives {
	at := newBGBBLogs(theta, l.most)
	return l.lend.sum(len(l.rows), func(low, high int) (d derivatives) {
		for i := low; i < high; i++ {
			one := at.customer(l.rows[i].Opportunities)
			d.addTimes(l.rows[i].weight, &one)
		}
		return d
	})
}

// bgbbLogs are the logarithms that equation 5 is made of, at one θ.
type bgbbLogs struct {
	theta                                     *[most]float64
	buys, misses, opportunities, stays, exits numeric.PochhammerLogs // of α, β, α+β, δ, γ+δ
}

func newBGBBLogs(theta *[most]float64, opportunities int) *bgbbLogs {
	logs := func(z float64) numeric.PochhammerLogs { return numeric.NewPochhammerLogs(z, opportunities) }
	return &bgbbLogs{
		theta: theta,
		buys:  logs(theta[iBuys]), misses: logs(theta[iMisses]), opportunities: logs(theta[iBuys] + theta[iMisses]),
		stays: logs(theta[iStays]), exits: logs(theta[iLeaves] + theta[iStays]),
	}
}

// customer is ln of the sum over the ways in which a history comes about: being there
// still, or having left after opportunity m, for m from the last one taken on. With w
// the share of a way in the sum, g and H those of its logarithm, the gradient is Σ wg,
// and the Hessian Σ w(H + ggᵀ) less the gradient's own ggᵀ.
func (l *bgbbLogs) customer(o model.Opportunities) (d derivatives) {
	alive := l.alive(o.Taken, o.Over)
	highest := alive.value
	if o.Last < o.Over { // the sooner, the likelier
		left := l.left(o.Taken, o.Last)
		highest = math.Max(highest, left.value)
	}
	sum := 0.0
	add := func(way derivatives) {
		w := math.Exp(way.value - highest)
		sum += w
		for i := range most {
			d.gradient[i] += w * way.gradient[i]
			for j := 0; j <= i; j++ {
				d.hessian[i][j] += w * (way.hessian[i][j] + way.gradient[i]*way.gradient[j])
			}
		}
	}
	add(alive)
	for m := o.Last; m < o.Over; m++ {
		add(l.left(o.Taken, m))
	}
	d.value = highest + math.Log(sum)
	for i := range most {
		d.gradient[i] /= sum
		for j := 0; j <= i; j++ {
			d.hessian[i][j] = d.hessian[i][j]/sum - d.gradient[i]*d.gradient[j]
		}
	}
	return d
}

// alive is ln of having bought at x of n opportunities and being there at the last:
// (α)ₓ(β)ₙ₋ₓ/(α+β)ₙ · (δ)ₙ/(γ+δ)ₙ.
func (l *bgbbLogs) alive(x, n int) (d derivatives) {
	b, r, o, s, e := &l.buys, &l.misses, &l.opportunities, &l.stays, &l.exits
	d.value = b.Log[x] + r.Log[n-x] - o.Log[n] + s.Log[n] - e.Log[n]
	d.gradient = [most]float64{b.First[x] - o.First[n], r.First[n-x] - o.First[n], -e.First[n], s.First[n] - e.First[n]}
	d.hessian[iBuys][iBuys] = b.Second[x] - o.Second[n]
	d.hessian[iMisses][iBuys] = -o.Second[n]
	d.hessian[iMisses][iMisses] = r.Second[n-x] - o.Second[n]
	d.hessian[iLeaves][iLeaves] = -e.Second[n]
	d.hessian[iStays][iLeaves] = -e.Second[n]
	d.hessian[iStays][iStays] = s.Second[n] - e.Second[n]
	return d
}

// left is the same and having left before the next opportunity: times γ/(γ+δ+n).
func (l *bgbbLogs) left(x, n int) derivatives {
	d := l.alive(x, n)
	leaves := 1 / l.theta[iLeaves]
	exit := 1 / (l.theta[iLeaves] + l.theta[iStays] + float64(n))
	d.value += math.Log(exit / leaves)
	d.gradient[iLeaves] += leaves - exit
	d.gradient[iStays] -= exit
	d.hessian[iLeaves][iLeaves] += exit*exit - leaves*leaves
	d.hessian[iStays][iLeaves] += exit * exit
	d.hessian[iStays][iStays] += exit * exit
	return d
}
