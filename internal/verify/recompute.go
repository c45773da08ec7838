package verify

import (
	"cmp"
	"maps"
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
	renewals        []calendar.Day // of these, those that paid for a period of a contract
	dueDays         int            // from the first of them to the day on which the next is due
	lastOrderMicros int64          // of the orders that stand
	churn           *inputEvent
	acquired        *inputEvent
	first           *inputEvent // the earliest order, of two at once that of the lesser channel
	orders          map[string]*order
	excessMinor     int64 // that refunds exceed their orders by
	// disputedMinor is all that was refunded, cancelled, or sent again on another
	// day: by how much the ledger limit may lead money astray.
	disputedMinor int64
}

// order is all that is known of one order.
type order struct {
	tellings tellings
	cancels  []*inputEvent
	refunds  map[string]*refund

	winner *inputEvent  // the newest telling; nil: the order has not come
	at     int64        // when it was placed
	day    calendar.Day // of that
	first  calendar.Day // of the earliest telling
	gross  share
	net    share // less what was refunded within the lateness
	late   []*refund
	stands bool
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
			o.tellings = append(o.tellings, e)
			if r.first == nil || e.atMicros < r.first.atMicros || e.atMicros == r.first.atMicros && e.channel < r.first.channel {
				r.first = e
			}
		case history.OrderRefunded:
			o := r.order(e.order).refund(e.refund)
			o.tellings = append(o.tellings, e)
			r.disputedMinor += e.amountMinor
		case history.RefundReverted:
			o := r.order(e.order).refund(e.refund)
			o.reverts = append(o.reverts, e)
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
	facts.Renewals, facts.DueDays = len(r.renewals), r.dueDays
	return facts
}

func (r *recomputed) order(id string) *order {
	o := r.orders[id]
	if o == nil {
		o = &order{refunds: map[string]*refund{}}
		r.orders[id] = o
	}
	return o
}

func (o *order) refund(id string) *refund {
	r := o.refunds[id]
	if r == nil {
		r = &refund{id: id}
		o.refunds[id] = r
	}
	return r
}

// later is the event with the later time, ties by the event id.
func later(a, b *inputEvent) *inputEvent {
	if a == nil || cmp.Or(cmp.Compare(a.atMicros, b.atMicros), cmp.Compare(a.id, b.id)) < 0 {
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
		r.disputedMinor += o.disputableMinor()
		r.excessMinor += o.excessMinor()
		if !o.stands {
			continue
		}
		byDay[o.day] += o.net.amountMinor
		r.lastOrderMicros = max(r.lastOrderMicros, o.at)
		r.facts.Orders++
		left := o.net.after(o.late)
		r.facts.RevenueMinor += left.amountMinor
		r.facts.MarginMinor += left.marginMinor
	}
	r.summarise(byDay, rules)
}

// settle finds what counts: the newest telling, the refunds within the lateness and after
// it, and whether the order stands.
func (o *order) settle(latenessDays calendar.Day) {
	for _, r := range o.refunds {
		r.settle(latenessDays)
	}
	if len(o.tellings) == 0 {
		return
	}
	o.winner, o.first = o.tellings.newest(), o.tellings.first().day
	o.at, o.day = o.tellings.happened()
	o.gross = shareOf(o.winner)
	var inTime []*refund
	for _, id := range slices.Sorted(maps.Keys(o.refunds)) {
		switch r := o.refunds[id]; {
		case !r.counts || r.day < o.first-latenessDays:
		case r.day <= o.first+latenessDays:
			inTime = append(inTime, r)
		default:
			o.late = append(o.late, r)
		}
	}
	slices.SortStableFunc(o.late, func(a, b *refund) int { return cmp.Compare(a.at, b.at) })
	o.net = o.gross.after(inTime)
	cancelled := takenBack(o.winner, o.cancels, o.first-latenessDays)
	refunded := o.gross.own.Sign() > 0 && o.net.own.Sign() <= 0
	o.stands = !cancelled && !refunded
	if cancelled {
		o.net.overMinor = 0 // it went back with the order
	}
}

// dayMoney is what an order brought on a day, or a late refund took.
type dayMoney struct {
	day                      calendar.Day
	amountMinor, marginMinor int64
}

// money is what an order that stands brought, and then what each late refund took.
func (o *order) money() []dayMoney {
	all := []dayMoney{{o.day, o.net.amountMinor, o.net.marginMinor}}
	was := o.net
	for i, r := range o.late {
		is := o.net.after(o.late[:i+1])
		all = append(all, dayMoney{r.day, is.amountMinor - was.amountMinor, is.marginMinor - was.marginMinor})
		was = is
	}
	return all
}

// excessMinor is what refunds exceed the order by.
func (o *order) excessMinor() int64 {
	if !o.stands {
		return o.net.overMinor
	}
	return o.net.overMinor + o.net.after(o.late).overMinor
}

// disputableMinor is what the order's amounts may come to or not, once it is
// forgotten: nothing if there is one telling of it and no cancel.
func (o *order) disputableMinor() (minor int64) {
	again := slices.ContainsFunc(o.tellings, func(e *inputEvent) bool { return e.day != o.first })
	if len(o.cancels) == 0 && !again {
		return 0
	}
	for _, telling := range o.tellings {
		minor += telling.amountMinor
	}
	return minor
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
	r.renewals, r.dueDays = contract(r.days, rules.Contract)
}
