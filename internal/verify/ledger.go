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
	"github.com/clvstream/clvstream/clv/money"
)

// line is up to where days are sealed: orders of the days before one, and of the days
// before another what waits for an order that never came, and the refunds of sealed orders.
type line struct{ orders, rest calendar.Day }

// line follows from how far back the latest event lets others come. An order that was
// refunded within the lateness stays a lateness longer, and those of its day and later with
// it.
func (r *recomputed) line(rules *history.Rules) line {
	rest := r.latestDay - 2*rules.LatenessDays
	l := line{rest, rest}
	for _, o := range r.orders {
		if o.winner == nil || o.day < rest-rules.LatenessDays {
			continue
		}
		for _, refund := range o.refunds {
			if refund.winner != nil && refund.day >= o.first-rules.LatenessDays && refund.first <= o.first+rules.LatenessDays {
				l.orders = min(l.orders, o.day)
			}
		}
	}
	return l
}

// ledger compares the stored ledger entry by entry and the sealed sums one by
// one. Both follow from the events and from the line.
func (d *differences) ledger(want *recomputed, got *history.History, rules *history.Rules) {
	line := want.line(rules)
	wanted := map[string]history.Order{}
	var gone []uint64
	for id, o := range want.orders {
		entry := history.Order{ID: id}
		refundsFrom := line.rest
		switch {
		case o.winner == nil:
			o.cancel(&entry, line.rest)
		case o.day >= line.orders:
			o.place(&entry)
			refundsFrom = min(refundsFrom, o.first-rules.LatenessDays)
			o.cancel(&entry, o.first-rules.LatenessDays)
		default:
			entry.SealedBefore, entry.Fell = true, !o.stands
			if o.stands {
				entry.Worth = o.net.worth()
				entry.BackMinor = o.settledMinor(line.rest)
			}
		}
		for _, refund := range o.refunds {
			if refund.day >= refundsFrom {
				entry.Refunds = append(entry.Refunds, refund.stored(rules.LatenessDays))
			} else if refund.winner != nil {
				gone = append(gone, fnvOf(id+"\x00"+refund.id)&hashBits)
			}
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
		if !sameOrder(asOfFormer(wanted[id], stored[id]), stored[id]) {
			d.differ(fmt.Sprintf("ledger, order %q", id), describeOrder(wanted[id]), describeOrder(stored[id]))
		}
	}
	if len(stored) != len(got.Orders) {
		d.integer("ledger entries", int64(len(wanted)), int64(len(got.Orders)))
	}
	d.sealed(want.sealed(line), &got.Sealed)
	if wanted := want.contractOfSealed(line.orders, rules.Contract); rules.Contract != (history.Period{}) && !guessed(got, rules.Contract) && wanted != got.Sealed.Contract {
		d.differ("sealed: contract", fmt.Sprintf("%+v", wanted), fmt.Sprintf("%+v", got.Sealed.Contract))
	}
	d.sealedWorth(want.sealedWorth(line), got.SealedWorth)
	if slices.Sort(gone); !slices.Equal(gone, got.RefundHashes) {
		d.differ("sealed: refund hashes", hexList(gone), hexList(got.RefundHashes))
	}
	d.months(want.sealedMonths(line), got.SealedMonths)
}

// place fills in what is known of the order's tellings.
func (o *order) place(entry *history.Order) {
	entry.Placed, entry.Worth = true, o.gross.worth()
	entry.Tellings = o.tellings.stored(o.at, o.day)
}

func (t tellings) stored(at int64, day calendar.Day) history.Tellings {
	newest, first := t.newest(), t.first()
	return history.Tellings{
		Newest: newest.telling(), Dated: newest.dated,
		AtMicros: at, Day: day, FirstMicros: first.atMicros, FirstDay: first.day,
	}
}

func (e *inputEvent) telling() history.Telling {
	return history.Telling{Micros: e.toldMicros, Version: uint64(e.version + 1), EventID: e.id}
}

// undoing is the newest of the last day, of which the id does not matter.
func undoing(by []*inputEvent) history.Telling {
	t := lastDay(by).newest().telling()
	t.EventID = ""
	return t
}

func (s share) worth() history.Worth {
	w := history.Worth{AmountMinor: s.amountMinor, MarginMinor: s.marginMinor}
	if s.currency != (money.Currency{}) {
		w.Own = &history.Own{Currency: s.currency, Minor: s.own.Int64()}
	}
	return w
}

// settledMinor is what late refunds of the days before one took, in the order's currency.
func (o *order) settledMinor(before calendar.Day) (minor int64) {
	for _, r := range o.late {
		if r.day < before {
			minor += o.net.back(r.winner).Int64()
		}
	}
	return minor
}

// cancel fills in the latest cancel, unless it is of a day before from.
func (o *order) cancel(entry *history.Order, from calendar.Day) {
	if len(o.cancels) == 0 {
		return
	}
	if day := lastDay(o.cancels)[0].day; day >= from {
		entry.Cancelled, entry.CancelDay, entry.Cancel = true, day, undoing(o.cancels)
	}
}

// stored is the refund as the ledger has it.
func (r *refund) stored(latenessDays calendar.Day) history.Refund {
	is := history.Refund{ID: r.id, Known: r.winner != nil}
	if is.Known {
		is.Tellings = r.tellings.stored(r.at, r.day)
		is.AmountMinor = r.winner.amountMinor
		if own := r.winner.own; own != nil {
			is.Own = &history.Own{Currency: own.currency, Minor: own.minor}
		}
	} else {
		is.AtMicros, is.Day = r.at, r.day
	}
	if len(r.reverts) > 0 {
		is.Reverted, is.RevertDay, is.Revert = true, lastDay(r.reverts)[0].day, undoing(r.reverts)
	}
	return withoutOldRevert(is, latenessDays)
}

// withoutOldRevert leaves out a revert that does not count, as of a day before the refund
// could be. It is stored until it is found.
func withoutOldRevert(r history.Refund, latenessDays calendar.Day) history.Refund {
	if r.Known && r.Reverted && r.RevertDay < r.FirstDay-latenessDays {
		r.Reverted, r.RevertDay, r.Revert = false, 0, history.Telling{}
	}
	return r
}

// countable leaves out of a stored entry what cannot count and what follows
// from the rest: refunds and a cancel from before the order could be, and the
// day of an entry that waits.
func countable(entry history.Order, latenessDays calendar.Day) history.Order {
	entry.Refunds = slices.Clone(entry.Refunds)
	for i := range entry.Refunds {
		entry.Refunds[i].Counted = false
		entry.Refunds[i] = withoutOldRevert(entry.Refunds[i], latenessDays)
	}
	if !entry.Placed {
		entry.Day = 0
		return entry
	}
	if entry.CancelDay < entry.FirstDay-latenessDays {
		entry.Cancelled, entry.CancelDay, entry.Cancel = false, 0, history.Telling{}
	}
	return entry
}

// asOfFormer leaves out of a wanted entry the event ids that the stored one does not have: a
// version before did not store them.
func asOfFormer(want, got history.Order) history.Order {
	if got.Newest.EventID == "" {
		want.Newest.EventID = ""
	}
	for _, stored := range got.Refunds {
		for i := range want.Refunds {
			if r := &want.Refunds[i]; r.ID == stored.ID && stored.Newest.EventID == "" {
				r.Newest.EventID = ""
			}
		}
	}
	return want
}

func sameOrder(a, b history.Order) bool {
	sameRefunds := reflect.DeepEqual(inOrder(a.Refunds), inOrder(b.Refunds))
	a.Refunds, b.Refunds = nil, nil
	return sameRefunds && reflect.DeepEqual(a, b)
}

func inOrder(refunds []history.Refund) []history.Refund {
	return slices.SortedFunc(slices.Values(refunds), func(a, b history.Refund) int {
		return cmp.Compare(a.ID, b.ID)
	})
}

func describeOrder(o history.Order) string {
	if o.ID == "" {
		return "none"
	}
	return fmt.Sprintf("%+v", o)
}

// sealed is the sums of the orders before the line.
func (r *recomputed) sealed(line line) *history.Sealed {
	s := &history.Sealed{}
	byDay := map[calendar.Day]int64{}
	for _, o := range r.leaving(line) {
		hash := fnvOf(o.winner.order) & hashBits // the lowest bit says whether it stood
		s.ExcessMinor += o.net.overMinor
		if o.stands {
			hash |= 1
			o.seal(s, byDay, line)
		}
		s.OrderHashes = append(s.OrderHashes, hash)
	}
	if days := slices.Sorted(maps.Keys(byDay)); len(days) > 0 {
		s.Days, s.FirstDay, s.LastDay = len(days), days[0], days[len(days)-1]
		s.FirstDayMinor = byDay[s.FirstDay]
	}
	return s
}

// seal adds an order that stands to the sums.
func (o *order) seal(s *history.Sealed, byDay map[calendar.Day]int64, line line) {
	byDay[o.day] += o.net.amountMinor
	s.Orders++
	s.AmountMinor += o.net.amountMinor
	s.MarginMinor += o.net.marginMinor
	s.LastOrderMicros = max(s.LastOrderMicros, o.at)
	settled := slices.DeleteFunc(slices.Clone(o.late), func(r *refund) bool { return r.day >= line.rest })
	left := o.net.after(settled)
	s.LateRefundMinor += o.net.amountMinor - left.amountMinor
	s.LateRefundMarginMinor += o.net.marginMinor - left.marginMinor
	s.ExcessMinor += left.overMinor
}

// leaving are the orders before the line, in the order in which they were sealed.
func (r *recomputed) leaving(line line) (leaving []*order) {
	for _, o := range r.orders {
		if o.winner != nil && o.day < line.orders {
			leaving = append(leaving, o)
		}
	}
	slices.SortFunc(leaving, func(a, b *order) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.winner.order, b.winner.order))
	})
	return leaving
}

// sealedWorth is what the sealed orders brought, in the same order.
func (r *recomputed) sealedWorth(line line) (all []history.Worth) {
	for _, o := range r.leaving(line) {
		worth := history.Worth{}
		if o.stands {
			worth = o.net.worth()
			worth.BackMinor = o.settledMinor(line.rest)
		}
		all = append(all, worth)
	}
	return all
}

func (d *differences) sealedWorth(want, got []history.Worth) {
	if len(want) != len(got) { // so are their hashes
		return
	}
	for i := range want {
		if !reflect.DeepEqual(want[i], got[i]) {
			d.differ(fmt.Sprintf("sealed: order %d", i+1), fmt.Sprintf("%+v", want[i]), fmt.Sprintf("%+v", got[i]))
		}
	}
}

// hashBits are those of an order's or a refund's hash that are stored to name it.
const hashBits = 0xffff_ffff_fff8

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
	d.integer("sealed: excess_minor", want.ExcessMinor, got.ExcessMinor)
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
