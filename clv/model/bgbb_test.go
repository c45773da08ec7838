package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

// The parameters that Fader, Hardie and Shang (2010) print for 11,104 donors of 1995,
// with an opportunity a year from 1996 to 2001.
var donors = BGBBParams{Unit: UnitMonth, Period: UnitMonth.Span(12), Alpha: 1.204, Beta: .750, Gamma: .657, Delta: 2.783}

// years is a donor at the end of a year, when its opportunity is over.
func years(x, last, over int) Summary {
	age := float64(over) + .5
	return must(NewSummary(x, UnitMonth.Span(12*float64(last)), UnitMonth.Span(12*age)))
}

// P(alive in 2002), table 6 of the paper, to its two decimals.
func TestBGBBPublishedPAlive(t *testing.T) {
	m := must(donors.Purchases())
	for _, row := range []struct {
		x, last int
		want    float64
	}{{0, 0, .11}, {2, 4, .59}, {6, 6, .93}} {
		if got := m.PAlive(years(row.x, row.last, 6)); math.Abs(got-row.want) > .005 {
			t.Errorf("P(alive) at x = %d, t_x = %d is %.4f, published %.2f", row.x, row.last, got, row.want)
		}
	}
}

// Expected donations in the next ten years, as the vignette of the package BTYD
// prints them for its own fit to the same donors, of which the paper has three
// decimals.
func TestBGBBPublishedExpectation(t *testing.T) {
	m := must(donors.Purchases())
	near(t, "x = 0", m.ExpectedOrders(years(0, 0, 6), UnitMonth.Span(120)), .1302169, 2e-3)
	near(t, "x = 4, t_x = 5", m.ExpectedOrders(years(4, 5, 6), UnitMonth.Span(120)), 3.627858, 1e-3)
}

// How many of the 11,104 donors gave in none and in all of the six years, by the
// spreadsheet that goes with the paper: 3,454.9 and 1,253.1.
func TestBGBBPublishedFit(t *testing.T) {
	m := must(donors.Purchases())
	for x, want := range map[int]float64{0: 3454.9, 6: 1253.1} {
		near(t, fmt.Sprintf("donors with x = %d", x), 11_104*m.OrdersPMF(x, UnitMonth.Span(72)), want, 2e-3)
	}
}

// logBeta is ln B(a, b), as the paper's equations have it.
func logBeta(a, b float64) float64 {
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	return la + lb - lab
}

// The equations as they are printed, with gammas, against the sums and products that
// stand for them.
func TestBGBBIsThePapersEquations(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	spread := func(low, high float64) float64 { return low * math.Exp(rng.Float64()*math.Log(high/low)) }
	for range 200 {
		p := BGBBParams{UnitWeek, UnitWeek.Span(4), spread(.1, 10), spread(.1, 10), spread(.1, 10), spread(.1, 10)}
		n, k := rng.IntN(30), 1+rng.IntN(20)
		last := rng.IntN(n + 1)
		x := 0
		if last > 0 {
			x = 1 + rng.IntN(last)
		}
		m, fx, fn := must(p.Purchases()), float64(x), float64(n)
		s := must(NewSummary(x, UnitWeek.Span(4*float64(last)), UnitWeek.Span(4*(fn+.5))))
		name := fmt.Sprintf("%+v at (%d %d %d): ", p, x, last, n)

		buys := func(x, n float64) float64 {
			return math.Exp(logBeta(p.Alpha+x, p.Beta+n-x) - logBeta(p.Alpha, p.Beta))
		}
		stays := func(g, d float64) float64 {
			return math.Exp(logBeta(p.Gamma+g, p.Delta+d) - logBeta(p.Gamma, p.Delta))
		}
		likelihood := buys(fx, fn) * stays(0, fn)
		for i := last; i < n; i++ {
			likelihood += buys(fx, float64(i)) * stays(1, float64(i))
		}
		near(t, name+"likelihood (5)", math.Exp(m.LogLikelihood(s)), likelihood, 1e-11)
		near(t, name+"P(alive) (11)", m.PAlive(s), buys(fx, fn)*stays(0, fn+1)/likelihood, 1e-11)

		horizon := UnitWeek.Span(4 * float64(k)) // k opportunities, the first of them half a period on
		lg := func(v float64) float64 { l, _ := math.Lgamma(v); return l }
		ratio := func(n float64) float64 { return math.Exp(lg(1+p.Delta+n) - lg(p.Gamma+p.Delta+n)) }
		closed := math.Exp(logBeta(p.Alpha+fx+1, p.Beta+fn-fx)-logBeta(p.Alpha, p.Beta)) / likelihood *
			p.Delta / (p.Gamma - 1) * math.Exp(lg(p.Gamma+p.Delta)-lg(1+p.Delta)) * (ratio(fn) - ratio(fn+float64(k)))
		if math.Abs(p.Gamma-1) > .01 { // the closed form loses digits near 1
			near(t, name+"E[X(n, n+k)] (13)", m.ExpectedOrders(s, horizon), closed, 1e-8)
			mean := p.Alpha / (p.Alpha + p.Beta) * p.Delta / (p.Gamma - 1) * (1 - ratio(fn)/ratio(0))
			near(t, name+"E[X(n)] (9)", m.MeanOrders(UnitWeek.Span(4*fn)), mean, 1e-8)
		}
	}
}

// What is not bought at any of the next opportunities, summed up otherwise: P(X = 0)
// of a fresh customer is a customer of no history.
func TestBGBBNoOrderIsTheDistributionsZero(t *testing.T) {
	m := must(donors.Purchases())
	fresh := must(NewSummary(0, Span{}, Span{}))
	for _, years := range []float64{1, 2, 7, 30} {
		near(t, fmt.Sprintf("%v years", years), m.NoOrder(fresh, UnitMonth.Span(12*years)), m.OrdersPMF(0, UnitMonth.Span(12*years)), 1e-12)
	}
}

// Purchases a little early or late belong to their opportunity, and two count once.
func TestCountOpportunities(t *testing.T) {
	for _, row := range []struct {
		x, recency, age float64
		want            Opportunities
	}{
		{0, 0, 0, Opportunities{}},
		{0, 0, 29, Opportunities{}},
		{0, 0, 29.5, Opportunities{Over: 1}},
		{0, 0, 30, Opportunities{Over: 1}},
		{1, 28, 28, Opportunities{1, 1, 1}},  // taken early
		{1, 44, 44, Opportunities{1, 1, 1}},  // and late
		{1, 10, 12, Opportunities{}},         // the first purchase again
		{3, 58, 60, Opportunities{2, 2, 2}},  // twice for one
		{2, 90, 200, Opportunities{2, 3, 6}}, // one missed, and then three more
	} {
		if got := CountOpportunities(row.x, row.recency, row.age, 30); got != row.want {
			t.Errorf("x = %v, t_x = %v, T = %v: got %+v, want %+v", row.x, row.recency, row.age, got, row.want)
		}
	}
}

// On the live path: value falls when an opportunity is missed, not before, and
// silence and its quantile are each other's inverse.
func TestBGBBOnTheLivePath(t *testing.T) {
	m := must(NewBGBB(donors, cdnowSpend, dollarAssumptions(), "v1"))
	f := history.Facts{Orders: 4, PurchaseDays: 4, Frequency: 3, RecencyDays: 1096, AgeDays: 1096, RepeatMeanMinor: 5_000, MarginRatio: .5}
	at := func(days int) Prediction { f.AgeDays = days; return m.Predict(f) }
	if before, due := at(1096), at(1096+400); before.PAlive != due.PAlive {
		t.Errorf("P(alive) is %v, and %v while the opportunity may be taken", before.PAlive, due.PAlive)
	}
	if due, over := at(1096+400), at(1096+420); !(over.PAlive < due.PAlive) {
		t.Errorf("P(alive) is %v after a missed opportunity, %v before", over.PAlive, due.PAlive)
	}
	for _, q := range []float64{.1, .5, .9, .99} {
		days := m.SilenceDays(f, q)
		if got := m.SilenceQuantile(f, days+1e-6); got < q {
			t.Errorf("a silence of %v days is the quantile %v, less than %v", days, got, q)
		}
		if got := m.SilenceQuantile(f, days-1); got >= q {
			t.Errorf("a silence of %v days is the quantile %v already, asked for %v", days-1, got, q)
		}
	}
}

// The median wait ends with the first opportunity by which half of those who stay
// have bought.
func TestBGBBMedianWait(t *testing.T) {
	m := must(donors.bgbb())
	for _, row := range []struct{ x, last, over, want int }{{6, 6, 6, 1}, {3, 4, 6, 1}, {1, 1, 6, 3}, {0, 0, 6, 6}} {
		got := m.MedianWait(years(row.x, row.last, row.over)).In(UnitMonth)/12 + .5
		if math.Abs(got-float64(row.want)) > 1e-9 || m.missed(row.x, row.over, row.want) > .5 || m.missed(row.x, row.over, row.want-1) <= .5 {
			t.Errorf("x = %d of %d: half have bought after %v opportunities, want %d", row.x, row.over, got, row.want)
		}
	}
}
