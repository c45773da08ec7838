package model

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/clvstream/clvstream/clv/formula"
)

// betaGeometricParameters are those of BG/NBD and MBG/NBD.
var betaGeometricParameters = slices.Concat(gammaRate, []Parameter{
	fitted("a", PureNumber, "dropout: a ÷ (a+b) is the mean probability after a purchase",
		"nobody leaves", "everybody leaves with the same probability, a ÷ (a+b), after a purchase"),
	fitted("b", PureNumber, "dropout: see a",
		"everybody leaves after the first purchase that allows it", "everybody leaves with the same probability, a ÷ (a+b), after a purchase"),
})

// impliedBetaGeometric says what the parameters mean; after is when one may leave.
func impliedBetaGeometric(in Inputs, style formula.Style, after string) []string {
	a, b := in.Values["a"], in.Values["b"]
	return []string{impliedPace(in, style),
		fmt.Sprintf("A customer drops out with a probability of %s on average (a/(a+b)) %s.", style.Percent(a/(a+b)), after)}
}

// explainBetaGeometric tells BG/NBD with firstChance 0, and MBG/NBD with 1.
func (c *Case) explainBetaGeometric(firstChance int) Explanation {
	return c.explainPurchases(c.betaGeometricAlive(firstChance), c.betaGeometricOrders(firstChance), discountedPace)
}

func (c *Case) betaGeometricAlive(firstChance int) formula.Step {
	step := formula.Step{Title: "Is the customer alive?"}
	p, x := c.Values, c.Facts.Frequency
	alive := formula.Formula{Symbol: "P(alive)", Value: c.Prediction.PAlive}
	if x+firstChance == 0 {
		step.Words = c.silence() + " Under BG/NBD a customer leaves only after a repeat purchase, so a customer who bought once is certainly alive. " +
			"If that is implausible, fit mbgnbd or paretonbd."
		alive.General = "1, since x is 0"
		step.Formulas = []formula.Formula{alive}
		return step
	}
	step.Words = c.silence() + " Dropout is not observed, only silence. S is the likelihood of a silence this long if the customer is alive. " +
		"It is weighed against L, that of a dropout right after the last purchase."
	recency, age, n := c.in(c.Summary.Recency()), c.in(c.Summary.Age()), formula.Number
	silent := formula.Formula{
		Symbol: "S", General: "((α+t_x)/(α+T))^(r+x)",
		Numbers: fmt.Sprintf("((%s+%s)/(%s+%s))^(%s+%s)", n(p["alpha"]), n(recency), n(p["alpha"]), n(age), n(p["r"]), n(float64(x))),
		Value:   math.Exp(-(p["r"] + float64(x)) * math.Log1p((age-recency)/(p["alpha"]+recency))),
	}
	left := formula.Formula{Symbol: "L", General: "a/(b+x)", Numbers: fmt.Sprintf("%s/(%s+%d)", n(p["a"]), n(p["b"]), x), Value: p["a"] / (p["b"] + float64(x))}
	if firstChance == 0 {
		left.General, left.Numbers = "a/(b+x−1)", fmt.Sprintf("%s/(%s+%d−1)", n(p["a"]), n(p["b"]), x)
		left.Value = p["a"] / (p["b"] + float64(x) - 1)
	}
	alive.General = "S ÷ (S + L)"
	alive.Numbers = fmt.Sprintf("%s ÷ (%s + %s)", n(silent.Value), n(silent.Value), n(left.Value))
	step.Formulas = []formula.Formula{silent, left, alive}
	return step
}

// betaGeometricOrders is E[Y(t)] given alive, in the papers' closed form.
func (c *Case) betaGeometricOrders(firstChance int) formula.Step {
	p, n := c.Values, formula.Number
	x, age, horizon := float64(c.Facts.Frequency), c.in(c.Summary.Age()), c.in(c.Horizon)
	top, second := p["a"]+p["b"]+x, p["b"]+x+1
	general := "(a+b+x)/(a−1) · (1 − ((α+T)/(α+T+t))^(r+x) · ₂F₁(r+x, b+x+1; a+b+x; t/(α+T+t)))"
	if firstChance == 0 {
		top, second = top-1, second-1
		general = strings.NewReplacer("a+b+x", "a+b+x−1", "b+x+1", "b+x").Replace(general)
	}
	rate, shape := p["alpha"]+age, p["r"]+x
	return c.ordersAtPace(general, fmt.Sprintf("%s/(%s−1) · (1 − (%s/%s)^%s · ₂F₁(%s, %s; %s; %s))", n(top), n(p["a"]),
		n(rate), n(rate+horizon), n(shape), n(shape), n(second), n(top), n(horizon/(rate+horizon))))
}
