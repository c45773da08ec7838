package numeric

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

// near fails unless got is want within a relative tolerance.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s = %.16g, want %.16g", what, got, want)
	}
}

// ₂F₁ where gonum's series converges, and the elementary case a = b = 1.
func TestBetaQuadrature(t *testing.T) {
	for _, a := range []float64{.3, 1, 4} {
		rule := NewBetaQuadrature(a, 2.5, 3, 3)
		near(t, "MeanPower", rule.MeanPower(3, .5), mathext.Hypergeo(3, a, a+2.5, -.5), 1e-12)
	}
	rule := NewBetaQuadrature(1, 1, 2, 8)
	near(t, "∫ (1+4p)^−2 dp", rule.MeanPower(2, 4), 1./5, BetaQuadratureError)
	near(t, "∫ (1−1/(1+4p))/p dp", rule.MeanPowerIntegral(1, 4), math.Log(5), BetaQuadratureError)
}

func TestGaussLegendreIsExactForPolynomials(t *testing.T) {
	near(t, "∫ x³¹", GaussLegendre(func(x float64) float64 { return math.Pow(x, 31) }, 0, 2), math.Pow(2, 32)/32, 1e-13)
}

func TestSeries(t *testing.T) {
	s, ok := NewSeries(func(v float64) float64 { return math.Exp(-v) / (1 + v) }, 30)
	if !ok {
		t.Fatal("a smooth function has not converged")
	}
	for _, v := range []float64{0, 1, 12.3, 30} {
		near(t, "series", s.At(v), math.Exp(-v)/(1+v), 1e-10)
	}
	if _, ok := NewSeries(func(v float64) float64 { return 1 + math.Abs(v-1) }, 3); ok {
		t.Error("a function with a corner has converged")
	}
	if empty := (&Series{}).At(1); empty != 0 {
		t.Errorf("the zero series is %v", empty)
	}
}

func TestLaplace(t *testing.T) {
	d := Decline{H: func(kappa float64) float64 { return math.Exp(-2 * kappa) }, Slope: 2}
	value, errBound := d.Laplace(.5, 3)
	near(t, "∫ e^(−2.5κ)", value, ExpIntegral(2.5, 3), 1e-14)
	if errBound > 1e-12 {
		t.Errorf("error bound %v", errBound)
	}
	near(t, "no decay", ExpIntegral(0, 7), 7, 0)
	near(t, "growth", ExpIntegral(-1, 1), math.E-1, 1e-15)
}

func TestNegativeBinomial(t *testing.T) {
	b := NegativeBinomial{R: .4, Alpha: 12}
	rest := 1.0
	for n := range 20 {
		near(t, "at least n", b.AtLeast(n, 30), rest, 1e-11)
		rest -= b.PMF(n, 30)
	}
	if b.PMF(0, 0) != 1 || b.PMF(1, 0) != 0 {
		t.Error("something happened in no time")
	}
}

func TestPochhammer(t *testing.T) {
	logs := NewPochhammerLogs(.7, 300)
	for _, n := range []int{0, 1, 15, 16, 17, 300} {
		above, _ := math.Lgamma(.7 + float64(n))
		below, _ := math.Lgamma(.7)
		if got := LogPochhammer(.7, n); math.Abs(got-(above-below)) > 1e-11 || math.Abs(got-logs.Log[n]) > 1e-11 {
			t.Errorf("ln (0.7) of %d is %v and %v, want %v", n, got, logs.Log[n], above-below)
		}
	}
	near(t, "first derivative", logs.First[300], mathext.Digamma(300.7)-mathext.Digamma(.7), 1e-11) // gonum has no more digits
	near(t, "second derivative", logs.Second[300], Trigamma(300.7)-Trigamma(.7), 1e-12)
	near(t, "ψ′(1)", Trigamma(1), math.Pi*math.Pi/6, 1e-14)
	near(t, "ln(e^1000 + e^1000)", LogAddExp(1000, 1000), 1000+math.Ln2, 1e-15)
}
