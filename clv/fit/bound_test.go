package fit

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/model"
)

// Everybody leaves alike, after the sum of two waits, so s and beta have no upper limit but that of the
// search. The fit is named for what it says of the customers, and not called unusable.
func TestEverybodyLeavesAtTheSameRate(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	s := NewSample(model.UnitWeek)
	for range 400 {
		rate := gammaDraw(rng, 1.5) / 3
		end, x, recency := math.Min(52, 10*(rng.ExpFloat64()+rng.ExpFloat64())), 0, 0.
		for next := rng.ExpFloat64() / rate; next < end; next += rng.ExpFloat64() / rate {
			x, recency = x+1, next
		}
		one, err := model.NewSummary(x, model.UnitWeek.Span(recency), model.UnitWeek.Span(52))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Add(one, 1); err != nil {
			t.Fatal(err)
		}
	}
	r, err := ParetoNBD(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	nested, err := NBD(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.LogLikelihood < nested.LogLikelihood+10 || !slices.Equal(r.Warnings, []Warning{WarnBound}) {
		t.Fatalf("%+v against %+v", r, nested)
	}
	if b := r.Bounds; len(b) != 1 || b[0].Parameter != "beta" || b[0].Limit != mostParameter {
		t.Errorf("bounds %+v", b)
	}
	if r.Parameters[3].StandardError != 0 || !(r.Parameters[2].StandardError > 0 && r.Parameters[2].StandardError < r.Value("s")) {
		t.Errorf("errors of %+v", r.Parameters)
	}
	near(t, "mean weeks until they leave", r.Value("beta")/r.Value("s"), 20, 4)
	if words := r.Explain(WarnBound); !strings.Contains(words, "beta is at the upper limit") || !strings.Contains(words, "same rate, s ÷ β") || !strings.Contains(words, "can be used") {
		t.Error(words)
	}
}

// Every limit of every fitted parameter says something of the customers.
func TestEveryLimitHasAMeaning(t *testing.T) {
	for _, d := range []model.Description{
		model.DescribeNBD(), model.DescribeBGNBD(), model.DescribeMBGNBD(), model.DescribeParetoNBD(),
		model.DescribeBGBB(), model.DescribeSBG(), model.DescribeGammaGamma(),
	} {
		low, high := model.Values{}, model.Values{}
		for _, p := range d.Parameters {
			low[p.Name], high[p.Name] = leastParameter, mostParameter
		}
		for _, b := range slices.Concat(BoundsOf(d.Parameters, low), BoundsOf(d.Parameters, high)) {
			if b.Means == "" {
				t.Errorf("%s: %s at %g means nothing", d.Name, b.Parameter, b.Limit)
			}
		}
		if inside := BoundsOf(d.Parameters, model.Values{"r": 1}); inside != nil {
			t.Errorf("%s: %+v", d.Name, inside)
		}
	}
}

// A search that ends on a flat ridge has found what there is; one that ends on a slope has not.
func TestFlatIsNotUnfinished(t *testing.T) {
	o := optimum{at: derivatives{gradient: [most]float64{0, 5, 1e-5, 0}}}
	if !o.flat([most]bool{true, false, true, true}) || o.flat([most]bool{true, true, true, true}) {
		t.Error("a slope counts where the parameter may move, and only there")
	}
}
