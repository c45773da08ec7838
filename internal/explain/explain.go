package explain

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// Model is a model that can be explained: with what it was made from, which the
// formulas name.
type Model struct {
	model.Model
	Currency money.Currency // that its amounts are in

	entry     catalog.Entry
	inputs    model.Inputs
	purchases model.Purchases // nil where the model has none
	file      *modelfile.File // nil: the model is not fitted
}

// Of adds what the steps are made from.
func Of(b modelfile.Built) (Model, error) {
	m := Model{Model: b.Model, Currency: b.Currency, entry: b.Entry, inputs: b.Inputs, file: b.File}
	if m.entry.Purchases == nil {
		return m, nil
	}
	var err error
	m.purchases, err = m.entry.Purchases(m.inputs)
	return m, err
}

// Unit is what the model counts time in; days for a model without a file.
func (m *Model) Unit() model.TimeUnit { return m.inputs.Unit }

// Explanation is an estimate and how it came about.
type Explanation struct {
	Estimate estimate.Estimate
	Summary  model.Summary
	Model    Model
	Steps    []formula.Step

	asked explainer
}

// Customer explains a customer's value as of an instant (microseconds since
// 1970-01-01 UTC) that is not before the customer's latest event. The estimate
// is estimate.Of's.
func Customer(h *history.History, rules *history.Rules, m Model, asOfMicros int64) (Explanation, error) {
	est := estimate.Of(h, rules, m.Model, asOfMicros)
	t := explainer{Model: m, facts: est.Facts, est: est}
	if est.Facts.PurchaseDays == 0 {
		return Explanation{Estimate: est, Model: m, Steps: t.nothingYet(), asked: t}, nil
	}
	if h.Churn.Kind == history.ChurnPredicted || est.Status == history.Churned {
		t.churn = h.Churn
	}
	t.firstDay = rules.Calendar.Day(asOfMicros) - calendar.Day(est.Facts.AgeDays)
	t.dated = true
	t.prediction = m.Predict(est.Facts)
	var err error
	t.summary, err = model.NewSummary(est.Facts.Frequency,
		model.UnitDay.Span(float64(est.Facts.RecencyDays)), model.UnitDay.Span(float64(est.Facts.AgeDays)))
	if err != nil {
		return Explanation{}, fmt.Errorf("explain customer: %w", err)
	}
	return t.explanation(), nil
}

// explainer holds what the steps are made from.
type explainer struct {
	Model
	facts      history.Facts
	summary    model.Summary
	prediction model.Prediction
	est        estimate.Estimate
	churn      history.Churn // what was said of churn; Kind 0: nothing
	dated      bool          // firstDay is known
	firstDay   calendar.Day
	byHand     bool
	firstKnown bool // by hand: the first day's amount was given
}

// nothingYet is all there is to say of a customer without an order that stands.
func (t *explainer) nothingYet() []formula.Step {
	return []formula.Step{{
		Title: "No order stands",
		Words: "The customer has no orders, or all were cancelled or refunded in full. A customer without an order has no predicted value.",
		Formulas: []formula.Formula{
			t.money("CLV", "net margin to date", "", t.est.CLVMinor),
		},
	}}
}
