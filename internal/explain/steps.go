package explain

import (
	"slices"

	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

// explanation puts together the model's own steps, what is known of churn, and
// what was earned.
func (t *explainer) explanation() Explanation {
	est := &t.est
	steps := t.entry.Explain(&model.Case{
		Inputs: t.inputs, Facts: t.facts, Summary: t.summary, Prediction: t.prediction,
		PAlive: est.PAlive, ExpectedOrders: est.ExpectedOrders, NextOrderDays: est.NextOrderDays,
		SpendMinor: est.SpendMinor, HistoricMinor: est.HistoricMinor, PredictedMinor: est.PredictedMinor,
		FirstDay: t.firstDay, Dated: t.dated,
	})
	all := slices.Concat(steps.Alive, t.knownOfChurn(), steps.Orders, []formula.Step{t.total(steps.Value)})
	return Explanation{Estimate: t.est, Summary: t.summary, Model: t.Model, Steps: all, asked: *t}
}

// knownOfChurn shows a churn event that overrides the model.
func (t *explainer) knownOfChurn() []formula.Step {
	if t.est.PAlive == t.prediction.PAlive && t.est.Status != history.Churned {
		return nil
	}
	f := formula.Formula{Symbol: "P(alive)", Value: t.est.PAlive}
	step := formula.Step{Title: "Churn events"}
	if t.est.Status == history.Churned {
		step.Words = "A churn event says that the customer has left, and no order came after it. It overrides the model."
		f.General = "0"
	} else {
		step.Words = "Another system has predicted churn, and no order came after that. Its probability replaces the model's."
		f.General, f.Numbers = "1 − predicted churn", "1 − "+formula.Number(t.churn.Probability)
	}
	step.Formulas = []formula.Formula{f}
	return []formula.Step{step}
}

// total is the last step of every model: to come, earned so far, and both.
func (t *explainer) total(value formula.Step) formula.Step {
	formulas := append(slices.Clone(value.Formulas), t.earned(), t.money("CLV", "historic + predicted",
		t.amount(t.est.HistoricMinor)+" + "+t.amount(t.est.PredictedMinor), t.est.CLVMinor))
	if t.est.ResidualKnown {
		formulas = append(formulas, t.money("predicted without a horizon", "the same over the infinite horizon", "", t.est.ResidualMinor))
	}
	if a := t.est.Acquisition; a.Known && a.CostMinor > 0 {
		formulas = append(formulas, formula.Formula{Symbol: "CLV ÷ CAC", General: "CLV ÷ acquisition cost",
			Numbers: formula.Over(t.amount(t.est.CLVMinor), t.amount(float64(a.CostMinor))), Value: t.est.CLVMinor / float64(a.CostMinor)})
	}
	return formula.Step{Title: "Value", Words: value.Words, Formulas: formulas}
}

// earned is the net margin to date.
func (t *explainer) earned() formula.Formula {
	general, numbers := "net revenue × margin to date", ""
	if t.byHand {
		general = "(first day + x·m) × margin"
		if !t.firstKnown {
			general = "(m + x·m) × margin, the first day counted as an average one"
		}
	}
	if t.facts.RevenueMinor > 0 {
		numbers = formula.Times(t.amount(float64(t.facts.RevenueMinor)), formula.Number(t.facts.MarginRatio))
	}
	return t.money("historic", general, numbers, t.est.HistoricMinor)
}

// amount is money in major units with its currency.
func (t *explainer) amount(minor float64) string { return formula.Amount(minor, t.Currency) }

// money is a formula whose value is money.
func (t *explainer) money(symbol, general, numbers string, minor float64) formula.Formula {
	return formula.Money(symbol, general, numbers, minor, t.Currency)
}
