package model

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/formula"
)

// gammaPoisson is purchases at random at a rate λ ~ Gamma(r, α), as all the models
// have them that are named after the NBD. Given what is known at the last purchase
// λ is Gamma(r+x, α+t_x), so that the wait after it of a customer who stays has
// P(wait > s) = ((α+t_x)/(α+t_x+s))^(r+x).
type gammaPoisson struct{ r, alpha float64 }

// silence is (α+t_x)((1−q)^(−1/(r+x)) − 1), in the model's unit.
func (g gammaPoisson) silence(x, recency, quantile float64) float64 {
	if wait := (g.alpha + recency) * math.Expm1(-math.Log1p(-quantile)/(g.r+x)); wait < math.MaxInt32 {
		return wait
	}
	return math.MaxInt32
}

// silenceQuantile is 1 − ((α+t_x)/(α+t_x+s))^(r+x), with s in the model's unit.
func (g gammaPoisson) silenceQuantile(x, recency, silence float64) float64 {
	return -math.Expm1(-(g.r + x) * math.Log1p(silence/(g.alpha+recency)))
}

// gammaRate are the parameters of λ.
var gammaRate = []Parameter{
	fitted("r", PureNumber, "purchases: how similar customers are in rate (larger: more similar)",
		"nearly nobody buys again, and a few customers buy very often", "everybody buys at the same rate, r ÷ α"),
	fitted("alpha", InTimeUnits, "purchases: r ÷ α is the mean rate",
		"there is no limit to the rate at which some customers buy", "everybody buys at the same rate, r ÷ α"),
}

// pace is E[λ | x, T] of a customer who has been there all the time, with its
// formula.
func (c *Case) pace() formula.Formula {
	r, alpha, n := c.Values["r"], c.Values["alpha"], formula.Number
	x, age := float64(c.Facts.Frequency), c.in(c.Summary.Age())
	return formula.Formula{
		Symbol: "pace", General: "(r+x)/(α+T)", Numbers: fmt.Sprintf("(%s+%s)/(%s+%s)", n(r), n(x), n(alpha), n(age)),
		Value: (r + x) / (alpha + age), Unit: "purchase days a " + c.Unit.String(),
	}
}

// discountedPace discounts each order from the time at which it is expected.
const discountedPace = "∫ from 0 to t of pace at u · e^(−δu) du"

// ordersAtPace tells the orders to come where customers leave on the way; general
// and numbers are the formula of E[Y(t)] of a living one.
func (c *Case) ordersAtPace(general, numbers string) formula.Step {
	horizon, pace := c.in(c.Horizon), c.pace()
	words := fmt.Sprintf("The pace combines the customer's own purchases with those of the population: at that pace, %s would bring %s. "+
		"With dropout on the way, Y purchase days are expected of a customer who is alive today; P(alive) is the probability of that.",
		formula.Count(horizon, c.Unit.String()), formula.Count(pace.Value*horizon, "order"))
	return c.paceStep(words, pace, general, numbers)
}

func (c *Case) paceStep(words string, pace formula.Formula, general, numbers string) formula.Step {
	return formula.Step{Title: c.ordersTitle(), Words: words + c.nextOrder(), Formulas: []formula.Formula{
		pace,
		{Symbol: "Y", General: general, Numbers: numbers, Value: c.Prediction.OrdersIfAlive, Unit: "purchase days"},
		c.ordersExpected(),
	}}
}

// impliedPace says what r and α mean.
func impliedPace(in Inputs, style formula.Style) string {
	pace, unit := in.Values["r"]/in.Values["alpha"], in.Unit.String()
	return fmt.Sprintf("An alive customer buys %s times a %s on average (r/α), once in %s. Customers differ: the spread between them is %s of that mean (1/√r).",
		style.Number(pace), unit, style.Count(1/pace, unit), style.Percent(1/math.Sqrt(in.Values["r"])))
}
