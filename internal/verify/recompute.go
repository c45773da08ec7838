package verify

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// recomputed is a customer recomputed from the whole set of their events: the
// rules of docs/events.md and history.History said a second time, in other words.
type recomputed struct {
	facts           history.Facts  // as of the latest event
	days            []calendar.Day // purchase days, ascending
	latestMicros    int64
	latestDay       calendar.Day
	lastOrderMicros int64 // of the orders that stand
	churn           *inputEvent
	acquired        *inputEvent
	first           *inputEvent // the earliest order, of two at once that of the lesser channel
	orders          map[string]*order
	// disputedMinor is all that was refunded, cancelled, or sent again on another
	// day: by how much the ledger limit may lead money astray.
	disputedMinor int64
}

// order is all that is known of one order.
type order struct {
	versions, refunds, cancels []*inputEvent

	first   calendar.Day // of the earliest version
	winner  *inputEvent  // the latest version; nil: the order has not come
	counted []*inputEvent
	stands  bool
}

func recompute(events []*inputEvent, rules *history.Rules) *recomputed {
	r := &recomputed{orders: map[string]*order{}}
	for i, e := range events {
		if i == 0 || e.atMicros > r.latestMicros {
			r.latestMicros = e.atMicros
		}
		switch e.kind {
		case history.OrderPlaced:
			o := r.order(e.order)
			o.versions = append(o.versions, e)
			if r.first == nil || e.atMicros < r.first.atMicros || e.atMicros == r.first.atMicros && e.channel < r.first.channel {
				r.first = e
			}
		case history.OrderRefunded:
			o := r.order(e.order)
			o.refunds = append(o.refunds, e)
			r.disputedMinor += e.amountMinor
		case history.OrderCancelled:
			o := r.order(e.order)
			o.cancels = append(o.cancels, e)
		case history.ChurnConfirmed, history.ChurnReverted, history.ChurnPredicted:
			r.churn = later(r.churn, e)
		case history.CustomerAcquired:
			r.acquired = later(r.acquired, e)
		}
	}
	r.latestDay = dayOfMicros(r.latestMicros, rules.Calendar)
	r.add(rules)
	return r
}

// at is the facts on a day, if nothing happens from the latest event on.
func (r *recomputed) at(day calendar.Day) history.Facts {
	facts := r.facts
	if len(r.days) > 0 {
		facts.AgeDays = max(facts.RecencyDays, int(day-r.days[0]))
	}
	return facts
}

func (r *recomputed) order(id string) *order {
	o := r.orders[id]
	if o == nil {
		o = &order{}
		r.orders[id] = o
	}
	return o
}

// later is the event with the later time, ties by the hash of the event id.
func later(a, b *inputEvent) *inputEvent {
	if a == nil || cmp.Or(cmp.Compare(a.atMicros, b.atMicros), cmp.Compare(a.hash, b.hash)) < 0 {
		return b
	}
	return a
}

// add sums up the orders that stand: as money, and by the day.
func (r *recomputed) add(rules *history.Rules) {
	byDay := map[calendar.Day]int64{}
	for _, o := range r.orders {
		o.settle(rules.LatenessDays)
		if o.winner == nil {
			continue
		}
		if r.disputedMinor += o.disputableMinor(); !o.stands {
			continue
		}
		net := o.netMinor(rules.LatenessDays)
		byDay[o.winner.day] += net
		r.lastOrderMicros = max(r.lastOrderMicros, o.winner.atMicros)
		r.facts.Orders++
		r.facts.RevenueMinor += net
		r.facts.MarginMinor += share(o.winner.marginMinor, net, o.winner.amountMinor)
		for _, refund := range o.counted {
			if refund.day > o.first+rules.LatenessDays {
				r.facts.RevenueMinor -= refund.amountMinor
				r.facts.MarginMinor -= rules.Margins.MarginMinor(refund.amountMinor, "", refund.day)
			}
		}
	}
	r.summarise(byDay, rules)
}

// settle finds the version that counts, the refunds that count, and whether the
// order stands: it was not cancelled, and not refunded whole within the lateness.
func (o *order) settle(latenessDays calendar.Day) {
	for i, version := range o.versions {
		o.winner = later(o.winner, version)
		if i == 0 || version.day < o.first {
			o.first = version.day
		}
	}
	if o.winner == nil {
		return
	}
	o.counted = o.countRefunds(latenessDays)
	cancelled := slices.ContainsFunc(o.cancels, func(e *inputEvent) bool { return e.day >= o.first-latenessDays })
	refunded := o.refundedMinor(latenessDays)
	o.stands = !cancelled && (o.winner.amountMinor == 0 || refunded < o.winner.amountMinor)
}

// countRefunds leaves out refunds from before the earliest time of the order, and
// repetitions of a refund: the same id within the lateness of the first.
func (o *order) countRefunds(latenessDays calendar.Day) (counted []*inputEvent) {
	slices.SortStableFunc(o.refunds, func(a, b *inputEvent) int {
		return cmp.Or(cmp.Compare(a.atMicros, b.atMicros), cmp.Compare(a.amountMinor, b.amountMinor))
	})
	firstDays := map[string]calendar.Day{}
	for _, refund := range o.refunds {
		if refund.day < o.first-latenessDays {
			continue
		}
		if day, again := firstDays[refund.refund]; again && refund.day <= day+latenessDays {
			continue
		}
		firstDays[refund.refund] = refund.day
		counted = append(counted, refund)
	}
	return counted
}

func (o *order) refundedMinor(latenessDays calendar.Day) (minor int64) {
	for _, refund := range o.counted {
		if refund.day <= o.first+latenessDays {
			minor += refund.amountMinor
		}
	}
	return minor
}

// disputableMinor is what the order's amounts may come to or not, once it is
// forgotten: nothing if there is one version of it and no cancel.
func (o *order) disputableMinor() (minor int64) {
	again := slices.ContainsFunc(o.versions, func(e *inputEvent) bool { return e.day != o.first })
	if len(o.cancels) == 0 && !again {
		return 0
	}
	for _, version := range o.versions {
		minor += version.amountMinor
	}
	return minor
}

func (o *order) netMinor(latenessDays calendar.Day) int64 {
	return max(0, o.winner.amountMinor-o.refundedMinor(latenessDays))
}

// share is amount × part ÷ whole, rounded half away from zero.
func share(amount, part, whole int64) int64 {
	if part == whole {
		return amount
	}
	exact := new(big.Rat).Mul(big.NewRat(amount, 1), big.NewRat(part, whole))
	exact.Add(exact, big.NewRat(int64(exact.Sign()), 2))
	return new(big.Int).Quo(exact.Num(), exact.Denom()).Int64() // Quo cuts towards zero
}

// summarise gives x, t_x, T and m from the sums of the days.
func (r *recomputed) summarise(byDay map[calendar.Day]int64, rules *history.Rules) {
	f := &r.facts
	f.MarginRatio = rules.Margins.DefaultRatio()
	if f.RevenueMinor > 0 {
		f.MarginRatio = float64(f.MarginMinor) / float64(f.RevenueMinor)
	}
	if len(byDay) == 0 {
		return
	}
	var total int64
	for day, minor := range byDay {
		total += minor
		r.days = append(r.days, day)
	}
	slices.Sort(r.days)
	first, last := r.days[0], r.days[len(r.days)-1]
	f.PurchaseDays = len(r.days)
	f.Frequency = f.PurchaseDays - 1
	f.RecencyDays = int(last - first)
	f.AgeDays = max(f.RecencyDays, int(r.latestDay-first))
	if f.Frequency > 0 {
		f.RepeatMeanMinor = float64(total-byDay[first]) / float64(f.Frequency)
	}
}
