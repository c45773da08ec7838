package history

import (
	"iter"
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
)

// MonthSum is what one calendar month of a customer comes to. A refund that came
// more than the lateness after its order takes its money from its own month.
type MonthSum struct {
	Month       calendar.Month
	Orders      int   // that stand, by the day of their winning version
	AmountMinor int64 // net of them, less late refunds; may be negative
	MarginMinor int64 // likewise
}

// sealMonth keeps sealed days' sums by month. They stand apart from Sealed, which
// every valuation copies.
func (h *History) sealMonth(day calendar.Day, orders int, amountMinor, marginMinor int64) {
	h.SealedMonths = addMonth(h.SealedMonths, 0, MonthSum{day.Month(), orders, amountMinor, marginMinor})
}

// addMonth adds to the months of a slice from an index on, which ascend. A month
// of nothing is not kept.
func addMonth(months []MonthSum, from int, sum MonthSum) []MonthSum {
	if sum == (MonthSum{Month: sum.Month}) {
		return months
	}
	at := len(months)
	for at > from && months[at-1].Month > sum.Month { // days come nearly in order
		at--
	}
	if at > from && months[at-1].Month == sum.Month {
		months[at-1].Orders += sum.Orders
		months[at-1].AmountMinor += sum.AmountMinor
		months[at-1].MarginMinor += sum.MarginMinor
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
		if o.Placed && o.untouched() { // nearly every one, and twice as fast
			dst = addMonth(dst, from, MonthSum{in.month(o.Day), 1, o.AmountMinor, o.MarginMinor})
			continue
		}
		for m := range o.Money(rules) {
			dst = addMonth(dst, from, MonthSum{in.month(m.Day), m.Orders, m.AmountMinor, m.MarginMinor})
		}
	}
	return dst
}

// DayMoney is money that an order brought on a day, or took.
type DayMoney struct {
	Day                      calendar.Day
	Orders                   int // that stand
	AmountMinor, MarginMinor int64
}

// Money yields what a ledger entry comes to: on its day the order, if it stands,
// less what counts against it; and its late refunds on theirs.
func (o *Order) Money(rules *Rules) iter.Seq[DayMoney] {
	return func(yield func(DayMoney) bool) {
		left := o.Worth
		switch {
		case o.Placed:
			out := o.outcome(rules)
			left = out.left
			if !out.stands || !yield(DayMoney{o.Day, 1, left.AmountMinor, left.MarginMinor}) || out.lateBackMinor == 0 {
				return
			}
		case !o.SealedBefore:
			return
		}
		for i := range o.Refunds {
			r := &o.Refunds[i]
			if !o.isLate(r, rules) {
				continue
			}
			amountMinor, marginMinor := left.takeBack(left.refund(r))
			if !yield(DayMoney{r.Day, 0, -amountMinor, -marginMinor}) {
				return
			}
		}
	}
}

// monthSpan remembers the month of the day before: a ledger's days ascend.
type monthSpan struct {
	is          calendar.Month
	first, sure calendar.Day // it begins with, and lasts at least until before
}

func (s *monthSpan) month(day calendar.Day) calendar.Month {
	if day < s.first || day >= s.sure {
		s.is, s.first, s.sure = day.MonthBounds()
	}
	return s.is
}
