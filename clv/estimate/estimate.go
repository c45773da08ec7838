package estimate

import (
	"math"
	"math/bits"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

// Estimate is what a customer is worth at an instant, and why. Money is minor
// units of the business currency; equal inputs give equal bits.
type Estimate struct {
	AsOfMicros int64 // the instant it holds for
	Status     history.Status
	Facts      history.Facts

	HistoricMinor  float64 // net margin to date
	PredictedMinor float64 // discounted expected margin within the model's horizon
	CLVMinor       float64 // historic + predicted
	// ResidualMinor is the predicted value over the infinite horizon, where the
	// model has it (ResidualKnown).
	ResidualMinor float64
	ResidualKnown bool

	// PAlive is the probability that the customer has not left, [0, 1], where something
	// says so (AliveKnown): the model, or a churn event. Else the value counts on it as 1,
	// or as 0 while no order stands.
	PAlive         float64
	AliveKnown     bool
	ExpectedOrders float64 // purchase days expected within the horizon, ≥ 0
	SpendMinor     float64 // expected amount per purchase day
	NextOrderDays  float64 // median days to the next order if alive; 0 when unknown

	Acquisition history.Acquisition // zero when no cost is known
}

// Of estimates a customer as of an instant (microseconds since 1970-01-01
// UTC) that is not before the customer's latest event.
func Of(h *history.History, rules *history.Rules, model model.Model, asOfMicros int64) Estimate {
	sum := h.Sum(rules)
	est := On(h, &sum, rules, model, rules.Calendar.Day(asOfMicros))
	est.AsOfMicros = asOfMicros
	return est
}

// On estimates as of a day, with the history's sum at hand.
func On(h *history.History, sum *history.Sealed, rules *history.Rules, model model.Model, day calendar.Day) Estimate {
	facts := sum.FactsOn(rules, day)
	est := Estimate{
		Status:        h.Status(sum),
		Facts:         facts,
		HistoricMinor: float64(facts.MarginMinor),
		Acquisition:   h.Acquisition,
	}
	est.AliveKnown = est.Status == history.Churned
	if facts.PurchaseDays > 0 {
		p := model.Predict(facts)
		est.PAlive, est.AliveKnown = alive(h, sum, est.Status, &p)
		est.PredictedMinor = est.PAlive * p.ValueIfAliveMinor
		est.ResidualMinor, est.ResidualKnown = est.PAlive*p.ResidualIfAliveMinor, p.ResidualKnown
		est.ExpectedOrders = est.PAlive * p.OrdersIfAlive
		est.SpendMinor = p.SpendMinor
		est.NextOrderDays = p.NextOrderDays
	}
	est.CLVMinor = est.HistoricMinor + est.PredictedMinor
	return est
}

// alive is the probability in force that the customer has not left: what a
// churn event says, until an order comes after it, else what the model says, if it does.
func alive(h *history.History, sum *history.Sealed, status history.Status, modelled *model.Prediction) (p float64, known bool) {
	switch {
	case status == history.Churned:
		return 0, true
	case h.Churn.Kind == history.ChurnPredicted && sum.LastOrderMicros <= h.Churn.AtMicros:
		return 1 - h.Churn.Probability, true
	default:
		return modelled.PAlive, modelled.AliveKnown
	}
}

// Valued is what is stored of an estimate. The rest of it follows from the
// history and the model.
type Valued struct {
	AsOfMicros     int64
	Status         history.Status
	HistoricMinor  float64
	PredictedMinor float64
	CLVMinor       float64
	PAlive         float64
	AliveKnown     bool
	ExpectedOrders float64
	Digest         uint64 // of the whole estimate: tells whether another one differs
	ModelVersion   string
}

// Stored keeps what a customer's state keeps of an estimate.
func (e *Estimate) Stored(modelVersion string) Valued {
	return Valued{
		AsOfMicros:     e.AsOfMicros,
		Status:         e.Status,
		HistoricMinor:  e.HistoricMinor,
		PredictedMinor: e.PredictedMinor,
		CLVMinor:       e.CLVMinor,
		PAlive:         e.PAlive,
		AliveKnown:     e.AliveKnown,
		ExpectedOrders: e.ExpectedOrders,
		Digest:         e.digest(),
		ModelVersion:   modelVersion,
	}
}

// digest mixes everything that an estimate tells a subscriber into 64 bits,
// except the instant it holds for. It is stored, so it must stay stable: the
// multiplier is FNV-1a's 64-bit prime, taken a word at a time.
func (e *Estimate) digest() uint64 {
	h := uint64(14695981039346656037)
	for _, word := range [...]uint64{
		uint64(e.Status),
		uint64(e.Facts.Orders), uint64(e.Facts.PurchaseDays), uint64(e.Facts.RecencyDays),
		uint64(e.Facts.RevenueMinor), uint64(e.Facts.MarginMinor), math.Float64bits(e.Facts.RepeatMeanMinor),
		math.Float64bits(e.PredictedMinor), math.Float64bits(e.ResidualMinor),
		e.aliveBits(), math.Float64bits(e.ExpectedOrders),
		math.Float64bits(e.SpendMinor), math.Float64bits(e.NextOrderDays),
		uint64(e.Acquisition.CostMinor), history.HashID(e.Acquisition.Channel),
	} {
		h = bits.RotateLeft64((h^word)*1099511628211, 29)
	}
	return h
}

// aliveBits keeps an alive customer apart from one of whom that is not known. Of who has no
// order, it is never known.
func (e *Estimate) aliveBits() uint64 {
	if !e.AliveKnown && e.PAlive == 1 {
		return math.Float64bits(-1)
	}
	return math.Float64bits(e.PAlive)
}
