package interval

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/model"
)

func TestScales(t *testing.T) {
	if i := Real(1, 1); math.Abs(i.High-2.6448536) > 1e-6 || math.Abs(i.Low+.6448536) > 1e-6 {
		t.Errorf("real %+v", i)
	}
	if i := Positive(2, .5); math.Abs(i.Low*i.High-4) > 1e-12 || i.Low <= 0 {
		t.Errorf("positive %+v", i)
	}
	if i := Share(.9, .1); i.Low <= 0 || i.High >= 1 || i.Low >= .9 || i.High <= .9 {
		t.Errorf("share %+v", i)
	}
	for _, sure := range []float64{0, 1} {
		if i := Share(sure, .3); i.Low != sure || i.High != sure {
			t.Errorf("%v is certain: %+v", sure, i)
		}
	}
	if i := Share(.999, 1); !(i.High <= 1) || !(i.Low >= 0) {
		t.Errorf("%+v", i)
	}
	if i := Positive(0, 1); i != (Interval{}) {
		t.Errorf("nothing is %+v", i)
	}
}

func TestShortest(t *testing.T) {
	draws := []float64{9, 0, 0, 0, 0, 0, 0, 1, 2, 2}
	if i, share := Shortest(draws); i != (Interval{0, 2}) || share != .9 {
		t.Errorf("%+v, %v", i, share)
	}
	if i, share := Shortest([]float64{3, 3, 3}); i != (Interval{3, 3}) || share != 1 {
		t.Errorf("%+v, %v", i, share)
	}
	if _, share := Shortest(nil); share != 0 {
		t.Error("something of nothing")
	}
}

// The variance of a product of powers is exact, and that of draws.
func TestVarianceOfAProduct(t *testing.T) {
	covariance := [][]float64{{.04, .01, 0}, {.01, .09, 0}, {0, 0, 0}}
	u := Of([]string{"a", "b", "c"}, model.Values{"a": 2, "b": 3, "c": 5}, covariance)
	figure := func(v model.Values) ([]float64, error) {
		return []float64{0, math.Log(v["a"] * v["b"] * v["b"] * v["c"])}, nil
	}
	gradient, err := u.Gradient(figure)
	if err != nil {
		t.Fatal(err)
	}
	want := .04 + 4*.09 + 4*.01
	if got := u.Variance(gradient, 1); math.Abs(got-want) > 1e-9 {
		t.Errorf("variance %v, want %v", got, want)
	}
	if w := u.Weights(gradient, 1); math.Abs(w[0]-.06) > 1e-9 || math.Abs(w[1]-.19) > 1e-9 || w[2] != 0 {
		t.Errorf("weights %v", w)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var sum, squares float64
	const n = 20_000
	for range n {
		drawn := u.Draw(rng)
		if drawn["c"] != 5 {
			t.Fatal("what is certain was moved")
		}
		v, _ := figure(drawn)
		sum, squares = sum+v[1], squares+v[1]*v[1]
	}
	if got := squares/n - sum*sum/n/n; math.Abs(got/want-1) > .05 {
		t.Errorf("the draws' variance is %v, want %v", got, want)
	}
	certain := Of([]string{"a"}, model.Values{"a": 2}, nil)
	if gradient, _ := certain.Gradient(figure); certain.Variance(gradient, 1) != 0 || certain.Draw(rng)["a"] != 2 {
		t.Error("what is certain varies")
	}
}
