package fit

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/clvstream/clvstream/clv/model"
)

type fitting func(*Sample, Options) (Result, error)

// paretoParams, coinParams: θ anywhere, with z far below −1 and near 1 for
// Pareto/NBD.
func drawTheta(rng *rand.Rand) (theta [most]float64) {
	for i, reach := range []float64{3, 4, 3, 4} {
		theta[i] = math.Exp(reach * (2*rng.Float64() - 1))
	}
	return theta
}

// drawTable is a handful of customers of all sorts, times in days.
func drawSample(tb testing.TB, rng *rand.Rand) (*Sample, []model.Summary) {
	tb.Helper()
	s := NewSample(model.UnitDay)
	var summaries []model.Summary
	for range 40 {
		age := 1 + rng.IntN(300)
		x := min(rng.IntN(12)*rng.IntN(4), age)
		recency := 0
		if x > 0 {
			recency = x + rng.IntN(age-x+1)
		}
		one, err := model.NewSummary(x, model.UnitDay.Span(float64(recency)), model.UnitDay.Span(float64(age)))
		if err != nil {
			tb.Fatal(err)
		}
		if err := s.Add(one, 1); err != nil {
			tb.Fatal(err)
		}
		summaries = append(summaries, one)
	}
	return s, summaries
}

// The likelihood that is climbed is the sum of the one that clv explains, which
// is written down quite differently.
func TestLikelihoodIsTheModels(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		s, summaries := drawSample(t, rng)
		theta := drawTheta(rng)
		for _, row := range []struct {
			model  purchaseModel
			params interface {
				Purchases() (model.Purchases, error)
			}
		}{
			{betaGeometricModel(model.DescribeBGNBD(), 0), model.BGNBDParams{Unit: model.UnitDay, R: theta[0], Alpha: theta[1], A: theta[2], B: theta[3]}},
			{betaGeometricModel(model.DescribeMBGNBD(), 1), model.MBGNBDParams{Unit: model.UnitDay, R: theta[0], Alpha: theta[1], A: theta[2], B: theta[3]}},
			{paretoModel, model.ParetoNBDParams{Unit: model.UnitDay, R: theta[0], Alpha: theta[1], S: theta[2], Beta: theta[3]}},
			{bgbbModel(12), model.BGBBParams{Unit: model.UnitDay, Period: model.UnitDay.Span(12), Alpha: theta[0], Beta: theta[1], Gamma: theta[2], Delta: theta[3]}},
			{nbdModel, model.NBDParams{Unit: model.UnitDay, R: theta[0], Alpha: theta[1]}},
		} {
			purchases, err := row.params.Purchases()
			if err != nil {
				t.Fatal(err)
			}
			want := 0.0
			for _, one := range summaries {
				want += purchases.LogLikelihood(one)
			}
			near(t, fmt.Sprintf("%s at %v", row.model.described.Name, theta), row.model.on(s.table(), nil).evaluate(&theta).value, want, 1e-11)
		}
	}
}

// Every first and second derivative is the slope of the one below it.
func TestDerivativesAreExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		s, _ := drawSample(t, rng)
		spend := NewSpendSample()
		for range 30 {
			spend.Add(1+rng.IntN(8), math.Exp(rng.NormFloat64()+3))
		}
		theta := drawTheta(rng)
		for name, l := range map[string]likelihood{
			"bgnbd":      betaGeometricModel(model.DescribeBGNBD(), 0).on(s.table(), nil),
			"mbgnbd":     betaGeometricModel(model.DescribeMBGNBD(), 1).on(s.table(), nil),
			"paretonbd":  paretoModel.on(s.table(), nil),
			"nbd":        nbdModel.on(s.table(), nil),
			"bgbb":       bgbbModel(12).on(s.table(), nil),
			"gammagamma": newSpendLikelihood(spend),
			"sbg":        sbgLikelihood{[]float64{1000, 631, 468, 382, 326, 289, 262, 241}},
		} {
			at := l.evaluate(&theta)
			for i := range l.parameters() {
				h := 1e-4 * theta[i]
				up, down := theta, theta
				up[i] += h
				down[i] -= h
				above, below := l.evaluate(&up), l.evaluate(&down)
				// Central differences err by about h² and by rounding ÷ h.
				slack := 1e-6*math.Abs(at.gradient[i]) + 1e-11*math.Abs(at.value)/h
				if slope := (above.value - below.value) / (2 * h); math.Abs(slope-at.gradient[i]) > slack {
					t.Errorf("%s at %v: slope %d is %v, want %v", name, theta, i, at.gradient[i], slope)
				}
				for j := range l.parameters() {
					bend := at.hessian[max(i, j)][min(i, j)]
					slack := 1e-6*math.Abs(bend) + 1e-10*(math.Abs(at.gradient[j])+math.Abs(at.value)*1e-3/theta[j])/h
					if slope := (above.gradient[j] - below.gradient[j]) / (2 * h); math.Abs(slope-bend) > slack {
						t.Errorf("%s at %v: bend %d, %d is %v, want %v", name, theta, i, j, bend, slope)
					}
				}
			}
		}
	}
}

func TestMergedRowsCountLikeSingleOnes(t *testing.T) {
	one, err := model.NewSummary(3, model.UnitWeek.Span(20.5), model.UnitWeek.Span(30))
	if err != nil {
		t.Fatal(err)
	}
	s := NewSample(model.UnitWeek)
	for _, weight := range []float64{1, 2, .5} {
		if err := s.Add(one, weight); err != nil {
			t.Fatal(err)
		}
	}
	if table := s.table(); s.Rows() != 1 || table.customers != 3.5 || table.repeaters != 3.5 || table.meanFrequency != 3 {
		t.Errorf("%d rows, %+v", s.Rows(), table)
	}
	for _, weight := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if err := s.Add(one, weight); err == nil {
			t.Errorf("weight %v accepted", weight)
		}
	}
}

// Lent processors change the time, not the bits.
func TestLentProcessorsGiveTheSameBits(t *testing.T) {
	s := simulate(t, 30_000, "bgnbd", [most]float64{.5, 8, .8, 2.5}, 5)
	if s.Rows() < 2*blockRows {
		t.Fatalf("only %d rows: too few to share out", s.Rows())
	}
	atOnce := func(tasks int, run func(int)) {
		var wait sync.WaitGroup
		for i := range tasks {
			wait.Go(func() { run(i) })
		}
		wait.Wait()
	}
	for name, f := range map[string]fitting{"bgnbd": BGNBD, "paretonbd": ParetoNBD, "bgbb": weekly} {
		alone, err := f(s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		shared, err := f(s, Options{Lend: atOnce})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(alone.Parameters, shared.Parameters) || alone.LogLikelihood != shared.LogLikelihood {
			t.Errorf("%s: %v alone, %v shared", name, alone, shared)
		}
	}
}

// What is fitted to a simulated shop is the shop, within four standard errors.
func TestSimulatedShopsAreRecovered(t *testing.T) {
	for _, row := range []struct {
		model string
		fit   fitting
		truth [most]float64
	}{
		{"bgnbd", BGNBD, [most]float64{.5, 8, .8, 2.5}},
		{"mbgnbd", MBGNBD, [most]float64{.6, 7, .9, 1.7}},
		{"paretonbd", ParetoNBD, [most]float64{.6, 10, .7, 12}},
		{"nbd", NBD, [most]float64{.4, 12}},
	} {
		r, err := row.fit(simulate(t, 20_000, row.model, row.truth, 6), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range r.Parameters {
			if p.StandardError <= 0 || math.Abs(p.Value-row.truth[i]) > 4*p.StandardError {
				t.Errorf("%s: %s is %v ± %v, want %v", row.model, p.Name, p.Value, p.StandardError, row.truth[i])
			}
		}
		if len(r.Warnings) > 0 {
			t.Errorf("%s warns of %v", row.model, r.Warnings)
		}
	}
}

func TestSimulatedSpendIsRecovered(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	truth := []float64{6.25, 3.74, 15.44}
	s := NewSpendSample()
	for range 5_000 {
		x := 1 + rng.IntN(6)
		nu := gammaDraw(rng, truth[1]) / truth[2]
		s.Add(x, gammaDraw(rng, truth[0]*float64(x))/nu/float64(x))
	}
	r, err := GammaGamma(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range r.Parameters {
		if math.Abs(p.Value-truth[i]) > 4*p.StandardError {
			t.Errorf("%s is %v ± %v, want %v", p.Name, p.Value, p.StandardError, truth[i])
		}
	}
	if len(r.Warnings) > 0 {
		t.Errorf("warns of %v", r.Warnings)
	}
}

// Where nobody leaves, the models of leaving say so and are no better than NBD.
func TestRidgeIsSeen(t *testing.T) {
	s := simulate(t, 4_000, "nbd", [most]float64{.8, 10}, 9)
	nbd, err := NBD(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]fitting{"bgnbd": BGNBD, "mbgnbd": MBGNBD, "paretonbd": ParetoNBD} {
		r, err := f(s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(r.Warnings, WarnRidge) {
			t.Errorf("%s: warns of %v with LL %v, NBD's %v", name, r.Warnings, r.LogLikelihood, nbd.LogLikelihood)
		}
		for _, p := range r.Parameters {
			if !(p.Value > 0 && p.Value <= mostParameter*1.0001) || math.IsNaN(p.StandardError) || math.IsInf(p.StandardError, 0) {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
}

func TestFewRepeaters(t *testing.T) {
	s := simulate(t, 60, "mbgnbd", [most]float64{.6, 7, .9, 1.7}, 10)
	r, err := MBGNBD(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(r.Warnings, WarnFewRepeaters) {
		t.Errorf("%d repeaters, warnings %v", r.Repeaters, r.Warnings)
	}
}

func TestSpendWarnings(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	grows, wild := NewSpendSample(), NewSpendSample()
	for range 500 {
		x := 1 + rng.IntN(9)
		grows.Add(x, float64(10*x)*math.Exp(.3*rng.NormFloat64()))
		wild.Add(x, 5*math.Pow(rng.Float64(), -2))
	}
	r, err := GammaGamma(grows, Options{})
	if err != nil || !slices.Contains(r.Warnings, WarnSpendCorrelated) {
		t.Errorf("spend that grows with frequency: %v, %v", r.Warnings, err)
	}
	r, err = GammaGamma(wild, Options{})
	if err != nil || !slices.Contains(r.Warnings, WarnQBelowOne) || r.Value("q") != leastQ {
		t.Errorf("spend without a mean: q is %v, %v, %v", r.Value("q"), r.Warnings, err)
	}
}

func TestTooFew(t *testing.T) {
	empty := NewSample(model.UnitDay)
	once, err := model.NewSummary(0, model.Span{}, model.UnitDay.Span(10))
	if err != nil {
		t.Fatal(err)
	}
	nobody := NewSample(model.UnitDay)
	if err := nobody.Add(once, 100); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]fitting{"bgnbd": BGNBD, "mbgnbd": MBGNBD, "paretonbd": ParetoNBD, "nbd": NBD, "bgbb": weekly} {
		for _, s := range []*Sample{empty, nobody} {
			if _, err := f(s, Options{}); !errors.Is(err, ErrTooFew) {
				t.Errorf("%s: error is %v", name, err)
			}
		}
	}
	spend := NewSpendSample()
	spend.Add(0, 5)
	spend.Add(3, 0)
	spend.Add(3, math.NaN())
	if _, err := GammaGamma(spend, Options{}); !errors.Is(err, ErrTooFew) {
		t.Errorf("spend: error is %v", err)
	}
	for _, survivors := range [][]float64{nil, {100}, {100, 0}, {0, 0}} {
		if _, err := SBG(survivors, Options{}); !errors.Is(err, ErrTooFew) {
			t.Errorf("survivors %v: error is %v", survivors, err)
		}
	}
	for _, survivors := range [][]float64{{100, 101}, {100, -1}, {100, math.NaN()}} {
		if _, err := SBG(survivors, Options{}); err == nil {
			t.Errorf("survivors %v accepted", survivors)
		}
	}
}

// A cohort that loses nobody, or one customer in a handful, has no inner optimum
// but an answer without NaN.
func TestDegenerateSamplesGiveFiniteAnswers(t *testing.T) {
	r, err := SBG([]float64{100, 100, 100}, Options{})
	if err != nil || !slices.Contains(r.Warnings, WarnBound) {
		t.Errorf("a cohort that stays: %+v, %v", r, err)
	}
	s := NewSample(model.UnitDay)
	lone, err := model.NewSummary(1, model.UnitDay.Span(1), model.UnitDay.Span(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(lone, 1); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]fitting{"bgnbd": BGNBD, "mbgnbd": MBGNBD, "paretonbd": ParetoNBD, "nbd": NBD} {
		r, err := f(s, Options{})
		if err != nil || len(r.Warnings) == 0 || math.IsNaN(r.LogLikelihood) || math.IsInf(r.LogLikelihood, 0) {
			t.Errorf("%s on one customer: %+v, %v", name, r, err)
		}
		for _, p := range r.Parameters {
			if math.IsNaN(p.Value) || math.IsNaN(p.StandardError) || math.IsInf(p.StandardError, 0) {
				t.Errorf("%s on one customer: %+v", name, p)
			}
		}
	}
}

// weekly is BG/BB with an opportunity a week.
func weekly(s *Sample, options Options) (Result, error) {
	options.Period = model.UnitWeek.Span(1)
	return BGBB(s, options)
}

// What is fitted to simulated donors are the donors, within four standard errors.
func TestSimulatedDonorsAreRecovered(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	truth := []float64{1.2, .75, .66, 2.8}
	beta := func(a, b float64) float64 { x, y := gammaDraw(rng, a), gammaDraw(rng, b); return x / (x + y) }
	s := NewSample(model.UnitWeek)
	for range 20_000 {
		buys, leaves := beta(truth[0], truth[1]), beta(truth[2], truth[3])
		over := 1 + rng.IntN(12)
		x, last := 0, 0
		for i := 1; i <= over && rng.Float64() >= leaves; i++ {
			if rng.Float64() < buys {
				x, last = x+1, i
			}
		}
		one, err := model.NewSummary(x, model.UnitWeek.Span(float64(last)), model.UnitWeek.Span(float64(over)+.5))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Add(one, 1); err != nil {
			t.Fatal(err)
		}
	}
	r, err := weekly(s, Options{})
	if err != nil || len(r.Warnings) > 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	for i, p := range r.Parameters {
		if p.StandardError <= 0 || math.Abs(p.Value-truth[i]) > 4*p.StandardError {
			t.Errorf("%s is %v ± %v, want %v", p.Name, p.Value, p.StandardError, truth[i])
		}
	}
}

func TestBGBBNeedsAPeriodThatFits(t *testing.T) {
	s := simulate(t, 500, "mbgnbd", [most]float64{.6, 7, .9, 1.7}, 13)
	if _, err := BGBB(s, Options{}); err == nil || !strings.Contains(err.Error(), "give 1 or more") {
		t.Errorf("without a period: %v", err)
	}
	if _, err := BGBB(s, Options{Period: model.UnitWeek.Span(1000)}); !errors.Is(err, ErrTooFew) {
		t.Errorf("a period of twenty years: %v", err)
	}
}
