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
		if m.purchases == nil || name == "own margin" || name == "nbd" {
			continue
		}
		p := m.File.Parameters.Values
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
