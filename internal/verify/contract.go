package verify

import (
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// contract is which of a customer's purchase days paid for a period, and how many days
// after the first of them the next payment is due. A day that comes more than a quarter of
// the period before it is due is none. Without a contract there are none.
func contract(days []calendar.Day, period history.Period) (renewals []calendar.Day, dueDays int) {
	if period == (history.Period{}) {
		return nil, 0
	}
	var due calendar.Day
	for i, day := range days {
		if i > 0 && float64(due-day) > period.MeanDays()/4 {
			continue
		}
		renewals = append(renewals, day)
		due = periodAfter(day, period)
	}
	if len(days) > 0 {
		dueDays = int(due - days[0])
	}
	return renewals, dueDays
}

// periodAfter is the same day of the month so many months on, or the last there is.
func periodAfter(day calendar.Day, period history.Period) calendar.Day {
	if period.Months == 0 {
		return day + calendar.Day(period.Days)
	}
	at := day.Date()
	for date := at.Day(); ; date-- {
		later := time.Date(at.Year(), at.Month()+time.Month(period.Months), date, 0, 0, 0, 0, time.UTC)
		if later.Day() == date {
			return calendar.Day(later.Unix() / (24 * 60 * 60))
		}
	}
}

// contractOfSealed is what is stored of the contract of the days before one.
func (r *recomputed) contractOfSealed(before calendar.Day, period history.Period) (c history.Contract) {
	var days []calendar.Day
	for _, day := range r.days {
		if day < before {
			days = append(days, day)
		}
	}
	renewals, _ := contract(days, period)
	if n := len(renewals); n > 0 {
		c = history.Contract{Period: period, Days: len(days), Renewals: n, Before: renewals[max(0, n-2)], Last: renewals[n-1]}
	}
	return c
}

// guessed says whether the contract of a stored history is not known whole: its first days
// were sealed under another model.
func guessed(h *history.History, period history.Period) bool {
	c := &h.Sealed.Contract
	return period != (history.Period{}) && h.Sealed.Days > 0 && (c.Period != period || c.Days != h.Sealed.Days || c.Guessed)
}
