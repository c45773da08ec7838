package model

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

func dollarAssumptions() Assumptions {
	return Assumptions{
		Horizon: UnitDay.Span(365), Discount: must(AnnualDiscount(.15)),
		MarginRatio: .3, Currency: must(money.ParseCurrency("USD")),
	}
}

func fittedModels() map[string]*Fitted {
	return map[string]*Fitted{
		"bgnbd":     must(NewBGNBD(cdnowBG, cdnowSpend, dollarAssumptions(), "v1")),
		"mbgnbd":    must(NewMBGNBD(cdnowMBG, cdnowSpend, dollarAssumptions(), "v1")),
		"paretonbd": must(NewParetoNBD(cdnowPareto, cdnowSpend, dollarAssumptions(), "v1")),
		"nbd":       must(NewNBD(NBDParams{UnitWeek, .3847661, 12.0720232}, cdnowSpend, dollarAssumptions(), "v1")),
		"bgbb":      must(NewBGBB(weeklyBGBB, cdnowSpend, dollarAssumptions(), "v1")),
	}
}

// A customer of the CDNOW sample: two repeat purchases averaging 22.35 dollars.
var cdnowFacts = history.Facts{
	Orders: 3, PurchaseDays: 3, Frequency: 2, RecencyDays: 213, AgeDays: 272,
	RevenueMinor: 7400, MarginMinor: 2220, MarginRatio: .3, RepeatMeanMinor: 2235,
}

// A prediction is what the analysts' formulas say, put together.
func TestPredictionIsTheFormulas(t *testing.T) {
	terms := dollarAssumptions()
	s := must(NewSummary(2, UnitDay.Span(213), UnitDay.Span(272)))
	for name, m := range fittedModels() {
		analyst, got := purchaseModels()[name], m.Predict(cdnowFacts)
		dert, _, err := analyst.ResidualOrders(s, terms.Discount)
		if err != nil {
			t.Fatal(err)
		}
		spendMinor := 100 * cdnowSpend.Expected(2, 22.35)
		near(t, name+" P(alive)", got.PAlive, analyst.PAlive(s), 1e-11)
		near(t, name+" orders", got.PAlive*got.OrdersIfAlive, analyst.ExpectedOrders(s, terms.Horizon), 1e-11)
		near(t, name+" spend", got.SpendMinor, spendMinor, 1e-14)
		near(t, name+" value", got.PAlive*got.ValueIfAliveMinor,
			.3*spendMinor*analyst.DiscountedOrders(s, terms.Horizon, terms.Discount), 1e-11)
		near(t, name+" residual", got.PAlive*got.ResidualIfAliveMinor, .3*spendMinor*dert, 1e-11)
		near(t, name+" next order", got.NextOrderDays, analyst.MedianWait(s).In(UnitDay), 1e-13)
		if !got.ResidualKnown || m.Name() != name || m.Version() != "v1" {
			t.Errorf("%s: residual known %v, named %s %s", name, got.ResidualKnown, m.Name(), m.Version())
		}
	}
}

// Weeks are not days: the same customer under the same shop, described in days.
func TestUnitsDoNotMatter(t *testing.T) {
	inDays := cdnowMBG
	inDays.Unit, inDays.Alpha = UnitDay, 7*cdnowMBG.Alpha
	days := must(NewMBGNBD(inDays, cdnowSpend, dollarAssumptions(), "v1")).Predict(cdnowFacts)
	weeks := fittedModels()["mbgnbd"].Predict(cdnowFacts)
	near(t, "value", days.ValueIfAliveMinor, weeks.ValueIfAliveMinor, 1e-11)
	near(t, "P(alive)", days.PAlive, weeks.PAlive, 1e-14)
	near(t, "next order", days.NextOrderDays, weeks.NextOrderDays, 1e-14)
}

func TestMinorUnitsDoNotMatter(t *testing.T) {
	terms := dollarAssumptions()
	terms.Currency = must(money.ParseCurrency("KWD")) // a thousand fils a dinar
	facts := cdnowFacts
	facts.RepeatMeanMinor *= 10
	fils := must(NewMBGNBD(cdnowMBG, cdnowSpend, terms, "v1")).Predict(facts)
	cents := fittedModels()["mbgnbd"].Predict(cdnowFacts)
	near(t, "value", fils.ValueIfAliveMinor, 10*cents.ValueIfAliveMinor, 1e-14)
}

func TestOwnMarginWhereNoneIsGiven(t *testing.T) {
	terms := dollarAssumptions()
	terms.MarginRatio = 0
	m := must(NewBGNBD(cdnowBG, cdnowSpend, terms, "v1"))
	facts := cdnowFacts
	facts.MarginRatio = .6
	near(t, "value", m.Predict(facts).ValueIfAliveMinor, 2*fittedModels()["bgnbd"].Predict(cdnowFacts).ValueIfAliveMinor, 1e-14)
}

// The tables differ from the integrals by less than 1e-11, whatever the
// parameters, at any age and frequency.
func TestTablesAgreeWithIntegrals(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	tabulatedRows := 0
	for range 12 {
		r, alpha, a, b, x, _, _, horizon := draw(rng)
		ahead := discounting{horizon: horizon, discount: .0003}
		c := newBetaGeometricTables(betaGeometric{UnitDay, gammaPoisson{r, alpha}, a, b, rng.IntN(2)}, ahead)
		p := newParetoTables(pareto{UnitDay, gammaPoisson{r, alpha}, a, b}, ahead)
		if c.row(x).usable && p.row(x).usable && p.sets.usable {
			tabulatedRows++
		}
		for _, age := range []float64{0, 1, 30, 365, 10_000, MaxAgeDays} {
			name := fmt.Sprintf("(%v %v %v %v) at x = %d, T = %v: ", r, alpha, a, b, x, age)
			l := c.posterior(float64(x), age)
			slow, fast := c.integrals(&l), c.expect(float64(x), 0, age)
			near(t, name+"orders", fast.orders, slow.orders, 1e-11)
			near(t, name+"discounted", fast.discounted, slow.discounted, 1e-11)
			near(t, name+"residual", fast.residual, slow.residual, 1e-11)

			e := p.expect(float64(x), 0, age)
			perUnit := (r + float64(x)) / (alpha + age) * (b + age)
			near(t, name+"Pareto orders", e.orders, p.orders(float64(x), age, horizon), 1e-11)
			near(t, name+"Pareto residual", e.residual, perUnit*p.residualShape(b+age), 1e-11)
			near(t, name+"Pareto P(alive)", p.pAlive(float64(x), age/2, age), p.pareto.pAlive(float64(x), age/2, age), 1e-11)
		}
	}
	if tabulatedRows < 11 {
		t.Errorf("only %d of 12 parameter sets could be tabulated", tabulatedRows)
	}
}

func TestPredictionsAreReproducible(t *testing.T) {
	for name, m := range fittedModels() {
		again := fittedModels()[name]
		for x := range 8 {
			facts := cdnowFacts
			facts.Frequency, facts.PurchaseDays = x, x+1
			if got, want := again.Predict(facts), m.Predict(facts); got != want {
				t.Errorf("%s: %+v, then %+v", name, want, got)
			}
		}
	}
}

func TestPredictDoesNotAllocate(t *testing.T) {
	for name, m := range fittedModels() {
		m.Predict(cdnowFacts)
		if n := testing.AllocsPerRun(100, func() { m.Predict(cdnowFacts) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// Whatever the facts, a prediction is finite: a customer must never stop a lane.
func TestPredictionsAreFinite(t *testing.T) {
	models := []Model{Historic{}, must(NewSimple(3)), must(NewMarginChurn(.05)),
		must(NewSBG(SBGParams{UnitMonth.Span(1), .668, 3.806}, dollarAssumptions(), "v1")),
		must(NewRetentionDCF(RetentionDCFParams{Retention: .8, AnnualDiscount: .1, RetentionCost: 5}, dollarAssumptions().Currency))}
	for _, m := range fittedModels() {
		models = append(models, m)
	}
	counts := []int{math.MinInt, -1, 0, 1, 50, 5_000, math.MaxInt}
	money := []int64{math.MinInt64, -1, 0, 1, math.MaxInt64}
	ratios := []float64{math.NaN(), math.Inf(-1), -1, 0, .3, math.MaxFloat64, math.Inf(1)}
	rng := rand.New(rand.NewPCG(9, 10))
	for range 2_000 {
		f := history.Facts{
			Orders: counts[rng.IntN(7)], PurchaseDays: counts[rng.IntN(7)], Frequency: counts[rng.IntN(7)],
			RecencyDays: counts[rng.IntN(7)], AgeDays: counts[rng.IntN(7)],
			RevenueMinor: money[rng.IntN(5)], MarginMinor: money[rng.IntN(5)],
			RepeatMeanMinor: ratios[rng.IntN(7)], MarginRatio: ratios[rng.IntN(7)],
		}
		m := models[rng.IntN(len(models))]
		p := m.Predict(f)
		for _, v := range []float64{p.PAlive, p.OrdersIfAlive, p.ValueIfAliveMinor, p.ResidualIfAliveMinor, p.SpendMinor, p.NextOrderDays} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%s predicts %+v of %+v", m.Name(), p, f)
			}
		}
		if p.PAlive < 0 || p.PAlive > 1 || p.OrdersIfAlive < 0 || p.SpendMinor < 0 || p.NextOrderDays < 0 {
			t.Fatalf("%s predicts %+v of %+v", m.Name(), p, f)
		}
	}
}

func TestConstructorsRefuse(t *testing.T) {
	good := dollarAssumptions()
	for name, change := range map[string]func(*BGNBDParams, *GammaGammaParams, *Assumptions){
		"alpha":               func(p *BGNBDParams, _ *GammaGammaParams, _ *Assumptions) { p.Alpha = 0 },
		"a":                   func(p *BGNBDParams, _ *GammaGammaParams, _ *Assumptions) { p.A = math.NaN() },
		"b":                   func(p *BGNBDParams, _ *GammaGammaParams, _ *Assumptions) { p.B = math.Inf(1) },
		"time unit":           func(p *BGNBDParams, _ *GammaGammaParams, _ *Assumptions) { p.Unit = 0 },
		"q":                   func(_ *BGNBDParams, g *GammaGammaParams, _ *Assumptions) { g.Q = 1 },
		"gamma":               func(_ *BGNBDParams, g *GammaGammaParams, _ *Assumptions) { g.Gamma = -1 },
		"horizon in days":     func(_ *BGNBDParams, _ *GammaGammaParams, t *Assumptions) { t.Horizon = Span{} },
		"margin":              func(_ *BGNBDParams, _ *GammaGammaParams, t *Assumptions) { t.MarginRatio = 1.01 },
		"annual discount":     nil,
		"x":                   nil,
		"t_x in days":         nil,
		"monthly churn":       nil,
		"retention":           nil,
		"discount per period": nil,
	} {
		var err error
		switch name {
		case "annual discount":
			_, err = AnnualDiscount(-.1)
		case "x":
			_, err = NewSummary(-1, Span{}, Span{})
		case "t_x in days":
			_, err = NewSummary(1, UnitDay.Span(2), UnitDay.Span(1))
		case "monthly churn":
			_, err = NewMarginChurn(2)
		case "retention":
			_, err = NewRetentionDCF(RetentionDCFParams{Retention: 1}, good.Currency)
		case "discount per period":
			_, err = SBGParams{UnitMonth.Span(1), 1, 1}.DEL(-1)
		default:
			p, g, terms := cdnowBG, cdnowSpend, good
			change(&p, &g, &terms)
			_, err = NewBGNBD(p, g, terms, "v1")
		}
		var out *RangeError
		if !errors.As(err, &out) || out.What != name || out.Allowed == "" {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	good.Currency = money.Currency{}
	if _, err := NewMBGNBD(cdnowMBG, cdnowSpend, good, "v1"); !errors.Is(err, money.ErrUnknownCurrency) {
		t.Errorf("no currency: error is %v", err)
	}
}

func BenchmarkPredict(b *testing.B) {
	for name, m := range fittedModels() {
		b.Run(name, func(b *testing.B) {
			facts := cdnowFacts
			for x := range 51 {
				facts.Frequency = x
				m.Predict(facts)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				facts.Frequency, facts.AgeDays = i%51, 250+i%200
				m.Predict(facts)
			}
		})
	}
}

// BenchmarkFirstPredict is what the first customer of a frequency costs.
func BenchmarkFirstPredict(b *testing.B) {
	for b.Loop() {
		must(NewMBGNBD(cdnowMBG, cdnowSpend, dollarAssumptions(), "v1")).Predict(cdnowFacts)
	}
}
