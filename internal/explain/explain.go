package explain

import (
	"fmt"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// Model is a model that can be explained: with what it was made from, which the
// formulas name.
type Model struct {
	modelfile.Built

	purchases model.Purchases // nil where the model has none
}

// Of adds what the steps are told from.
func Of(m modelfile.Built) (Model, error) {
	if m.File == nil || m.File.Model == "sbg" {
		return Model{Built: m}, nil
	}
	purchases, err := m.File.Purchases()
	return Model{m, purchases}, err
}

// Unit is what the model counts time in; days for a model without a file.
func (m *Model) Unit() model.TimeUnit {
	if m.File == nil {
		return model.UnitDay
	}
	return m.File.Unit
}

// Explanation is an estimate and how it came about.
type Explanation struct {
	Estimate estimate.Estimate
	Summary  model.Summary
	Model    Model
	Steps    []Step
}

// Step is a part of the way from orders to value.
type Step struct {
	Title    string
	Words    string // plain, for whoever pays
	Formulas []Formula
}

// Formula is a quantity, how it is computed, the same with the numbers put in,
// and what comes out.
type Formula struct {
	Symbol  string
	General string // empty where the quantity is observed
	Numbers string // empty where they would only repeat General
	Value   float64
	Unit    string // empty for a pure number
}

// Customer explains a customer's value as of an instant (microseconds since
// 1970-01-01 UTC) that is not before the customer's latest event. The estimate
// is estimate.Of's.
func Customer(h *history.History, rules *history.Rules, m Model, asOfMicros int64) (Explanation, error) {
	est := estimate.Of(h, rules, m.Model, asOfMicros)
	t := teller{Model: m, facts: est.Facts, est: est}
	if est.Facts.PurchaseDays == 0 {
		return Explanation{Estimate: est, Model: m, Steps: t.nothingYet()}, nil
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

// teller holds what the steps are told from.
type teller struct {
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

func (t *teller) explanation() Explanation {
	var steps []Step
	switch {
	case t.purchases != nil:
		steps = t.fitted()
	case t.File != nil:
		steps = t.contract()
	default:
		steps = t.practitioner()
	}
	return Explanation{Estimate: t.est, Summary: t.summary, Model: t.Model, Steps: steps}
}

// nothingYet is all there is to say of a customer without an order that stands.
func (t *teller) nothingYet() []Step {
	return []Step{{
		Title: "No order stands",
		Words: "Nothing has been bought, or everything was cancelled or refunded whole. A customer without an order has no predicted value.",
		Formulas: []Formula{
			t.money("CLV", "net margin to date", "", t.est.CLVMinor),
		},
	}}
}
