package history

import (
	"cmp"
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
)

// Refund is money of an order that went back: one for each id, by its newest telling.
type Refund struct {
	ID          string
	Tellings    // while not known only AtMicros and Day: of the latest revert
	Known       bool
	Reverted    bool // by Revert, if that is newer than the refund
	Counted     bool // by the sealed sums of its order, as one within the lateness of it
	Revert      Telling
	RevertDay   calendar.Day // the latest one of a revert
	AmountMinor int64        // by the rate of its day
	Own         *Own         // nil: it is in the business's currency
}

func compareRefunds(a, b Refund) int {
	return cmp.Or(cmp.Compare(a.AtMicros, b.AtMicros), cmp.Compare(a.ID, b.ID))
}

// refund is the order's refund of an id, or nil.
func (o *Order) refund(id string) *Refund {
	for i := range o.Refunds {
		if o.Refunds[i].ID == id {
			return &o.Refunds[i]
		}
	}
	return nil
}

// foldRefund takes a telling or a revert into the order's refunds.
func (o *Order) foldRefund(e *Event, day calendar.Day) bool {
	r := Refund{ID: e.RefundID}
	at := slices.IndexFunc(o.Refunds, func(r Refund) bool { return r.ID == e.RefundID })
	if at >= 0 {
		r = o.Refunds[at]
	}
	if !r.fold(e, day) {
		return false
	}
	if at >= 0 {
		o.Refunds = slices.Delete(o.Refunds, at, at+1)
	}
	to, _ := slices.BinarySearchFunc(o.Refunds, r, compareRefunds)
	o.Refunds = slices.Insert(o.Refunds, to, r)
	return true
}

func (r *Refund) fold(e *Event, day calendar.Day) (changed bool) {
	if e.Kind == RefundReverted {
		return r.foldRevert(e, day)
	}
	newest, changed := r.take(e, day, r.Known)
	if r.Known = true; newest {
		r.AmountMinor, r.Own = e.AmountMinor, e.Own.kept()
	}
	return changed
}

// foldRevert keeps the revert of the latest day, and of one day the newest, as with cancels.
func (r *Refund) foldRevert(e *Event, day calendar.Day) (changed bool) {
	if !r.Known && (!r.Reverted || e.AtMicros > r.AtMicros) {
		r.AtMicros, r.Day = e.AtMicros, day
		changed = true
	}
	if !r.Reverted || day >= r.RevertDay {
		changed = r.Revert.takeBack(e, r.Reverted && day == r.RevertDay) || changed
		r.Reverted, r.RevertDay = true, day
	}
	return changed
}

func (r *Refund) dropRevert() { r.Reverted, r.Revert, r.RevertDay = false, Telling{}, 0 }

// changedBy says whether an event would change the refund.
func (r *Refund) changedBy(e *Event) bool {
	trial := *r
	return trial.fold(e, r.Day)
}

// counts says whether the refund's money went back. A revert counts from the lateness before
// the refund on.
func (r *Refund) counts(rules *Rules) bool {
	return r.Known && !(r.Reverted && r.RevertDay >= r.FirstDay-rules.LatenessDays && r.Revert.undoes(&r.Newest))
}

// forgetRevert drops a revert that cannot count any more: of a day before one, and more than
// the lateness before its refund.
func (r *Refund) forgetRevert(before calendar.Day, rules *Rules) bool {
	if !r.Known || !r.Reverted || r.RevertDay >= min(before, r.FirstDay-rules.LatenessDays) {
		return false
	}
	r.dropRevert()
	return true
}
