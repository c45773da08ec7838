package fit

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/model"
)

func held(tb testing.TB, x, recencyDays, ageDays, orders int, m, revenue float64) Held {
	tb.Helper()
	s, err := model.NewSummary(x, model.UnitDay.Span(float64(recencyDays)), model.UnitDay.Span(float64(ageDays)))
	if err != nil {
		tb.Fatal(err)
	}
	return Held{Summary: s, MeanSpend: m, Orders: orders, Revenue: revenue, RecentOrders: x + 1, RecentRevenue: m * float64(x)}
}

// Three customers, reckoned by hand.
func TestBaselinesByHand(t *testing.T) {
	h := Holdout{Length: model.UnitDay.Span(50), Money: true, Customers: slices.Values([]Held{
		held(t, 4, 80, 100, 1, 10, 12), // x/T: 2 orders, 20 of revenue
		held(t, 0, 0, 100, 1, 0, 30),   // 0
		held(t, 0, 0, 0, 0, 0, 0),      // T = 0: 0
	})}
	want := map[string]struct{ predicted, mae, rmse, revenue float64 }{
		NaiveRate:       {2, 2. / 3, math.Sqrt(2. / 3), 20},
		NaiveLastPeriod: {7, (4 + 0 + 1) / 3., math.Sqrt(17. / 3), 40},
		NaiveAverage:    {3, 1. / 3, math.Sqrt(1. / 3), 30}, // 4 orders in 200 days: 1 each
	}
	for _, p := range h.Naive() {
		s, want := h.Score(p), want[p.Name]
		near(t, p.Name+" predicted", s.Orders.Predicted, want.predicted, 1e-12)
		near(t, p.Name+" MAE", s.Orders.MAE, want.mae, 1e-12)
		near(t, p.Name+" RMSE", s.Orders.RMSE, want.rmse, 1e-12)
		if e := h.Errors(p); e.RMSE != s.Orders.RMSE || e.MAE != s.Orders.MAE || e.Bias != s.Orders.Bias || e.Customers != 3 {
			t.Errorf("%s: errors alone are %+v", p.Name, e)
		}
		near(t, p.Name+" bias", s.Orders.Bias, (want.predicted-2)/3, 1e-12)
		near(t, p.Name+" revenue", s.Revenue.Predicted, want.revenue, 1e-12)
		near(t, p.Name+" actual revenue", s.Revenue.Actual, 42, 1e-12)
	}
}

func TestBinsShareHighFrequencies(t *testing.T) {
	h := Holdout{Length: model.UnitDay.Span(100), Customers: slices.Values([]Held{
		held(t, 0, 0, 100, 1, 0, 0), held(t, 0, 0, 100, 0, 0, 0), held(t, 7, 70, 100, 4, 0, 0), held(t, 9, 70, 100, 8, 0, 0),
	})}
	s := h.Score(h.Naive()[0])
	want := []Bin{{0, false, 2, 0, .5}, {7, true, 2, 8, 6}}
	if !slices.Equal(s.Bins, want) {
		t.Errorf("bins %v, want %v", s.Bins, want)
	}
	if s.Revenue != nil {
		t.Error("revenue without amounts")
	}
}

// Spearman (1904) on ranks with ties, by hand: ranks 1 2.5 2.5 4 and 1 2 4 3.
func TestRankCorrelationSharesTies(t *testing.T) {
	if got := ranks([]float64{5, 7, 7, 9}); !slices.Equal(got, []float64{1, 2.5, 2.5, 4}) {
		t.Errorf("ranks %v", got)
	}
	a := newAccuracy([]float64{5, 7, 7, 9}, []float64{0, 1, 3, 2})
	near(t, "rank correlation", a.RankCorrelation, 3/math.Sqrt(4.5*5), 1e-12)
	if flat := newAccuracy([]float64{1, 1}, []float64{0, 2}); flat.RankCorrelation != 0 {
		t.Errorf("equal predictions correlate by %v", flat.RankCorrelation)
	}
}

func TestGainsShareTies(t *testing.T) {
	predicted := []float64{9, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	actual := []float64{11, 9, 0, 0, 0, 0, 0, 0, 0, 0}
	a := newAccuracy(predicted, actual)
	near(t, "first tenth", a.Gains[0], .55, 1e-12)
	near(t, "second tenth", a.Gains[1], .55+.45/9, 1e-12) // the others are alike, so each brings a ninth
	near(t, "all", a.Gains[9], 1, 1e-12)
	near(t, "lift", a.TopLift, (.55+.05)/.2, 1e-12)
	if none := newAccuracy(predicted, make([]float64, 10)); none.TopLift != 0 || none.Gains[9] != 0 {
		t.Errorf("gains of nothing: %+v", none)
	}
}

// Gains rise to 1, and correlation depends on order alone.
func TestRankMeasuresOnRandomPredictions(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		n := 1 + rng.IntN(40)
		predicted, stretched, actual := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			predicted[i], actual[i] = float64(rng.IntN(10)), float64(rng.IntN(4))
			stretched[i] = math.Exp(predicted[i])
		}
		a, b := newAccuracy(predicted, actual), newAccuracy(stretched, actual)
		if a.Gains != b.Gains || a.RankCorrelation != b.RankCorrelation || a.RankCorrelation < -1-1e-12 || a.RankCorrelation > 1+1e-12 {
			t.Fatalf("%+v and %+v of the same order", a, b)
		}
		if !slices.IsSorted(a.Gains[:]) || a.Actual > 0 && math.Abs(a.Gains[9]-1) > 1e-12 {
			t.Fatalf("gains %v", a.Gains)
		}
	}
}

// A model's course is the sum of what it expects of each customer from their
// first day on.
func TestCourseSumsOverBirths(t *testing.T) {
	c := Course{Births: make([]int, 15), Repeats: make([]int, 15)}
	c.Births[0], c.Births[8] = 2, 3
	c.Repeats[6], c.Repeats[7], c.Repeats[14] = 1, 2, 4 // the last day is no whole week
	if got := c.Actual(); !slices.Equal(got, []float64{1, 3}) {
		t.Errorf("actual %v", got)
	}
	linear := func(s model.Span) float64 { return s.In(model.UnitDay) / 10 }
	got := c.expect(linear)
	near(t, "first week", got[0], 2*.6, 1e-12)
	near(t, "second week", got[1], 2*1.3+3*.5, 1e-12)
	if len(got) != c.Weeks() {
		t.Errorf("%d weeks, want %d", len(got), c.Weeks())
	}
}

func TestNobodyHeldOut(t *testing.T) {
	h := Holdout{Length: model.UnitDay.Span(10), Money: true, Customers: slices.Values([]Held(nil))}
	for _, p := range h.Naive() {
		s := h.Score(p)
		if s.Orders.MAE != 0 || math.IsNaN(s.Orders.Bias) || math.IsNaN(s.Revenue.RMSE) {
			t.Errorf("%s: %+v", p.Name, s)
		}
	}
}
