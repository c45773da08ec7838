package calibrate

import (
	"fmt"
	"iter"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// End is the day to which customers were observed.
func (p *Population) End() calendar.Day { return min(p.window.Split, max(p.last, p.first)) }

// First and Last are the days of the first and the last event that counted.
func (p *Population) First() calendar.Day { return p.first }

// Last is the day of the last event that counted.
func (p *Population) Last() calendar.Day { return p.last }

// Amounts says whether orders had amounts.
func (p *Population) Amounts() bool { return p.amounts }

// Refused is how many events their customers' histories did not take, as the
// live path would not: they amend orders more than the lateness after them.
func (p *Population) Refused() int { return p.refused }

// Customers is how many bought by the end of what is known.
func (p *Population) Customers() int {
	n := 0
	for range p.known() {
		n++
	}
	return n
}

// known are the numbers of the customers who bought, and what they did.
func (p *Population) known() iter.Seq2[uint32, *tally] {
	return func(yield func(uint32, *tally) bool) {
		for number := range uint32(p.tallies.length) {
			if t := p.tallies.at(number); t.days > 0 && !yield(number, t) {
				return
			}
		}
	}
}

func days(n calendar.Day) model.Span { return model.UnitDay.Span(float64(n)) }

// summary is the literature's (x, t_x, T).
func (p *Population) summary(t *tally, end calendar.Day) (model.Summary, error) {
	s, err := model.NewSummary(int(t.days-1), days(t.last-t.first), days(end-t.first))
	if err != nil {
		return s, fmt.Errorf("summarise a customer: %w", err)
	}
	return s, nil
}

// mean is m, in minor units.
func (t *tally) mean() float64 {
	if t.days < 2 {
		return 0
	}
	return float64(t.totalMinor-t.firstMinor) / float64(t.days-1)
}

// Sample merges the customers' summaries into distinct rows, and what the
// repeaters spent, in major units of the currency; spend is nil without amounts.
func (p *Population) Sample(unit model.TimeUnit, currency money.Currency) (*fit.Sample, *fit.SpendSample, error) {
	sample, end, perMajor := fit.NewSample(unit), p.End(), minorPerMajor(currency)
	var spend *fit.SpendSample
	if p.amounts {
		spend = fit.NewSpendSample()
	}
	for _, t := range p.known() {
		s, err := p.summary(t, end)
		if err != nil {
			return nil, nil, err
		}
		if err := sample.Add(s, 1); err != nil {
			return nil, nil, err
		}
		if spend != nil {
			spend.Add(s.Frequency(), t.mean()/perMajor)
		}
	}
	return sample, spend, nil
}

func minorPerMajor(currency money.Currency) float64 {
	perMajor := 1.0
	for range currency.Exponent() {
		perMajor *= 10
	}
	return perMajor
}

// Holdout is the customers known at the split and what they did after it.
func (p *Population) Holdout(currency money.Currency) fit.Holdout {
	perMajor := minorPerMajor(currency)
	return fit.Holdout{
		Length: days(p.window.length()),
		Money:  p.amounts,
		Course: p.courseByDay(),
		Customers: func(yield func(fit.Held) bool) {
			for number, t := range p.known() {
				s, err := p.summary(t, p.window.Split)
				if err != nil {
					continue // it was made once for the sample
				}
				h := p.holdouts.at(number)
				held := fit.Held{
					Summary: s, MeanSpend: t.mean() / perMajor,
					RecentOrders: int(h.recentDays), RecentRevenue: float64(h.recentMinor) / perMajor,
					Orders: int(h.days), Revenue: float64(h.minor) / perMajor,
				}
				if !yield(held) {
					return
				}
			}
		},
	}
}

// courseByDay lays births and repeats out from the first day to the last.
func (p *Population) courseByDay() fit.Course {
	length := int(p.window.Until-p.first) + 1
	c := fit.Course{Births: make([]int, length), Repeats: make([]int, length)}
	for day, n := range p.course.births {
		c.Births[day-p.first] += n
	}
	for day, n := range p.course.repeats {
		c.Repeats[day-p.first] += n
	}
	return c
}
