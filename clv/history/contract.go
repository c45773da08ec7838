package history

import (
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
)

// Period is the length of a contract's period: calendar months, or days. The zero
// Period is no contract.
type Period struct {
	Months int // a month after the 31st is the last day of a shorter month
	Days   int // used where Months is 0
}

// After is the day a period after a day.
func (p Period) After(day calendar.Day) calendar.Day {
	if p.Months > 0 {
		return day.AddMonths(p.Months)
	}
	return day + calendar.Day(p.Days)
}

// MeanDays is the period's mean length, ≥ 0.
func (p Period) MeanDays() float64 {
	const daysPerMonth = 365.25 / 12
	if p.Months > 0 {
		return float64(p.Months) * daysPerMonth
	}
	return float64(p.Days)
}

// earlyShare is by which share of a period a renewal may be paid before it is due: a
// week of a month, a day of a week. What comes sooner is an extra order.
const earlyShare = 0.25

// Contract is where the sealed days of a customer have brought their contract: each
// purchase day that is not before the renewal is due, but for earlyShare, is a renewal,
// and the next one is due a period after it.
//
//	renewal ────────────────┬ early ┬──────────────► day
//	          extra orders          │ due   renewals
type Contract struct {
	Period   Period       // by which it was counted
	Days     int          // purchase days that it counts; fewer than Sealed.Days: it is out of date
	Renewals int          // the first payment included
	Before   calendar.Day // of the renewal before the last one; Last if there is none
	Last     calendar.Day // renewal
	Guessed  bool         // begun in the middle: the days before were sealed under another model
}

// counts says whether the contract is that of all purchase days of the sums.
func (s *Sealed) counts(period Period) bool {
	return s.Contract.Period == period && s.Contract.Days == s.Days
}

// renew takes a purchase day into the contract that was added to the sums.
func (s *Sealed) renew(day calendar.Day, period Period) {
	c := &s.Contract
	switch {
	case s.Days == 1:
		*c = Contract{Period: period, Days: 1, Renewals: 1, Before: day, Last: day}
	case s.counts(period): // another order of the day
	case c.Period == period && c.Days == s.Days-1:
		c.Days++
		if early := calendar.Day(period.MeanDays() * earlyShare); day >= period.After(c.Last)-early {
			c.Renewals, c.Before, c.Last = c.Renewals+1, c.Last, day
		}
	default:
		*c = s.guess(period)
	}
}

// guess is the contract of sums whose days are not known one by one: renewed in time,
// as often as there are days for it.
func (s *Sealed) guess(period Period) Contract {
	passed := math.Round(float64(s.LastDay-s.FirstDay) / math.Max(1, period.MeanDays()))
	c := Contract{Period: period, Days: s.Days, Renewals: min(s.Days, int(passed)+1), Last: s.LastDay, Before: s.LastDay, Guessed: true}
	if c.Renewals > 1 {
		c.Before = max(s.FirstDay, s.LastDay-calendar.Day(period.MeanDays()))
	}
	return c
}

// contract is that of the sums under the rules.
func (s *Sealed) contract(period Period) Contract {
	if s.counts(period) {
		return s.Contract
	}
	return s.guess(period)
}

// ContractBefore completes facts of the purchase days before the last one: where the
// contract stood when the last one came.
func (s *Sealed) ContractBefore(f *Facts, rules *Rules) {
	if rules.Contract == (Period{}) || s.Days < 2 {
		return
	}
	c := s.contract(rules.Contract)
	if c.Last == s.LastDay {
		c.Renewals, c.Last = c.Renewals-1, c.Before
	}
	f.setContract(s, &c)
}

func (f *Facts) setContract(s *Sealed, c *Contract) {
	f.Renewals, f.DueDays = c.Renewals, int(c.Period.After(c.Last)-s.FirstDay)
}
