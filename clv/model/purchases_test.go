package model

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The parameters published for CDNOW, weeks: BG/NBD in Fader, Hardie and Lee
// (2005), MBG/NBD in Batislam, Denizel and Filiztekin (2007), Pareto/NBD in
// Fader, Hardie and Lee (2005), Gamma-Gamma in Fader and Hardie (2013).
var (
	cdnowBG     = BGNBDParams{Unit: UnitWeek, R: .243, Alpha: 4.414, A: .793, B: 2.426}
	cdnowMBG    = MBGNBDParams{Unit: UnitWeek, R: .525, Alpha: 6.183, A: .891, B: 1.614}
	cdnowPareto = ParetoNBDParams{Unit: UnitWeek, R: .553, Alpha: 10.578, S: .606, Beta: 11.669}
	weeklyBGBB  = BGBBParams{Unit: UnitWeek, Period: UnitWeek.Span(1), Alpha: 1.204, Beta: .750, Gamma: .657, Delta: 2.783}
	cdnowSpend  = GammaGammaParams{P: 6.25, Q: 3.74, Gamma: 15.44}
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// near fails unless got is want within a relative tolerance, absolute below 1e-300.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(want) < 1e-300 {
		if !(math.Abs(got) < 1e-300) {
			t.Errorf("%s = %.15g, want below 1e-300", what, got)
		}
		return
	}
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s = %.15g, want %.15g (relative difference %.2g)", what, got, want, got/want-1)
	}
}

func weeks(x int, recency, age float64) Summary {
	return must(NewSummary(x, UnitWeek.Span(recency), UnitWeek.Span(age)))
}

// Derived independently, in 12 digits, for the published parameters.
func TestPointValues(t *testing.T) {
	models := []Purchases{must(cdnowBG.Purchases()), must(cdnowMBG.Purchases()), must(cdnowPareto.Purchases())}
	discount := must(ContinuousDiscount(.0027, UnitWeek))
	for _, row := range []struct {
		s         Summary
		tolerance float64
		want      [3][2]float64 // P(alive), E[Y(39)] of BG, MBG, Pareto
		dert      float64       // Pareto, δ = .0027 a week
	}{
		{weeks(2, 30.43, 38.86), 1e-11, [3][2]float64{
			{.726578570081, 1.22602817477}, {.706202265118, 1.26296062327}, {.869167559153, 1.45512319326}}, 6.48377356773},
		{weeks(0, 0, 38.86), 1e-11, [3][2]float64{
			{1, .195098052011}, {.389735080919, .154012746675}, {.295286604617, .107081468215}}, .477136229032},
		{weeks(26, 216./7, 31), 1e-11, [3][2]float64{
			{.968851562852, 20.7483536943}, {.965498054768, 19.4493510345}, {.99787426061, 20.1161295985}}, 86.052658649},
		{weeks(200, 50, 104), 5e-3, [3][2]float64{
			{2.86517456118e-58, 1.82e-56}, {5.00e-57, 3.09e-55}, {7.13e-54, 4.44e-52}}, 2.43e-51},
		{weeks(1000, 10, 100), 0, [3][2]float64{{0, 0}, {0, 0}, {0, 0}}, 0},
	} {
		for i, name := range []string{"BG", "MBG", "Pareto"} {
			name := fmt.Sprintf("%s at x = %d: ", name, row.s.Frequency())
			near(t, name+"P(alive)", models[i].PAlive(row.s), row.want[i][0], row.tolerance)
			near(t, name+"E[Y(39)]", models[i].ExpectedOrders(row.s, UnitWeek.Span(39)), row.want[i][1], row.tolerance)
		}
		dert, errBound, err := models[2].ResidualOrders(row.s, discount)
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprintf("Pareto DERT at x = %d", row.s.Frequency()), dert, row.dert, row.tolerance)
		if errBound > 1e-11*dert {
			t.Errorf("DERT %v is only known to %v", dert, errBound)
		}
	}
	near(t, "BG P(alive) at x = 200", models[0].PAlive(weeks(200, 50, 104)), 2.86517456118e-58, 1e-11)
}

// The increasing-frequency paradox at t_x = 20, T = 39, E[Y(52)]: the figures of
// the BTYD package's vignette, whose own parameters agree with the published
// ones to three digits only.
func TestFrequencyParadox(t *testing.T) {
	bg, pareto := must(cdnowBG.Purchases()), must(cdnowPareto.Purchases())
	for i, x := range []int{10, 15, 20, 25} {
		s := weeks(x, 20, 39)
		near(t, fmt.Sprint("BG at x = ", x), bg.ExpectedOrders(s, UnitWeek.Span(52)),
			[]float64{.3474606, .04283391, .004158973, .0003583685}[i], 3e-4)
		near(t, fmt.Sprint("Pareto at x = ", x), pareto.ExpectedOrders(s, UnitWeek.Span(52)),
			[]float64{.7062289, .1442396, .02250658, .00309267}[i], 3e-4)
	}
}

// P(X(39) = 0..3) of a new CDNOW customer under BG/NBD, derived in 12 digits.
func TestUnconditionalDistributionBGNBD(t *testing.T) {
	bg := must(cdnowBG.Purchases())
	for n, want := range []float64{.573786352096, .199395280836, .0854297595391, .045860353848} {
		near(t, fmt.Sprintf("P(X(39) = %d)", n), bg.OrdersPMF(n, UnitWeek.Span(39)), want, 1e-11)
	}
}

// DERT of "RFM and CLV" (Fader, Hardie and Lee 2005) as in BTYD's test-suite.
func TestDERTPublished(t *testing.T) {
	m := must(ParetoNBDParams{UnitWeek, .5629966, 12.559037, .4081095, 10.5148048}.Purchases())
	dert, _, err := m.ResidualOrders(weeks(7, 35, 77.86), must(ContinuousDiscount(.0027, UnitWeek)))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "DERT", dert, 1.86418332807, 1e-11)
}

// A new customer with a + b < 1, where the papers' closed form is NaN.
func TestBGNBDWhereTheClosedFormIsUndefined(t *testing.T) {
	m := must(BGNBDParams{UnitDay, .11, 2.24, .31, .50}.Purchases())
	s := must(NewSummary(0, Span{}, UnitDay.Span(1)))
	near(t, "E[Y(30)]", m.ExpectedOrders(s, UnitDay.Span(30)), .564588615533, 1e-11)
}

// a → 1 is 0/0 in the closed form; values on both sides of it must meet.
func TestBGNBDThroughAOne(t *testing.T) {
	at := func(a float64) float64 {
		return must(BGNBDParams{UnitWeek, .243, 4.414, a, 2.426}.Purchases()).ExpectedOrders(weeks(2, 30, 38), UnitWeek.Span(39))
	}
	const small = 1e-7
	near(t, "the middle of both sides", (at(1-small)+at(1+small))/2, at(1), 1e-13)
	near(t, "against exact arithmetic", at(1+small), bigBetaGeometricOrders(.243, 4.414, 1+small, 2.426, 2, 30, 38, 39, 0), 1e-12)
}

func TestResidualNeedsADiscount(t *testing.T) {
	for name, m := range purchaseModels() {
		if _, _, err := m.ResidualOrders(weeks(2, 30, 38), Discount{}); !errors.Is(err, ErrNoDiscount) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func purchaseModels() map[string]Purchases {
	return map[string]Purchases{
		"bgnbd":     must(cdnowBG.Purchases()),
		"mbgnbd":    must(cdnowMBG.Purchases()),
		"paretonbd": must(cdnowPareto.Purchases()),
		"nbd":       must(NBDParams{UnitWeek, .3847661, 12.0720232}.Purchases()),
		"bgbb":      must(weeklyBGBB.Purchases()),
	}
}

// Every kind of customer and parameter, drawn with a fixed seed.
func draw(rng *rand.Rand) (r, alpha, a, b float64, x int, recency, age, t float64) {
	spread := func(low, high float64) float64 { return low * math.Exp(rng.Float64()*math.Log(high/low)) }
	age = spread(.1, 1000)
	if x = int(spread(1, 60)) - 1; x > 0 {
		recency = age * (1 - rng.Float64())
	}
	return spread(.05, 20), spread(.1, 100), spread(.02, 20), spread(.02, 50), x, recency, age, spread(.1, 200)
}

func TestAgainstExactArithmetic(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		r, alpha, a, b, x, recency, age, span := draw(rng)
		name := fmt.Sprintf("(%v %v %v %v) at (%d %v %v) ", r, alpha, a, b, x, recency, age)
		bg, mbg := betaGeometric{UnitDay, gammaPoisson{r, alpha}, a, b, 0}, betaGeometric{UnitDay, gammaPoisson{r, alpha}, a, b, 1}
		for extra, c := range []betaGeometric{bg, mbg} {
			l := c.posterior(float64(x), age)
			near(t, fmt.Sprint(name, "E[Y], chances more: ", extra), c.pAlive(float64(x), recency, age)*l.orders(span),
				bigBetaGeometricOrders(r, alpha, a, b, float64(x), recency, age, span, float64(extra)), 1e-11)
		}
		pareto := pareto{UnitDay, gammaPoisson{r, alpha + b}, a, alpha}
		near(t, name+"Pareto P(alive)", pareto.pAlive(float64(x), recency, age),
			bigParetoAlive(r, alpha+b, a, alpha, float64(x), recency, age), 1e-11)
	}
}

// The closed form of the literature, (1−z)^(r+x) ₂F₁(r+x, b+x; a+b+x−1; z), and
// Euler's transformation of it agree, and our integral with both.
func TestEulerForms(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 30 {
		r, alpha, a, b, x, _, age, span := draw(rng)
		z := bigFloat(span / (alpha + age + span))
		rest := bigSub(bigFloat(1), z)
		rx, bx := bigAdd(bigFloat(r), bigFloat(float64(x))), bigAdd(bigFloat(b), bigFloat(float64(x)))
		a1 := bigSub(bigFloat(a), bigFloat(1))
		c := bigAdd(a1, bx)
		plain, _ := bigMul(bigPow(rest, rx), bigHypergeometric(rx, bx, c, z)).Float64()
		euler, _ := bigMul(bigPow(rest, a1), bigHypergeometric(bigSub(c, rx), a1, c, z)).Float64()
		near(t, fmt.Sprintf("a = %v", a), euler, plain, 1e-14)

		l := (&betaGeometric{UnitDay, gammaPoisson{r, alpha}, a, b, 0}).posterior(float64(x), age)
		ours := 1 - l.orders(span)*(a-1)/(a+l.b-1)
		if math.Abs(ours-plain) > 1e-12 {
			t.Errorf("ours is %v, the closed form %v at a = %v", ours, plain, a)
		}
	}
}

// E[X(t)] is the mean of P(X(t) = n), and the probabilities add up to 1.
func TestUnconditionalMomentsAgree(t *testing.T) {
	for name, m := range purchaseModels() {
		span := UnitWeek.Span(20)
		total, mean := 0.0, 0.0
		for n := range 600 {
			p := m.OrdersPMF(n, span)
			total += p
			mean += float64(n) * p
		}
		near(t, name+": total", total, 1, 1e-11)
		near(t, name+": mean", mean, m.MeanOrders(span), 1e-10)
		if m.OrdersPMF(-1, span) != 0 || m.OrdersPMF(1, Span{}) != 0 || m.OrdersPMF(0, Span{}) != 1 && name != "mbgnbd" {
			t.Errorf("%s: probabilities outside the possible", name)
		}
	}
}

func TestSilenceLowersAndTimeRaises(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		r, alpha, a, b, x, recency, age, span := draw(rng)
		for name, m := range map[string]Purchases{
			"bgnbd":     must(BGNBDParams{UnitDay, r, alpha, a, b}.Purchases()),
			"mbgnbd":    must(MBGNBDParams{UnitDay, r, alpha, a, b}.Purchases()),
			"paretonbd": must(ParetoNBDParams{UnitDay, r, alpha, a, b}.Purchases()),
			"bgbb":      must(BGBBParams{UnitDay, UnitDay.Span(1), r, alpha, a, b}.Purchases()),
		} {
			s := must(NewSummary(x, UnitDay.Span(recency), UnitDay.Span(age)))
			later := must(NewSummary(x, UnitDay.Span(recency), UnitDay.Span(age*1.1)))
			if m.PAlive(later) > m.PAlive(s) {
				t.Errorf("%s: P(alive) rose in silence: %v to %v", name, m.PAlive(s), m.PAlive(later))
			}
			near, far := UnitDay.Span(span), UnitDay.Span(span*1.1)
			if m.ExpectedOrders(s, far) < m.ExpectedOrders(s, near) {
				t.Errorf("%s: fewer orders in a longer time", name)
			}
			if m.NoOrder(s, far) > m.NoOrder(s, near) {
				t.Errorf("%s: no order became likelier with time", name)
			}
			if d := must(AnnualDiscount(.2)); m.DiscountedOrders(s, near, d) > m.ExpectedOrders(s, near)*(1+1e-12) {
				t.Errorf("%s: a discount raised the value", name)
			}
		}
	}
}

// Without a discount the discounted number is the number itself.
func TestDiscountOfNothing(t *testing.T) {
	for name, m := range purchaseModels() {
		s := weeks(3, 20, 30)
		near(t, name, m.DiscountedOrders(s, UnitWeek.Span(52), Discount{}), m.ExpectedOrders(s, UnitWeek.Span(52)), 1e-12)
	}
}

// DERT is what the discounted number tends to, for every model.
func TestResidualIsTheLimitOfTheHorizon(t *testing.T) {
	d := must(AnnualDiscount(.15))
	for name, m := range purchaseModels() {
		s := weeks(3, 20, 30)
		dert, errBound, err := m.ResidualOrders(s, d)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, m.DiscountedOrders(s, UnitDay.Span(365_000), d), dert, 1e-11)
		if errBound > 1e-11*dert {
			t.Errorf("%s: error bound %v of %v", name, errBound, dert)
		}
	}
}

// Where half of those who stay have ordered again.
func TestMedianWait(t *testing.T) {
	s := weeks(7, 35, 38)
	for name, m := range purchaseModels() {
		if name == "paretonbd" || name == "bgbb" {
			continue // there they may also leave before
		}
		reached := (1 - m.NoOrder(s, m.MedianWait(s))) / m.PAlive(s)
		near(t, name, reached, .5, 1e-12)
	}
	nbd := NBDParams{UnitWeek, 1, 10}
	near(t, "(α+T)(2^(1/(r+x)) − 1)", must(nbd.Purchases()).MedianWait(weeks(0, 0, 20)).In(UnitWeek), 30, 1e-14)
}

// All four corners of every parameter, the longest and shortest histories.
func TestExtremesStayFinite(t *testing.T) {
	extreme := []float64{minParameter, 1, maxParameter}
	summaries := []Summary{
		{}, weeks(0, 0, 1e4), weeks(1, 1./7, 1./7), weeks(1, 1e-9, 1e4), weeks(10_000, 10, 1e4), weeks(10_000, 1e4, 1e4),
	}
	spans := []Span{{}, UnitWeek.Span(1e-9), UnitWeek.Span(52), UnitWeek.Span(math.Inf(1))}
	turn := 0
	for _, r := range extreme {
		for _, alpha := range extreme {
			for _, a := range extreme {
				for _, b := range extreme {
					turn++
					s, span := summaries[turn%len(summaries)], spans[turn%len(spans)]
					for name, m := range map[string]Purchases{
						"bgnbd":     must(BGNBDParams{UnitWeek, r, alpha, a, b}.Purchases()),
						"mbgnbd":    must(MBGNBDParams{UnitWeek, r, alpha, a, b}.Purchases()),
						"paretonbd": must(ParetoNBDParams{UnitWeek, r, alpha, a, b}.Purchases()),
						"nbd":       must(NBDParams{UnitWeek, r, alpha}.Purchases()),
						"bgbb":      must(BGBBParams{UnitWeek, UnitWeek.Span(1), r, alpha, a, b}.Purchases()),
					} {
						checkFinite(t, fmt.Sprintf("%s(%v %v %v %v) at %+v, %v", name, r, alpha, a, b, s, span), m, s, span)
					}
				}
			}
		}
	}
}

func checkFinite(t *testing.T, name string, m Purchases, s Summary, span Span) {
	t.Helper()
	d := must(AnnualDiscount(.1))
	dert, _, _ := m.ResidualOrders(s, d)
	for what, v := range map[string]float64{"P(alive)": m.PAlive(s), "no order": m.NoOrder(s, span), "P(X=2)": m.OrdersPMF(2, span)} {
		if !(v >= 0 && v <= 1+1e-9) {
			t.Errorf("%s: %s = %v", name, what, v)
		}
	}
	for what, v := range map[string]float64{
		"orders": m.ExpectedOrders(s, span), "mean": m.MeanOrders(span), "wait": m.MedianWait(s).In(UnitDay),
		"discounted": m.DiscountedOrders(s, span, d), "DERT": dert,
	} {
		if !(v >= 0 && v <= math.MaxFloat64) {
			t.Errorf("%s: %s = %v", name, what, v)
		}
	}
	if v := m.LogLikelihood(s); math.IsNaN(v) || math.IsInf(v, 0) {
		t.Errorf("%s: log-likelihood = %v", name, v)
	}
}
