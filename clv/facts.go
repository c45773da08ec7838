package clv

import "math/bits"

// Facts sums up the history as of an instant (microseconds since 1970-01-01
// UTC), which is not before the customer's latest event.
//
// Transactions are purchase days, as in the literature: x = distinct days − 1,
// t_x = last day − first day, T = as-of day − first day, and m = the net amount
// of the repeat days ÷ x, the whole first day excluded.
func (h *History) Facts(rules *Rules, asOfMicros int64) Facts {
	sum := h.sum(rules)
	return sum.facts(rules, asOfMicros)
}

func (s *Sealed) facts(rules *Rules, asOfMicros int64) Facts {
	f := Facts{
		Orders:       s.Orders,
		PurchaseDays: s.Days,
		RevenueMinor: s.AmountMinor - s.LateRefundMinor,
		MarginMinor:  s.MarginMinor - s.LateRefundMarginMinor,
		MarginRatio:  rules.Margins.DefaultRatio(),
	}
	if f.RevenueMinor > 0 {
		f.MarginRatio = float64(f.MarginMinor) / float64(f.RevenueMinor)
	}
	if s.Days == 0 {
		return f
	}
	f.Frequency = s.Days - 1
	f.RecencyDays = int(s.LastDay - s.FirstDay)
	f.AgeDays = max(f.RecencyDays, int(rules.Calendar.Day(asOfMicros)-s.FirstDay))
	if f.Frequency > 0 {
		f.RepeatMeanMinor = float64(s.AmountMinor-s.FirstDayMinor) / float64(f.Frequency)
	}
	return f
}

// sum is the sealed sums as they would be if the whole ledger were sealed now.
func (h *History) sum(rules *Rules) Sealed {
	sum, from := h.memo.sum, h.memo.entries
	if from == 0 {
		sum = h.Sealed
		sum.OrderHashes = nil
	}
	if from < len(h.Orders) {
		for i := from; i < len(h.Orders); i++ {
			sum.addEntry(&h.Orders[i], rules)
		}
		h.memo = memo{entries: len(h.Orders), sum: sum}
	}
	return sum
}

// addEntry adds what a ledger entry comes to.
func (s *Sealed) addEntry(o *Order, rules *Rules) {
	switch {
	case o.Placed:
		out := o.outcome(rules)
		s.add(o, out)
		s.LateRefundMinor += out.lateRefundMinor
		s.LateRefundMarginMinor += out.lateMarginMinor
	case o.SealedBefore:
		for r := range counting(o.Refunds, anyDay, rules.LatenessDays) {
			s.addLate(r)
		}
	}
}

// status derives how the customer stands: a confirmed churn holds until it is
// reverted or an order that stands comes after it.
func (h *History) status(sum *Sealed) Status {
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
	negative := amount < 0
	if negative {
		amount = -amount
	}
	hi, lo := bits.Mul64(uint64(amount), uint64(part))
	lo, carry := bits.Add64(lo, uint64(whole)/2, 0)
	quotient, _ := bits.Div64(hi+carry, lo, uint64(whole))
	if negative {
		return -int64(quotient)
	}
	return int64(quotient)
}
