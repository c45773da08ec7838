package verify

import (
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

// estimate is the value that follows from what was recomputed.
type estimated struct {
	status          history.Status
	facts           history.Facts
	predictedMinor  float64
	residualMinor   float64
	residualKnown   bool
	horizonDays     float64
	clvMinor        float64
	pAlive          float64
	aliveKnown      bool
	expectedOrders  float64
	spendMinor      float64
	nextOrderDays   float64
	acquired        bool
	acquisitionCost int64
	channel         string
}

// estimate is the value on a day, if nothing happens from the latest event on.
func (r *recomputed) estimate(model model.Model, day calendar.Day) estimated {
	e := estimated{status: r.status(), facts: r.at(day)}
	if r.acquired != nil {
		e.acquired, e.acquisitionCost, e.channel = true, r.acquired.amountMinor, r.acquired.channel
	}
	if r.facts.PurchaseDays > 0 {
		p := model.Predict(e.facts)
		e.pAlive = r.alive(p.PAlive)
		e.aliveKnown = p.AliveKnown || r.churnStands(history.ChurnPredicted)
		e.predictedMinor = e.pAlive * p.ValueIfAliveMinor
		e.residualMinor = e.pAlive * p.ResidualIfAliveMinor
		e.residualKnown, e.horizonDays = p.ResidualKnown, p.HorizonDays
		e.expectedOrders = e.pAlive * p.OrdersIfAlive
		e.spendMinor, e.nextOrderDays = p.SpendMinor, p.NextOrderDays
	}
	e.aliveKnown = e.aliveKnown || e.status == history.Churned
	e.clvMinor = float64(r.facts.MarginMinor) + e.predictedMinor
	return e
}

// churnStands says whether what was said last of churn is of a kind, and no
// order that stands came after it.
func (r *recomputed) churnStands(kind history.Kind) bool {
	return r.churn != nil && r.churn.kind == kind && r.lastOrderMicros <= r.churn.atMicros
}

func (r *recomputed) status() history.Status {
	switch {
	case r.churnStands(history.ChurnConfirmed):
		return history.Churned
	case r.facts.PurchaseDays > 0:
		return history.Active
	default:
		return history.Prospect
	}
}

func (r *recomputed) alive(modelled float64) float64 {
	switch {
	case r.churnStands(history.ChurnConfirmed):
		return 0
	case r.churnStands(history.ChurnPredicted):
		return 1 - r.churn.probability
	default:
		return modelled
	}
}

// says is the estimate without what moves by time alone, and without what is not
// published.
func (e estimated) says() estimated {
	e.facts.AgeDays, e.facts.MarginRatio = 0, 0
	e.acquired = false
	e.clvMinor = 0 // margin and prediction say it
	e.horizonDays = 0
	return e
}
