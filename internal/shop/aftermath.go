package shop

import (
	"math"

	"github.com/clvstream/clvstream/clv/history"
)

// What follows from an order or a departure does so after a delay that is
// uniform up to these bounds, days. They also bound what waits in memory.
const (
	refundWithinDays  = 30
	cancelWithinDays  = 1
	predictWithinDays = 60
	confirmWithinDays = 30
	revertWithinDays  = 14
	acquireWithinDays = 1 // before the first order, but not before the start
)

// planAfter plans the customer's next order, or the departure, and what the
// order m itself gives rise to.
func (r *run) planAfter(m moment, c *customer) {
	nextMicros, leftMicros := r.next(m.customer, c, m.order, m.atMicros)
	c.leftMicros = leftMicros
	next := m
	next.atMicros, next.order = nextMicros, m.order+1
	r.plan(next)
	r.planDeparture(m, leftMicros)

	rnd := r.draws.of(forAftermath, m.customer, m.order)
	fate, delay := rnd.Float64(), rnd.Float64()
	if fate < r.RefundShare {
		r.planLater(m, history.OrderRefunded, m.atMicros, delay*refundWithinDays)
	} else if fate < r.RefundShare+r.CancelShare {
		r.planLater(m, history.OrderCancelled, m.atMicros, delay*cancelWithinDays)
	}
	if rnd.Float64() < r.PredictShare {
		r.planLater(m, history.ChurnPredicted, m.atMicros, rnd.Float64()*predictWithinDays)
	}
}

func (r *run) planDeparture(m moment, leftMicros int64) {
	if leftMicros == math.MaxInt64 {
		return
	}
	rnd := r.draws.of(forDeparture, m.customer, m.order)
	confirmed, delayDays := rnd.Float64() < r.ConfirmShare, rnd.Float64()*confirmWithinDays
	if !confirmed {
		return
	}
	r.planLater(m, history.ChurnConfirmed, leftMicros, delayDays)
	if rnd.Float64() < r.RevertShare {
		r.planLater(m, history.ChurnReverted, leftMicros, delayDays+rnd.Float64()*revertWithinDays)
	}
}

// planLater plans kind for delayDays after fromMicros, and at least a
// microsecond after it, so that no effect shares its cause's instant.
func (r *run) planLater(cause moment, kind history.Kind, fromMicros int64, delayDays float64) {
	cause.kind = kind
	cause.atMicros = fromMicros + 1 + int64(delayDays*microsPerDay)
	r.plan(cause)
}

func (r *run) planAcquired(i uint32) {
	rnd := r.draws.of(forAcquisition, i, 0)
	if rnd.Float64() >= r.AcquiredShare {
		return
	}
	first := r.customers[i].firstMicros
	ahead := int64(rnd.Float64() * acquireWithinDays * microsPerDay)
	r.plan(moment{atMicros: max(first-ahead, r.startMicros), customer: i, kind: history.CustomerAcquired})
}

// acquisitionMinor is what it cost to win customer i: Gamma(4) around the
// channel's mean.
func (r *run) acquisitionMinor(i uint32, c *customer) int64 {
	if len(r.Channels) == 0 || r.Channels[c.channel].CostMinor == 0 {
		return 0
	}
	cost := gamma(r.draws.of(forCost, i, 0), 4, 4/r.Channels[c.channel].CostMinor)
	return int64(math.Round(min(cost, maxMinor)))
}

// refundMinor is the whole of the order's amount or an even part of it.
func (r *run) refundMinor(m moment, c *customer) int64 {
	amount := r.amountMinor(m.customer, c, m.order)
	rnd := r.draws.of(forRefund, m.customer, m.order)
	if rnd.Float64() < r.WholeRefundShare {
		return amount
	}
	return int64(rnd.Float64() * float64(amount))
}

// predicted is what a somewhat knowing system says: Beta(4, 2) of customers who
// have left, Beta(2, 4) of the others.
func (r *run) predicted(m moment) float64 {
	rnd := r.draws.of(forPrediction, m.customer, m.order)
	if r.customers[m.customer].leftMicros <= m.atMicros {
		return beta(rnd, 4, 2)
	}
	return beta(rnd, 2, 4)
}
