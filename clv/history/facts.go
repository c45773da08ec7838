package history

import (
	"math/bits"

	"github.com/clvstream/clvstream/clv/calendar"
)

// Facts are what a model may know about a customer at one instant. Times are
// whole days of the business's time zone; money is minor units.
type Facts struct {
	Orders       int // orders that stand, ≥ 0
	PurchaseDays int // distinct days with a standing order, ≥ 0

	Frequency   int // x = PurchaseDays − 1, never below 0
	RecencyDays int // t_x = last purchase day − first, ≥ 0
	AgeDays     int // T = as-of day − first purchase day, ≥ t_x

	RevenueMinor    int64   // net of refunds
	MarginMinor     int64   // net margin to date
	RepeatMeanMinor float64 // m = net amount of the repeat days ÷ x; 0 when x = 0
	MarginRatio     float64 // margin ÷ revenue to date; the default rate when there is no revenue

	// Of a contract, under rules with its period. Renewals 0: not known.
	Renewals int // purchase days that paid for a period, the first one included
	DueDays  int // from the first purchase day to the day on which the next renewal is due
}

// Facts sums up the history as of an instant (microseconds since 1970-01-01
// UTC), which is not before the customer's latest event.
//
// Transactions are purchase days, as in the literature: x = distinct days − 1,
// t_x = last day − first day, T = as-of day − first day, and m = the net amount
// of the repeat days ÷ x, the whole first day excluded.
func (h *History) Facts(rules *Rules, asOfMicros int64) Facts {
	sum := h.Sum(rules)
	return sum.FactsOn(rules, rules.Calendar.Day(asOfMicros))
}

// NewFacts are the facts of a customer with purchase days from a first to a last one,
// as of a day. What they ordered and paid is the caller's to add.
func NewFacts(purchaseDays int, first, last, asOf calendar.Day) Facts {
	if purchaseDays == 0 {
		return Facts{}
	}
	recencyDays := int(last - first)
	return Facts{
		PurchaseDays: purchaseDays,
		Frequency:    purchaseDays - 1,
		RecencyDays:  recencyDays,
		AgeDays:      max(recencyDays, int(asOf-first)),
	}
}

// FactsOn sums up as of a day.
func (s *Sealed) FactsOn(rules *Rules, day calendar.Day) Facts {
	f := NewFacts(s.Days, s.FirstDay, s.LastDay, day)
	f.Orders = s.Orders
	f.RevenueMinor = s.AmountMinor - s.LateRefundMinor
	f.MarginMinor = s.MarginMinor - s.LateRefundMarginMinor
	f.MarginRatio = rules.Margins.DefaultRatio()
	if f.RevenueMinor > 0 {
		f.MarginRatio = float64(f.MarginMinor) / float64(f.RevenueMinor)
	}
	if f.Frequency > 0 {
		f.RepeatMeanMinor = float64(s.AmountMinor-s.FirstDayMinor) / float64(f.Frequency)
	}
	if rules.Contract != (Period{}) && s.Days > 0 {
		c := s.contract(rules.Contract)
		f.setContract(s, &c)
	}
	return f
}

// Sum is the sealed sums as they would be if the whole ledger were sealed now.
func (h *History) Sum(rules *Rules) Sealed {
	sum, from := h.memo.sum, h.memo.entries
	if from == 0 || h.memo.contract != rules.Contract {
		from = 0
		sum = h.Sealed
		sum.OrderHashes = nil
	}
	if from < len(h.Orders) {
		for i := from; i < len(h.Orders); i++ {
			sum.addEntry(&h.Orders[i], rules)
		}
		h.memo = memo{entries: len(h.Orders), sum: sum, contract: rules.Contract}
	}
	return sum
}

// ExcessMinor is by how much refunds exceed their orders: money that went back and that no
// order had brought. It takes nothing away.
func (h *History) ExcessMinor(rules *Rules) int64 {
	sum := h.Sum(rules)
	return sum.ExcessMinor
}

// addEntry adds what a ledger entry comes to.
func (s *Sealed) addEntry(o *Order, rules *Rules) {
	worth := o.Worth
	switch {
	case o.Placed:
		out := o.outcome(rules)
		s.add(o, &out)
		if out.stands && rules.Contract != (Period{}) {
			s.renew(o.Day, rules.Contract)
		}
		if out.lateBackMinor > 0 {
			s.addLate(&out.left, out.lateBackMinor)
		}
	case o.SealedBefore:
		for i := range o.Refunds {
			if r := &o.Refunds[i]; o.isLate(r, rules) {
				s.addLate(&worth, worth.refund(r))
			}
		}
	}
}

// PurchaseDayBefore is the purchase day before the last one. It is not known of
// a customer whose last purchase day is sealed, which is long ago.
func (h *History) PurchaseDayBefore(sum *Sealed, rules *Rules) (calendar.Day, bool) {
	for i := len(h.Orders) - 1; i >= 0; i-- {
		if o := &h.Orders[i]; o.Placed && o.Day < sum.LastDay && o.outcome(rules).stands {
			return o.Day, true
		}
	}
	if part := &h.Sealed.Part; part.UntilMicros != 0 && part.Day == sum.LastDay {
		return part.Before, part.Before != calendar.EarliestDay
	}
	return h.Sealed.LastDay, h.Sealed.Days > 0 && h.Sealed.LastDay < sum.LastDay
}

// Status derives how the customer stands: a confirmed churn holds until it is
// reverted or an order that stands comes after it.
func (h *History) Status(sum *Sealed) Status {
	switch {
	case h.Churn.Kind == ChurnConfirmed && sum.LastOrderMicros <= h.Churn.AtMicros:
		return Churned
	case sum.Days == 0:
		return Prospect
	default:
		return Active
	}
}

// prorate is amount × part ÷ whole, rounded half away from zero, without
// overflow; amount itself when whole is 0 (a free order keeps its cost). It
// wants 0 ≤ part ≤ whole.
func prorate(amount, part, whole int64) int64 {
	if whole <= 0 || part == whole {
		return amount
	}
	if amount < 0 {
		quotient, _ := mulDiv(uint64(-amount), uint64(part), uint64(whole))
		return -int64(quotient)
	}
	quotient, _ := mulDiv(uint64(amount), uint64(part), uint64(whole))
	return int64(quotient)
}

// mulDiv is a × b ÷ c, rounded half up, if 64 bits hold it.
func mulDiv(a, b, c uint64) (quotient uint64, fits bool) {
	hi, lo := bits.Mul64(a, b)
	lo, carry := bits.Add64(lo, c/2, 0)
	if hi += carry; hi >= c {
		return 0, false
	}
	quotient, _ = bits.Div64(hi, lo, c)
	return quotient, true
}
