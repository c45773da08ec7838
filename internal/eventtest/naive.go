package eventtest

import (
	"cmp"
	"math/big"
	"slices"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// Naive recomputes a customer from the whole set of events, with maps over all
// of them and nothing remembered: the rules said a second time, in other words.
type Naive struct {
	rules  *history.Rules
	events []*history.Event
	Kept   map[*history.Event]bool // false: refused as too late
	first  map[thing]calendar.Day  // of an order or a refund, the day of its earliest telling

	Facts           history.Facts
	Months          map[calendar.Month]history.MonthSum
	Flows           []Flow
	FirstDay        calendar.Day // of purchase
	LatestMicros    int64
	ExcessMinor     int64
	lastOrderMicros int64
}

// thing is an order, or a refund of it: what is told once or several times.
type thing struct{ order, refund string }

func thingOf(e *history.Event) thing { return thing{e.OrderID, e.RefundID} }

// tells says whether an event tells a thing, rather than takes it back.
func tells(e *history.Event) bool {
	return e.Kind == history.OrderPlaced || e.Kind == history.OrderRefunded
}

// Recompute applies the rules to all events at once.
func Recompute(events []history.Event, rules *history.Rules) *Naive {
	n := &Naive{rules: rules, Kept: map[*history.Event]bool{}, first: map[thing]calendar.Day{}}
	for i := range events {
		n.events = append(n.events, &events[i])
	}
	n.findFirsts()
	n.refuse()
	n.count()
	return n
}

func (n *Naive) day(e *history.Event) calendar.Day { return n.rules.Calendar.Day(e.AtMicros) }

func (n *Naive) findFirsts() {
	for _, e := range n.events {
		if first, known := n.first[thingOf(e)]; tells(e) && (!known || n.day(e) < first) {
			n.first[thingOf(e)] = n.day(e)
		}
	}
}

// refuse decides which events are too late, whenever they come: those of an order or a
// refund that happened more than L after it.
func (n *Naive) refuse() {
	for _, e := range n.events {
		first, known := n.first[thingOf(e)]
		n.Kept[e] = !(e.OrderID != "" && known && n.day(e) > first+n.rules.LatenessDays)
		if n.Kept[e] {
			n.LatestMicros = max(n.LatestMicros, e.AtMicros)
		}
	}
}

// of is the kept events of one kind and thing.
func (n *Naive) of(kind history.Kind, of thing) (found []*history.Event) {
	for _, e := range n.events {
		if n.Kept[e] && e.Kind == kind && thingOf(e) == of {
			found = append(found, e)
		}
	}
	return found
}

func toldMicros(e *history.Event) int64 { return cmp.Or(e.UpdatedMicros, e.AtMicros) }

// newest is the newest of some tellings; nil: there is none.
func newest(all []*history.Event) *history.Event {
	if len(all) == 0 {
		return nil
	}
	version := func(e *history.Event) int64 {
		if !e.Versioned {
			return -1
		}
		return e.Version
	}
	return slices.MaxFunc(all, func(a, b *history.Event) int {
		return cmp.Or(cmp.Compare(version(a), version(b)), cmp.Compare(toldMicros(a), toldMicros(b)), cmp.Compare(a.ID, b.ID))
	})
}

// happened is when what is told happened: by the newest telling, unless that may be an
// edit, which has neither version nor updated_at. Then it was when it was told first.
func happened(all []*history.Event) int64 {
	if e := newest(all); e.Versioned || e.UpdatedMicros != 0 {
		return e.AtMicros
	}
	return slices.MinFunc(all, func(a, b *history.Event) int { return cmp.Compare(a.AtMicros, b.AtMicros) }).AtMicros
}

// takenBack says whether the newest of those who take back is not older than what is told.
func takenBack(told *history.Event, by []*history.Event) bool {
	last := newest(by)
	switch {
	case last == nil:
		return false
	case last.Versioned && told.Versioned && last.Version != told.Version:
		return last.Version > told.Version
	default:
		return toldMicros(last) >= toldMicros(told)
	}
}

// refund is one that counts.
type refund struct {
	id  string
	day calendar.Day
	at  int64
	*history.Event
}

// refunds splits what went back for an order into what came within L of it, and
// later, in the order of their times.
func (n *Naive) refunds(orderID string) (within, late []refund) {
	first := n.first[thing{order: orderID}]
	for of := range n.first {
		if of.order != orderID || of.refund == "" {
			continue
		}
		tellings := n.of(history.OrderRefunded, of)
		e := newest(tellings)
		r := refund{of.refund, n.rules.Calendar.Day(happened(tellings)), happened(tellings), e}
		switch {
		case n.undone(e, n.of(history.RefundReverted, of), of) || r.day < first-n.rules.LatenessDays:
		case r.day > first+n.rules.LatenessDays:
			late = append(late, r)
		default:
			within = append(within, r)
		}
	}
	slices.SortFunc(late, func(a, b refund) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
	return within, late
}

// undone says whether what is told is taken back. Of those who do, the ones of the latest
// day count, which is at most L before it.
func (n *Naive) undone(telling *history.Event, by []*history.Event, of thing) bool {
	var latest calendar.Day
	for _, e := range by {
		latest = max(latest, n.day(e))
	}
	by = slices.DeleteFunc(by, func(e *history.Event) bool { return n.day(e) < latest })
	return latest >= n.first[of]-n.rules.LatenessDays && takenBack(telling, by)
}

// worth is an amount, the margin in it, and the amount in the order's own currency.
type worth struct{ amount, margin, own int64 }

// backIn is a refund in the currency of its order.
func (m worth) backIn(order *history.Event, r refund) int64 {
	switch {
	case order.Own == (history.Own{}) || m.own == 0:
		return r.AmountMinor
	case r.Own.Currency == order.Own.Currency:
		return r.Own.Minor
	case m.amount == 0 && r.AmountMinor > 0:
		return 1 << 40 // whatever it is, it is more than nothing
	case m.amount == 0:
		return 0
	}
	return rounded(new(big.Rat).Mul(big.NewRat(r.AmountMinor, 1), big.NewRat(m.own, m.amount)))
}

// without is what is left when some of the own currency went back.
func (m worth) without(back int64) worth {
	left := max(0, m.own-back)
	switch {
	case m.own == 0:
		return m
	case left == 0:
		return worth{}
	}
	amount := rounded(new(big.Rat).Mul(big.NewRat(m.amount, 1), big.NewRat(left, m.own)))
	margin := m.margin
	if m.amount != 0 {
		margin = rounded(new(big.Rat).Mul(big.NewRat(m.margin, 1), big.NewRat(amount, m.amount)))
	}
	return worth{amount, margin, left}
}

// Flow is margin that came on a day, or went.
type Flow struct {
	Day         calendar.Day
	MarginMinor int64
	Sealed      bool // of it only the month is kept
}

// SettledBefore is the day before which refunds of sealed orders are settled.
func (n *Naive) SettledBefore() calendar.Day {
	return n.rules.Calendar.Day(n.LatestMicros) - 2*n.rules.LatenessDays
}

// line is the day before which orders are sealed: not from that of one on which was refunded
// within L of it, and less than 3L ago.
func (n *Naive) line() calendar.Day {
	line := n.SettledBefore()
	for of := range n.first {
		order, is := n.first[thing{order: of.order}]
		if of.refund == "" || !is || n.first[of] > order+n.rules.LatenessDays {
			continue
		}
		day := n.rules.Calendar.Day(happened(n.of(history.OrderPlaced, thing{order: of.order})))
		refunded := n.rules.Calendar.Day(happened(n.of(history.OrderRefunded, of)))
		if refunded >= order-n.rules.LatenessDays && day >= n.SettledBefore()-n.rules.LatenessDays {
			line = min(line, day)
		}
	}
	return line
}

// excess is what went back beyond the order, in the business's currency.
func (m worth) excess(back int64) int64 {
	over := max(0, back-m.own)
	if m.own == 0 {
		return over
	}
	return rounded(new(big.Rat).Mul(big.NewRat(over, 1), big.NewRat(m.amount, m.own)))
}

// count adds up the orders that stand.
func (n *Naive) count() {
	f := &n.Facts
	byDay := map[calendar.Day]int64{}
	n.Months = map[calendar.Month]history.MonthSum{}
	line := n.line()
	for of := range n.first {
		if of.refund != "" || len(n.of(history.OrderPlaced, of)) == 0 {
			continue
		}
		tellings := n.of(history.OrderPlaced, of)
		telling, at := newest(tellings), happened(tellings)
		day := n.rules.Calendar.Day(at)
		if n.undone(telling, n.of(history.OrderCancelled, of), of) {
			continue
		}
		brought := n.brought(telling)
		within, late := n.refunds(of.order)
		var back int64
		for _, r := range within {
			back += brought.backIn(telling, r)
		}
		n.ExcessMinor += brought.excess(back)
		if brought.own > 0 && back >= brought.own {
			continue
		}
		left := brought.without(back)
		f.Orders++
		f.RevenueMinor += left.amount
		f.MarginMinor += left.margin
		byDay[day] += left.amount
		n.inMonth(day, 1, left.amount, left.margin)
		n.Flows = append(n.Flows, Flow{day, left.margin, day < line})
		n.lastOrderMicros = max(n.lastOrderMicros, at)
		n.later(telling, left, late, day < line)
	}
	n.summarise(byDay)
}

// later takes late refunds away, each from its own month.
func (n *Naive) later(order *history.Event, left worth, late []refund, sealed bool) {
	var back int64
	was := left
	for _, r := range late {
		back += left.backIn(order, r)
		is := left.without(back)
		n.Facts.RevenueMinor -= was.amount - is.amount
		n.Facts.MarginMinor -= was.margin - is.margin
		n.inMonth(r.day, 0, is.amount-was.amount, is.margin-was.margin)
		n.Flows = append(n.Flows, Flow{r.day, is.margin - was.margin, sealed && r.day < n.SettledBefore()})
		was = is
	}
	n.ExcessMinor += left.excess(back)
}

func (n *Naive) inMonth(day calendar.Day, orders int, amountMinor, marginMinor int64) {
	if orders == 0 && amountMinor == 0 && marginMinor == 0 {
		return
	}
	date := day.Date()
	month := calendar.Month(12*(date.Year()-1970) + int(date.Month()-time.January))
	sum := n.Months[month]
	n.Months[month] = history.MonthSum{
		Month: month, Orders: sum.Orders + orders, AmountMinor: sum.AmountMinor + amountMinor, MarginMinor: sum.MarginMinor + marginMinor,
	}
}

// brought is what a telling says of its order.
func (n *Naive) brought(telling *history.Event) worth {
	m := worth{telling.AmountMinor, telling.MarginMinor, telling.AmountMinor}
	if telling.Own != (history.Own{}) {
		m.own = telling.Own.Minor
	}
	if !telling.MarginKnown {
		m.margin = n.rules.Margins.MarginMinor(telling.AmountMinor, telling.Channel, n.day(telling))
	}
	return m
}

// rounded is half away from zero.
func rounded(r *big.Rat) int64 {
	half := big.NewRat(int64(r.Sign()), 2)
	r = new(big.Rat).Add(r, half)
	return new(big.Int).Quo(r.Num(), r.Denom()).Int64() // Quo cuts towards zero
}

// summarise gives the literature's x, t_x, T and m of daily sums.
func (n *Naive) summarise(byDay map[calendar.Day]int64) {
	f := &n.Facts
	f.MarginRatio = n.rules.Margins.DefaultRatio()
	if f.RevenueMinor > 0 {
		f.MarginRatio = float64(f.MarginMinor) / float64(f.RevenueMinor)
	}
	if f.PurchaseDays = len(byDay); f.PurchaseDays == 0 {
		return
	}
	var days []calendar.Day
	var repeats int64
	for day := range byDay {
		days = append(days, day)
	}
	first, last := slices.Min(days), slices.Max(days)
	n.FirstDay = first
	for day, net := range byDay {
		if day != first {
			repeats += net
		}
	}
	f.Frequency = len(days) - 1
	f.RecencyDays = int(last - first)
	f.AgeDays = max(f.RecencyDays, int(n.rules.Calendar.Day(n.LatestMicros)-first))
	if f.Frequency > 0 {
		f.RepeatMeanMinor = float64(repeats) / float64(f.Frequency)
	}
	n.renewals(slices.Sorted(slices.Values(days)))
}

// renewals counts which purchase days pay for a period of the contract: not those that
// come before three quarters of it are over.
func (n *Naive) renewals(days []calendar.Day) {
	period := n.rules.Contract
	if period == (history.Period{}) {
		return
	}
	due := days[0]
	for _, day := range days {
		if int(due-day) > int(period.MeanDays()/4) {
			continue
		}
		n.Facts.Renewals++
		if due = day + calendar.Day(period.Days); period.Months > 0 {
			from := day.Date()
			end := time.Date(from.Year(), from.Month()+time.Month(period.Months)+1, 0, 0, 0, 0, 0, time.UTC)
			date := time.Date(end.Year(), end.Month(), min(from.Day(), end.Day()), 0, 0, 0, 0, time.UTC)
			due = calendar.Day(date.Unix() / 86_400)
		}
	}
	n.Facts.DueDays = int(due - days[0])
}

// Unmatched is the ids of the refunds, reverts and cancels without an order of their own:
// those that wait, and those given up since their day is sealed.
func (n *Naive) Unmatched() (waiting, givenUp map[string]bool) {
	waiting, givenUp = map[string]bool{}, map[string]bool{}
	line := n.rules.Calendar.Day(n.LatestMicros) - 2*n.rules.LatenessDays
	for _, e := range n.events {
		if !n.Kept[e] || !slices.Contains([]history.Kind{history.OrderRefunded, history.OrderCancelled, history.RefundReverted}, e.Kind) {
			continue
		}
		counts, last, there := n.day(e), n.day(e), true
		if e.RefundID != "" {
			tellings := n.of(history.OrderRefunded, thingOf(e))
			early := e.Kind == history.RefundReverted && n.day(e) < n.first[thingOf(e)]-n.rules.LatenessDays
			if there = len(tellings) > 0 && !early; there {
				counts = n.rules.Calendar.Day(happened(tellings))
				last = max(last, counts)
			}
		}
		first, known := n.first[thing{order: e.OrderID}]
		switch {
		case there && known && counts >= first-n.rules.LatenessDays:
		case last < line:
			givenUp[e.ID] = true
		default:
			waiting[e.ID] = true
		}
	}
	return waiting, givenUp
}

// last is the last word among events of the given kinds.
func (n *Naive) last(kinds ...history.Kind) *history.Event {
	var found []*history.Event
	for _, kind := range kinds {
		found = append(found, n.of(kind, thing{})...)
	}
	return newest(found)
}

// Churn is the latest event about churn.
func (n *Naive) Churn() history.Churn {
	e := n.last(history.ChurnConfirmed, history.ChurnReverted, history.ChurnPredicted)
	if e == nil {
		return history.Churn{}
	}
	return history.Churn{Kind: e.Kind, AtMicros: e.AtMicros, EventID: e.ID, Probability: e.Probability}
}

// Acquisition is the latest cost of acquisition.
func (n *Naive) Acquisition() history.Acquisition {
	e := n.last(history.CustomerAcquired)
	if e == nil {
		return history.Acquisition{}
	}
	return history.Acquisition{Known: true, AtMicros: e.AtMicros, EventID: e.ID, CostMinor: e.AmountMinor, Channel: e.Channel}
}

// First is the earliest order as it was placed.
func (n *Naive) First() (first history.FirstOrder) {
	for _, e := range n.events {
		earlier := e.AtMicros < first.AtMicros || e.AtMicros == first.AtMicros && e.Channel < first.Channel
		if n.Kept[e] && e.Kind == history.OrderPlaced && (!first.Known || earlier) {
			first = history.FirstOrder{Known: true, AtMicros: e.AtMicros, Channel: e.Channel}
		}
	}
	return first
}

// Status is where the customer stands after all events.
func (n *Naive) Status() history.Status {
	churn := n.Churn()
	switch {
	case churn.Kind == history.ChurnConfirmed && n.lastOrderMicros <= churn.AtMicros:
		return history.Churned
	case n.Facts.PurchaseDays == 0:
		return history.Prospect
	default:
		return history.Active
	}
}
