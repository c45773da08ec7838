package clv

import "slices"

// MonthSum is what one calendar month of a customer comes to. A refund that came
// more than the lateness after its order takes its money from its own month.
type MonthSum struct {
	Month       Month
	Orders      int   // that stand, by the day of their winning version
	AmountMinor int64 // net of them, less late refunds; may be negative
}

// sealMonth keeps sealed days' sums by month. They stand apart from Sealed, which
// every valuation copies.
func (h *History) sealMonth(day Day, orders int, amountMinor int64) {
	h.SealedMonths = addMonth(h.SealedMonths, 0, MonthSum{day.Month(), orders, amountMinor})
}

// addMonth adds to the months of a slice from an index on, which ascend. A month
// of nothing is not kept.
func addMonth(months []MonthSum, from int, sum MonthSum) []MonthSum {
	if sum.Orders == 0 && sum.AmountMinor == 0 {
		return months
	}
	at := len(months)
	for at > from && months[at-1].Month > sum.Month { // days come nearly in order
		at--
	}
	if at > from && months[at-1].Month == sum.Month {
		months[at-1].Orders += sum.Orders
		months[at-1].AmountMinor += sum.AmountMinor
		return months
	}
	if at == len(months) {
		return append(months, sum)
	}
	return slices.Insert(months, at, sum)
}

// Months appends the customer's calendar months with something in them,
// ascending: what is sealed, and the ledger as it stands.
func (h *History) Months(dst []MonthSum, rules *Rules) []MonthSum {
	from := len(dst)
	dst = append(dst, h.SealedMonths...)
	var in monthSpan
	for i := range h.Orders {
		o := &h.Orders[i]
		switch {
		case o.Placed:
			out := o.outcome(rules)
			if !out.stands {
				continue
			}
			dst = addMonth(dst, from, MonthSum{in.month(o.Day), 1, out.netMinor})
			if out.lateRefundMinor != 0 {
				dst = o.lateMonths(dst, from, o.FirstDay-rules.LatenessDays, rules)
			}
		case o.SealedBefore:
			dst = o.lateMonths(dst, from, anyDay, rules)
		}
	}
	return dst
}

// lateMonths takes an order's late refunds from their months.
func (o *Order) lateMonths(dst []MonthSum, from int, since Day, rules *Rules) []MonthSum {
	for r := range counting(o.Refunds, since, rules.LatenessDays) {
		late := !r.Counted
		if o.Placed {
			late = r.Day > o.FirstDay+rules.LatenessDays
		}
		if late {
			dst = addMonth(dst, from, MonthSum{r.Day.Month(), 0, -r.AmountMinor})
		}
	}
	return dst
}

// monthSpan remembers the month of the day before: a ledger's days ascend.
type monthSpan struct {
	is          Month
	first, sure Day // it begins with, and lasts at least until before
}

func (s *monthSpan) month(day Day) Month {
	if day < s.first || day >= s.sure {
		s.is, s.first, s.sure = day.month()
	}
	return s.is
}
