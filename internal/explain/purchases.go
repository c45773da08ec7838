package explain

import (
	"fmt"
	"math"
	"strings"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

// fitted tells a value by a purchase model with Gamma-Gamma spend.
func (t *teller) fitted() []Step {
	steps := []Step{t.did(), t.alive()}
	if said, ok := t.saidOfChurn(); ok {
		steps = append(steps, said)
	}
	return append(steps, t.orders(), t.spend(), t.discounted(), t.value())
}

// did sums up the orders as x, t_x, T and m.
func (t *teller) did() Step {
	f, unit := &t.facts, t.unit()
	recency, age := t.in(t.summary.Recency()), t.in(t.summary.Age())
	words := "Orders of one day count as one purchase day, and their amounts add up. The first day starts the clock and is no repeat: " +
		"it is counted neither in x nor in m, because a first order says what it takes to win a customer, not how one goes on buying."
	if t.dated {
		words += fmt.Sprintf(" This customer has %s on %s, the first on %s, the last on %s.",
			count(float64(f.Orders), "order"), count(float64(f.PurchaseDays), "day"), t.firstDay, t.firstDay+calendar.Day(f.RecencyDays))
	}
	mean := t.money("m", "net amount of the repeat days ÷ x",
		over(t.amount(f.RepeatMeanMinor*float64(f.Frequency)), number(float64(f.Frequency))), f.RepeatMeanMinor)
	if f.Frequency == 0 {
		mean = t.money("m", "0, since there is no repeat day", "", 0)
	}
	days := func(s model.Span) string {
		if t.Unit() == model.UnitDay {
			return ""
		}
		return over(number(s.In(model.UnitDay))+" days", number(t.Unit().Days()))
	}
	return Step{Title: "What the customer did", Words: words, Formulas: []Formula{
		{Symbol: "x", General: "purchase days − 1", Numbers: fmt.Sprintf("%d − 1", f.PurchaseDays), Value: float64(f.Frequency), Unit: "repeat purchase days"},
		{Symbol: "t_x", General: "first to last purchase day", Numbers: days(t.summary.Recency()), Value: recency, Unit: unit + "s"},
		{Symbol: "T", General: "first purchase day to now", Numbers: days(t.summary.Age()), Value: age, Unit: unit + "s"},
		mean,
	}}
}

// alive tells the probability that the customer has not left.
func (t *teller) alive() Step {
	p := t.File.Parameters.Values
	x, recency, age := float64(t.facts.Frequency), t.in(t.summary.Recency()), t.in(t.summary.Age())
	step := Step{Title: "Is the customer still there?"}
	silence := fmt.Sprintf("The last purchase was %s ago.", count(age-recency, t.unit()))
	n := func(v float64) string { return number(v) }
	result := Formula{Symbol: "P(alive)", Value: t.prediction.PAlive}
	quiet := Formula{
		Symbol: "S", General: "((α+t_x)/(α+T))^(r+x)",
		Numbers: fmt.Sprintf("((%s+%s)/(%s+%s))^(%s+%s)", n(p["alpha"]), n(recency), n(p["alpha"]), n(age), n(p["r"]), n(x)),
		Value:   math.Exp(-(p["r"] + x) * math.Log1p((age-recency)/(p["alpha"]+recency))),
	}
	switch t.Name() {
	case "nbd":
		step.Words = silence + " The NBD model knows no leaving, so every customer is alive."
		result.General = "1"
	case "paretonbd":
		step.Words = silence + " Nobody sees a customer leave, only silence. The model weighs the two ways to be silent for so long: " +
			"chance, or having left some time since the last purchase. The integral is the odds of having left."
		result.General = "1 ÷ (1 + ∫ from t_x to T of ((α+T)/(α+u))^(r+x) · ((β+T)/(β+u))^s · s/(β+u) du)"
		result.Numbers = fmt.Sprintf("1 ÷ (1 + ∫ from %s to %s of (%s/(%s+u))^%s · (%s/(%s+u))^%s · %s/(%s+u) du)", n(recency), n(age),
			n(p["alpha"]+age), n(p["alpha"]), n(p["r"]+x), n(p["beta"]+age), n(p["beta"]), n(p["s"]), n(p["s"]), n(p["beta"]))
	default:
		step = t.coinAlive(step, silence, quiet, result)
		return step
	}
	step.Formulas = []Formula{result}
	return step
}

// coinAlive is for the models in which a customer may leave after a purchase.
func (t *teller) coinAlive(step Step, silence string, quiet, result Formula) Step {
	p, x := t.File.Parameters.Values, t.facts.Frequency
	if t.Name() == "bgnbd" && x == 0 {
		step.Words = silence + " Under BG/NBD a customer leaves only after a repeat purchase, so one who bought once is alive for certain. " +
			"Where that is hard to believe, fit mbgnbd or paretonbd."
		result.General = "1, since x is 0"
		step.Formulas = []Formula{result}
		return step
	}
	step.Words = silence + " Nobody sees a customer leave, only silence. S is how likely a silence this long is for a customer of this history who is still there. " +
		"It is weighed against the odds of having left right after the last purchase."
	left := Formula{Symbol: "L", General: "a/(b+x)", Numbers: fmt.Sprintf("%s/(%s+%d)", number(p["a"]), number(p["b"]), x), Value: p["a"] / (p["b"] + float64(x))}
	if t.Name() == "bgnbd" {
		left.General, left.Numbers = "a/(b+x−1)", fmt.Sprintf("%s/(%s+%d−1)", number(p["a"]), number(p["b"]), x)
		left.Value = p["a"] / (p["b"] + float64(x) - 1)
	}
	result.General = "S ÷ (S + L)"
	result.Numbers = fmt.Sprintf("%s ÷ (%s + %s)", number(quiet.Value), number(quiet.Value), number(left.Value))
	step.Formulas = []Formula{quiet, left, result}
	return step
}

// saidOfChurn tells of a churn event that overrides the model.
func (t *teller) saidOfChurn() (Step, bool) {
	if t.est.PAlive == t.prediction.PAlive && t.est.Status != history.Churned {
		return Step{}, false
	}
	f := Formula{Symbol: "P(alive)", Value: t.est.PAlive}
	step := Step{Title: "What is known of churn"}
	if t.est.Status == history.Churned {
		step.Words = "A churn event says that the customer has left, and no order came after it. That is stronger than the model."
		f.General = "0"
	} else {
		step.Words = "Another system has predicted churn, and no order came after that. Its probability takes the place of the model's."
		f.General, f.Numbers = "1 − predicted churn", "1 − "+number(t.churn.Probability)
	}
	step.Formulas = []Formula{f}
	return step, true
}

// orders tells the purchase days expected within the horizon.
func (t *teller) orders() Step {
	p := t.File.Parameters.Values
	x, age := float64(t.facts.Frequency), t.in(t.summary.Age())
	horizon := t.in(model.UnitDay.Span(t.File.HorizonDays))
	pace := (p["r"] + x) / (p["alpha"] + age)
	ifAlive := Formula{Symbol: "Y", Value: t.prediction.OrdersIfAlive, Unit: "purchase days"}
	n, unit := number, t.unit()
	switch t.Name() {
	case "nbd":
		ifAlive.General, ifAlive.Numbers = "t · pace", times(n(horizon), n(pace))
	case "paretonbd":
		ifAlive.General = "pace · (β+T)/(s−1) · (1 − ((β+T)/(β+T+t))^(s−1))"
		ifAlive.Numbers = fmt.Sprintf("%s · (%s+%s)/(%s−1) · (1 − (%s/%s)^(%s−1))",
			n(pace), n(p["beta"]), n(age), n(p["s"]), n(p["beta"]+age), n(p["beta"]+age+horizon), n(p["s"]))
	default:
		ifAlive.General, ifAlive.Numbers = t.coinOrders(horizon)
	}
	words := fmt.Sprintf("The pace mixes the customer's own purchases with those of everybody: at that pace %s would bring %s. "+
		"Some customers leave on the way, which leaves Y purchase days for a customer who is there today; P(alive) is how likely that is.",
		count(horizon, unit), count(pace*horizon, "order"))
	if t.Name() == "nbd" {
		words = "The pace mixes the customer's own purchases with those of everybody, and nobody leaves."
	}
	if t.est.NextOrderDays > 0 {
		words += fmt.Sprintf(" If the customer is there, the next order comes within %s with even odds.", count(t.est.NextOrderDays, "day"))
	}
	title := "Orders within t = " + count(horizon, unit)
	if t.Unit() != model.UnitDay {
		title += fmt.Sprintf(" (%s)", count(t.File.HorizonDays, "day"))
	}
	return Step{Title: title, Words: words, Formulas: []Formula{
		{Symbol: "pace", General: "(r+x)/(α+T)", Numbers: fmt.Sprintf("(%s+%s)/(%s+%s)", n(p["r"]), n(x), n(p["alpha"]), n(age)), Value: pace, Unit: "purchase days a " + unit},
		ifAlive,
		{Symbol: "orders", General: "P(alive) · Y", Numbers: times(n(t.est.PAlive), n(t.prediction.OrdersIfAlive)), Value: t.est.ExpectedOrders, Unit: "purchase days"},
	}}
}

// coinOrders is E[Y(t)] of BG/NBD and MBG/NBD given alive, in closed form.
func (t *teller) coinOrders(horizon float64) (general, numbers string) {
	p := t.File.Parameters.Values
	x, age := float64(t.facts.Frequency), t.in(t.summary.Age())
	top, second := p["a"]+p["b"]+x, p["b"]+x+1
	general = "(a+b+x)/(a−1) · (1 − ((α+T)/(α+T+t))^(r+x) · ₂F₁(r+x, b+x+1; a+b+x; t/(α+T+t)))"
	if t.Name() == "bgnbd" {
		top, second = top-1, second-1
		general = strings.NewReplacer("a+b+x", "a+b+x−1", "b+x+1", "b+x").Replace(general)
	}
	rate, shape := p["alpha"]+age, p["r"]+x
	n := number
	return general, fmt.Sprintf("%s/(%s−1) · (1 − (%s/%s)^%s · ₂F₁(%s, %s; %s; %s))", n(top), n(p["a"]),
		n(rate), n(rate+horizon), n(shape), n(shape), n(second), n(top), n(horizon/(rate+horizon)))
}
