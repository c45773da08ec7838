package clv

import (
	"fmt"
	"slices"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// SealedError refuses an instant before what is kept of a customer one by one.
type SealedError struct {
	FromMicros int64 // the first instant that can be answered
}

// Error says from when on the past is known.
func (e *SealedError) Error() string {
	return "the history before " + time.UnixMicro(e.FromMicros).UTC().Format(time.RFC3339Nano) + " is stored as sums only"
}

// Doubt is something that is not known of an instant before a customer's latest
// event. A reading without one is what the customer had then, had they come in
// the order of their times; save that a cancel before the order's last leaves no trace.
type Doubt struct {
	Kind    DoubtKind
	OrderID string // of DoubtAmended and DoubtCancelTime
}

// DoubtKind says what is not known.
type DoubtKind uint8

// The kinds of doubt.
const (
	// DoubtAmended is an order that was told again later: what was known of it then is
	// not kept. It is read as it is known now, on the day that it has now.
	DoubtAmended DoubtKind = iota + 1
	// DoubtCancelTime is an order cancelled on the instant's day: of a cancel only
	// the day is kept. It is taken to come first.
	DoubtCancelTime
	// DoubtChurn says that the last word on churn came later; an earlier one is
	// not kept.
	DoubtChurn
	// DoubtAcquisition says the same of the cost of acquisition.
	DoubtAcquisition
	// DoubtSealed says that refunds and cancels of sealed orders are counted which
	// may have come later.
	DoubtSealed
	// DoubtPath says that the way to the standing is not known whole: since when
	// the stage holds, and a tier that was only held.
	DoubtPath
)

var doubtNames = [...]string{
	DoubtAmended: "amended", DoubtCancelTime: "cancel_time", DoubtChurn: "churn",
	DoubtAcquisition: "acquisition", DoubtSealed: "sealed", DoubtPath: "path",
}

// String is the kind's name in output, such as "amended".
func (k DoubtKind) String() string {
	if k < DoubtAmended || k > DoubtPath {
		return "unknown"
	}
	return doubtNames[k]
}

// doubts is what is not known of a reading.
func (w *rebuilder) doubts(atMicros int64, r *Reading) []Doubt {
	var doubts []Doubt
	h, day := w.whole, w.v.Rules.Calendar.Day(atMicros)
	lossy := h.Sealed.Any() || h.Churn.Kind != 0
	for i := range h.Orders {
		o := &h.Orders[i]
		amended := o.Placed && o.FirstMicros < o.Newest.Micros && o.FirstMicros <= atMicros
		switch {
		case amended && o.Newest.Micros > atMicros:
			doubts = append(doubts, Doubt{DoubtAmended, o.ID})
		case o.Placed && o.Cancelled && o.CancelDay == day && o.AtMicros <= atMicros:
			doubts = append(doubts, Doubt{DoubtCancelTime, o.ID})
		}
		lossy = lossy || amended || o.Cancelled && o.CancelDay <= day
	}
	if h.Churn.AtMicros > atMicros {
		doubts = append(doubts, Doubt{Kind: DoubtChurn})
	}
	if h.Acquisition.AtMicros > atMicros {
		doubts = append(doubts, Doubt{Kind: DoubtAcquisition})
	}
	if w.sealedLater(atMicros, day, &r.Estimate.Facts) {
		doubts = append(doubts, Doubt{Kind: DoubtSealed})
	}
	if lossy && (w.settled.TierMicros > atMicros || w.settled.StageMicros > atMicros) {
		doubts = append(doubts, Doubt{Kind: DoubtPath})
	}
	return doubts
}

// sealedLater says whether the sealed sums may hold what came after an instant: a
// refund or cancel counts within the lateness of its order, which may be later
// than the last sealed one. Those that were dropped left no more than an order
// that does not stand.
func (w *rebuilder) sealedLater(atMicros int64, day calendar.Day, then *history.Facts) bool {
	s, rules := &w.whole.Sealed, &w.v.Rules
	if !s.Any() {
		return false
	}
	line := w.whole.SealedBefore(rules)
	fell := len(s.OrderHashes) >= rules.LedgerLimit || slices.ContainsFunc(s.OrderHashes, func(hash uint64) bool { return hash&1 == 0 })
	if fell && day < line+rules.LatenessDays || s.Days > 0 && day < line && day <= s.LastDay+rules.LatenessDays {
		return true
	}
	// Whether an order won the customer back is told by the purchase day before.
	if then.PurchaseDays == s.Days && s.Days > 1 && day <= s.LastDay+calendar.Day(w.v.Awake.Stages.WonBackDays) {
		return true
	}
	return slices.ContainsFunc(w.whole.Orders, func(o history.Order) bool {
		return o.SealedBefore && slices.ContainsFunc(o.Refunds, func(r history.Refund) bool { return r.Counted && r.AtMicros > atMicros })
	})
}

// String is the doubt in words.
func (d Doubt) String() string {
	switch d.Kind {
	case DoubtAmended:
		return fmt.Sprintf("order %s was told again later; what was known of it then is not stored, and it is read as it is known now", d.OrderID)
	case DoubtCancelTime:
		return fmt.Sprintf("order %s was cancelled on this day, before or after this instant; it is left out", d.OrderID)
	case DoubtChurn:
		return "the latest churn event came later; whether there was an earlier one is not stored"
	case DoubtAcquisition:
		return "the latest acquisition cost came later; whether there was an earlier one is not stored"
	case DoubtSealed:
		return "refunds and cancels of sealed orders are included; some may have come later"
	case DoubtPath:
		return "the time of entry into the stage, and a tier kept by hysteresis or hold, are derived from the stored events"
	default:
		return "unknown"
	}
}
