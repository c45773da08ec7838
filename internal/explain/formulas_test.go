package explain

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"github.com/clvstream/clvstream/clv/model"
)

// The formulas as they are printed, evaluated as they stand, give the values
// printed below them.
func TestPrintedFormulasAreTrue(t *testing.T) {
	const x, weeks = 3.0, 365.0 / 7
	recency, age := 20.0, 38.0
	for name, m := range models(t) {
		if m.purchases == nil || name == "own margin" || name == "nbd" || m.entry.Periodic {
			continue
		}
		p := m.inputs.Values
		e, err := ByHand{Frequency: x, Recency: model.UnitWeek.Span(recency), Age: model.UnitWeek.Span(age), RepeatMean: 20}.Explain(m)
		if err != nil {
			t.Fatal(err)
		}
		q := quantities(t, name, &e)
		near(t, name+" pace", q["pace"], (p["r"]+x)/(p["alpha"]+age))
		near(t, name+" δ", q["δ"], math.Log(1.15)/(365.25/7))
		switch name {
		case "paretonbd":
			odds := simpson(recency, age, func(u float64) float64 {
				return math.Pow((p["alpha"]+age)/(p["alpha"]+u), p["r"]+x) * math.Pow((p["beta"]+age)/(p["beta"]+u), p["s"]) * p["s"] / (p["beta"] + u)
			})
			near(t, name+" P(alive)", q["P(alive)"], 1/(1+odds))
			near(t, name+" Y", q["Y"], q["pace"]*(p["beta"]+age)/(p["s"]-1)*(1-math.Pow((p["beta"]+age)/(p["beta"]+age+weeks), p["s"]-1)))
		default:
			near(t, name+" Y", q["Y"], coinOrders(name, p, x, age, weeks))
		}
	}
}

// coinOrders is the closed form of E[Y(t)] given alive, in the two papers'
// versions.
func coinOrders(name string, p map[string]float64, x, age, t float64) float64 {
	top, second := p["a"]+p["b"]+x, p["b"]+x+1
	if name == "bgnbd" {
		top, second = p["a"]+p["b"]+x-1, p["b"]+x
	}
	z := t / (p["alpha"] + age + t)
	return top / (p["a"] - 1) * (1 - math.Pow((p["alpha"]+age)/(p["alpha"]+age+t), p["r"]+x)*mathext.Hypergeo(p["r"]+x, second, top, z))
}

// simpson integrates a smooth function.
func simpson(low, high float64, f func(float64) float64) float64 {
	const steps = 2000
	h := (high - low) / steps
	sum := f(low) + f(high)
	for i := 1; i < steps; i++ {
		sum += float64(2+2*(i%2)) * f(low+float64(i)*h)
	}
	return sum * h / 3
}

// The same for BG/BB: the sums as they are printed.
func TestPrintedFormulasOfOpportunitiesAreTrue(t *testing.T) {
	m := fitted(t, "bgbb", yearly)
	const x, j, n = 2.0, 3, 5
	e, err := ByHand{Frequency: x, Recency: model.UnitDay.Span(91), Age: model.UnitDay.Span(155), RepeatMean: 20}.Explain(m)
	if err != nil {
		t.Fatal(err)
	}
	p, q := m.inputs.Values, quantities(t, "bgbb", &e)
	near(t, "n", q["n"], n)
	near(t, "j", q["j"], j)
	near(t, "k", q["k"], x)
	beta := func(a, b float64) float64 { return math.Exp(mathext.Lbeta(a, b)) }
	l := beta(p["alpha"]+x, p["beta"]+n-x) * beta(p["gamma"], p["delta"]+n)
	for i := j; i < n; i++ {
		l += beta(p["alpha"]+x, p["beta"]+float64(i)-x) * beta(p["gamma"]+1, p["delta"]+float64(i))
	}
	near(t, "P(alive)", q["P(alive)"], beta(p["alpha"]+x, p["beta"]+n-x)*beta(p["gamma"], p["delta"]+n+1)/l)
	near(t, "chance", q["chance"], (p["alpha"]+x)/(p["alpha"]+p["beta"]+n))
	sum := 0.0
	for i := 0.0; 25+30*i <= 365; i++ { // the sixth opportunity comes in 25 days
		sum += beta(p["gamma"], p["delta"]+n+1+i) / beta(p["gamma"], p["delta"]+n+1)
	}
	near(t, "Y", q["Y"], q["chance"]*sum)
}
