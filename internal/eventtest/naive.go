package eventtest

import (
	"cmp"
	"hash/fnv"
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
	first  map[string]calendar.Day // per order, the day of its earliest version

	Facts           history.Facts
	Months          map[calendar.Month]history.MonthSum
	Margins         map[calendar.Day]int64
	FirstDay        calendar.Day // of purchase
	LatestMicros    int64
	lastOrderMicros int64
}

// Recompute applies the rules to all events at once.
func Recompute(events []history.Event, rules *history.Rules) *Naive {
	n := &Naive{rules: rules, Kept: map[*history.Event]bool{}, first: map[string]calendar.Day{}}
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
		if first, known := n.first[e.OrderID]; e.Kind == history.OrderPlaced && (!known || n.day(e) < first) {
			n.first[e.OrderID] = n.day(e)
		}
	}
}

// refuse decides which events are too late, whenever they come: versions and
// cancels more than L after the order.
func (n *Naive) refuse() {
	for _, e := range n.events {
		first, known := n.first[e.OrderID]
		amends := e.Kind == history.OrderPlaced || e.Kind == history.OrderCancelled
		n.Kept[e] = !(amends && known && n.day(e) > first+n.rules.LatenessDays)
		if n.Kept[e] {
			n.LatestMicros = max(n.LatestMicros, e.AtMicros)
		}
	}
}

// of is the kept events of one kind and order, ascending by time, ties by the
// event id's hash.
func (n *Naive) of(kind history.Kind, orderID string) (found []*history.Event) {
	for _, e := range n.events {
		if n.Kept[e] && e.Kind == kind && e.OrderID == orderID {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *history.Event) int {
		return cmp.Or(cmp.Compare(a.AtMicros, b.AtMicros), cmp.Compare(hash(a.ID), hash(b.ID)))
	})
	return found
}

// refunds splits what went back for an order into what came within L of it, and
// later. An id counts once: what repeats it within L is the same refund.
func (n *Naive) refunds(orderID string) (within, late []*history.Event) {
	first := n.first[orderID]
	found := n.of(history.OrderRefunded, orderID)
	slices.SortStableFunc(found, func(a, b *history.Event) int {
		return cmp.Or(cmp.Compare(a.AtMicros, b.AtMicros), cmp.Compare(a.AmountMinor, b.AmountMinor))
	})
	counted := map[string]calendar.Day{}
	for _, e := range found {
		day := n.day(e)
		if day < first-n.rules.LatenessDays {
			continue
		}
		if before, ok := counted[e.RefundID]; ok && day <= before+n.rules.LatenessDays {
			continue
		}
		counted[e.RefundID] = day
		if day > first+n.rules.LatenessDays {
			late = append(late, e)
		} else {
			within = append(within, e)
		}
	}
	return within, late
}

func (n *Naive) cancelled(orderID string) bool {
	return slices.ContainsFunc(n.of(history.OrderCancelled, orderID), func(e *history.Event) bool {
		return n.day(e) >= n.first[orderID]-n.rules.LatenessDays
	})
}

// count adds up the orders that stand.
func (n *Naive) count() {
	f := &n.Facts
	byDay := map[calendar.Day]int64{}
	n.Months = map[calendar.Month]history.MonthSum{}
	n.Margins = map[calendar.Day]int64{}
	for orderID := range n.first {
		versions := n.of(history.OrderPlaced, orderID)
		version := versions[len(versions)-1]
		within, late := n.refunds(orderID)
		var back int64
		for _, e := range within {
			back += e.AmountMinor
		}
		if n.cancelled(orderID) || version.AmountMinor > 0 && back >= version.AmountMinor {
			continue
		}
		net := max(0, version.AmountMinor-back)
		f.Orders++
		f.RevenueMinor += net
		f.MarginMinor += n.margin(version, net)
		byDay[n.day(version)] += net
		n.inMonth(n.day(version), 1, net, n.margin(version, net))
		n.lastOrderMicros = max(n.lastOrderMicros, version.AtMicros)
		for _, e := range late {
			f.RevenueMinor -= e.AmountMinor
			margin := n.rules.Margins.MarginMinor(e.AmountMinor, "", n.day(e))
			f.MarginMinor -= margin
			n.inMonth(n.day(e), 0, -e.AmountMinor, -margin)
		}
	}
	n.summarise(byDay)
}

func (n *Naive) inMonth(day calendar.Day, orders int, amountMinor, marginMinor int64) {
	date := day.Date()
	month := calendar.Month(12*(date.Year()-1970) + int(date.Month()-time.January))
	sum := n.Months[month]
	n.Margins[day] += marginMinor
	n.Months[month] = history.MonthSum{
		Month: month, Orders: sum.Orders + orders, AmountMinor: sum.AmountMinor + amountMinor, MarginMinor: sum.MarginMinor + marginMinor,
	}
}

func (n *Naive) margin(version *history.Event, net int64) int64 {
	margin := version.MarginMinor
	if !version.MarginKnown {
		margin = n.rules.Margins.MarginMinor(version.AmountMinor, version.Channel, n.day(version))
	}
	if version.AmountMinor == 0 {
		return margin
	}
	return rounded(big.NewRat(0, 1).Mul(big.NewRat(margin, 1), big.NewRat(net, version.AmountMinor)))
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
}

// last is the last word among events of the given kinds.
func (n *Naive) last(kinds ...history.Kind) *history.Event {
	var found []*history.Event
	for _, kind := range kinds {
		found = append(found, n.of(kind, "")...)
	}
	if len(found) == 0 {
		return nil
	}
	return slices.MaxFunc(found, func(a, b *history.Event) int {
		return cmp.Or(cmp.Compare(a.AtMicros, b.AtMicros), cmp.Compare(hash(a.ID), hash(b.ID)))
	})
}

// Churn is the latest event about churn.
func (n *Naive) Churn() history.Churn {
	e := n.last(history.ChurnConfirmed, history.ChurnReverted, history.ChurnPredicted)
	if e == nil {
		return history.Churn{}
	}
	return history.Churn{Kind: e.Kind, AtMicros: e.AtMicros, EventHash: hash(e.ID), Probability: e.Probability}
}

// Acquisition is the latest cost of acquisition.
func (n *Naive) Acquisition() history.Acquisition {
	e := n.last(history.CustomerAcquired)
	if e == nil {
		return history.Acquisition{}
	}
	return history.Acquisition{Known: true, AtMicros: e.AtMicros, EventHash: hash(e.ID), CostMinor: e.AmountMinor, Channel: e.Channel}
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

func hash(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}
