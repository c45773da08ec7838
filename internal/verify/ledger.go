package verify

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// ledger compares the stored ledger entry by entry and the sealed sums one by
// one. Both follow from the events and from how far back the latest one lets
// others come: an order is sealed once its day is 2L behind, and so are what
// waits for an order that never came, and the refunds of a sealed one.
func (d *differences) ledger(want *recomputed, got *history.History, rules *history.Rules) {
	before := dayOfMicros(want.latestMicros, rules.Calendar) - 2*rules.LatenessDays
	wanted := map[string]history.Order{}
	for id, o := range want.orders {
		entry := history.Order{ID: id}
		switch {
		case o.winner == nil:
			entry.Refunds = refundsFrom(o.refunds, before, rules)
			o.cancel(&entry, before)
		case o.winner.day >= before:
			o.place(&entry)
			entry.Refunds = refundsFrom(o.refunds, o.first-rules.LatenessDays, rules)
			o.cancel(&entry, o.first-rules.LatenessDays)
		case o.stands:
			entry.Refunds = o.unsettled(before, rules)
			entry.SealedBefore = true
		}
		if entry.Placed || entry.Cancelled || len(entry.Refunds) > 0 {
			wanted[id] = entry
		}
	}
	stored := map[string]history.Order{}
	for _, entry := range got.Orders {
		stored[entry.ID] = countable(entry, rules.LatenessDays)
	}
	ids := maps.Clone(wanted)
	maps.Copy(ids, stored)
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if !sameOrder(wanted[id], stored[id]) {
			d.differ(fmt.Sprintf("ledger, order %q", id), describeOrder(wanted[id]), describeOrder(stored[id]))
		}
	}
	if len(stored) != len(got.Orders) {
		d.integer("ledger entries", int64(len(wanted)), int64(len(got.Orders)))
	}
	d.sealed(want.sealed(before, rules), &got.Sealed)
	d.months(want.sealedMonths(before, rules), got.SealedMonths)
}

// place fills in what is known of the order's versions.
func (o *order) place(entry *history.Order) {
	entry.Placed, entry.Day, entry.FirstDay = true, o.winner.day, o.first
	entry.AtMicros, entry.VersionHash = o.winner.atMicros, o.winner.hash
	entry.AmountMinor, entry.MarginMinor = o.winner.amountMinor, o.winner.marginMinor
}

// cancel fills in the latest cancel, unless it is of a day before from.
func (o *order) cancel(entry *history.Order, from calendar.Day) {
	for _, e := range o.cancels {
		if e.day >= from && (!entry.Cancelled || e.day > entry.CancelDay) {
			entry.Cancelled, entry.CancelDay = true, e.day
		}
	}
}

// refundsFrom is the set of the refunds of a day and later.
func refundsFrom(refunds []*inputEvent, from calendar.Day, rules *history.Rules) (set []history.Refund) {
	for _, e := range refunds {
		refund := history.Refund{ID: e.refund, AtMicros: e.atMicros, Day: e.day, AmountMinor: e.amountMinor}
		refund.MarginMinor = rules.Margins.MarginMinor(e.amountMinor, "", e.day)
		if e.day >= from && !slices.Contains(set, refund) {
			set = append(set, refund)
		}
	}
	return set
}

// unsettled is the refunds of a sealed order that are still stored: those of a day and
// later, without repetitions of an earlier one.
func (o *order) unsettled(before calendar.Day, rules *history.Rules) (set []history.Refund) {
	for _, refund := range refundsFrom(o.refunds, before, rules) {
		settled := slices.ContainsFunc(o.counted, func(e *inputEvent) bool {
			return e.refund == refund.ID && e.day < before && refund.Day <= e.day+rules.LatenessDays
		})
		if !settled {
			set = append(set, refund)
		}
	}
	return set
}

// countable leaves out of a stored entry what cannot count and what follows
// from the rest: refunds and a cancel from before the order could be, and the
// day of an entry that waits.
func countable(entry history.Order, latenessDays calendar.Day) history.Order {
	entry.Refunds = slices.Clone(entry.Refunds)
	for i := range entry.Refunds {
		entry.Refunds[i].Counted = false
	}
	if !entry.Placed {
		entry.Day = 0
		return entry
	}
	from := entry.FirstDay - latenessDays
	entry.Refunds = slices.DeleteFunc(entry.Refunds, func(refund history.Refund) bool { return refund.Day < from })
	if entry.CancelDay < from {
		entry.Cancelled, entry.CancelDay = false, 0
	}
	return entry
}

func sameOrder(a, b history.Order) bool {
	sameRefunds := slices.Equal(inOrder(a.Refunds), inOrder(b.Refunds))
	a.Refunds, b.Refunds = nil, nil
	return sameRefunds && reflect.DeepEqual(a, b)
}

func inOrder(refunds []history.Refund) []history.Refund {
	return slices.SortedFunc(slices.Values(refunds), func(a, b history.Refund) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.AtMicros, b.AtMicros), cmp.Compare(a.AmountMinor, b.AmountMinor))
	})
}

func describeOrder(o history.Order) string {
	if o.ID == "" {
		return "none"
	}
	return fmt.Sprintf("%+v", o)
}

// sealed is the sums of the orders of the days before one.
func (r *recomputed) sealed(before calendar.Day, rules *history.Rules) *history.Sealed {
	s := &history.Sealed{}
	byDay := map[calendar.Day]int64{}
	var leaving []*order
	for _, o := range r.orders {
		if o.winner == nil || o.winner.day >= before {
			continue
		}
		if leaving = append(leaving, o); !o.stands {
			continue
		}
		net := o.netMinor(rules.LatenessDays)
		byDay[o.winner.day] += net
		s.Orders++
		s.AmountMinor += net
		s.MarginMinor += share(o.winner.marginMinor, net, o.winner.amountMinor)
		s.LastOrderMicros = max(s.LastOrderMicros, o.winner.atMicros)
		for _, refund := range o.counted {
			if refund.day > o.first+rules.LatenessDays && refund.day < before {
				s.LateRefundMinor += refund.amountMinor
				s.LateRefundMarginMinor += rules.Margins.MarginMinor(refund.amountMinor, "", refund.day)
			}
		}
	}
	if days := slices.Sorted(maps.Keys(byDay)); len(days) > 0 {
		s.Days, s.FirstDay, s.LastDay = len(days), days[0], days[len(days)-1]
		s.FirstDayMinor = byDay[s.FirstDay]
	}
	slices.SortFunc(leaving, func(a, b *order) int {
		return cmp.Or(cmp.Compare(a.winner.day, b.winner.day), cmp.Compare(a.winner.order, b.winner.order))
	})
	for _, o := range leaving {
		hash := fnvOf(o.winner.order) &^ 1 // the lowest bit says whether it stood
		if o.stands {
			hash |= 1
		}
		s.OrderHashes = append(s.OrderHashes, hash)
	}
	return s
}

func (d *differences) sealed(want, got *history.Sealed) {
	if got.Early {
		d.differ("sealed: early", "no: the ledger limit is far", "until "+got.EarlyDay.String())
	}
	d.integer("sealed: days", int64(want.Days), int64(got.Days))
	d.integer("sealed: orders", int64(want.Orders), int64(got.Orders))
	d.text("sealed: first day", want.FirstDay.String(), got.FirstDay.String())
	d.text("sealed: last day", want.LastDay.String(), got.LastDay.String())
	d.instant("sealed: last order", want.LastOrderMicros, got.LastOrderMicros)
	d.integer("sealed: first_day_minor", want.FirstDayMinor, got.FirstDayMinor)
	d.integer("sealed: amount_minor", want.AmountMinor, got.AmountMinor)
	d.integer("sealed: margin_minor", want.MarginMinor, got.MarginMinor)
	d.integer("sealed: late_refund_minor", want.LateRefundMinor, got.LateRefundMinor)
	d.integer("sealed: late_refund_margin_minor", want.LateRefundMarginMinor, got.LateRefundMarginMinor)
	if !slices.Equal(want.OrderHashes, got.OrderHashes) {
		d.differ("sealed: order hashes", hexList(want.OrderHashes), hexList(got.OrderHashes))
	}
}

func hexList(hashes []uint64) string {
	const most = 8
	text := strconv.Itoa(len(hashes)) + ":"
	for _, hash := range hashes[:min(most, len(hashes))] {
		text += fmt.Sprintf(" %x", hash)
	}
	return text
}
