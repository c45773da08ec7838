package calibrate

import (
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
)

// tally is what is held of every customer: their purchase days up to the split.
type tally struct {
	first, last calendar.Day
	days        int32
	way         way
	firstMinor  int64 // net amount of the first day
	totalMinor  int64 // of all days
}

// way is how a customer's events are counted.
type way uint8

const (
	plainly   way = iota // order by order, as they come
	byDays               // their days came out of order: collected and sorted first
	byHistory            // their orders were amended: folded as on the live path
)

// holdout is what is held beside, where there is a holdout.
type holdout struct {
	last        calendar.Day
	days        int32 // purchase days after the split
	recentDays  int32 // in the last period before the split
	minor       int64
	recentMinor int64
}

// placed counts an order and says whether that was possible: it is not when a
// day comes that may or may not have been counted before.
func (p *Population) placed(number uint32, day calendar.Day, amountMinor int64) bool {
	t := p.tallies.at(number)
	switch {
	case day > p.window.Split:
		return p.placedLater(number, t, day, amountMinor)
	case p.holds() && p.holdouts.at(number).days > 0:
		return false
	case t.days == 0:
		*t = tally{first: day, last: day, days: 1, firstMinor: amountMinor, totalMinor: amountMinor}
		p.course.birth(day, 1)
	case day < t.first:
		p.course.birth(t.first, -1)
		p.course.repeat(t.first, 1)
		p.course.birth(day, 1)
		t.first, t.firstMinor = day, amountMinor
		t.days++
		t.totalMinor = addMinor(t.totalMinor, amountMinor)
	case day > t.last:
		t.last = day
		t.days++
		t.totalMinor = addMinor(t.totalMinor, amountMinor)
		p.course.repeat(day, 1)
	case day == t.first:
		t.firstMinor = addMinor(t.firstMinor, amountMinor)
		t.totalMinor = addMinor(t.totalMinor, amountMinor)
		p.placedRecently(number, day, amountMinor, false)
		return true
	case day == t.last:
		t.totalMinor = addMinor(t.totalMinor, amountMinor)
		p.placedRecently(number, day, amountMinor, false)
		return true
	default:
		return false
	}
	p.placedRecently(number, day, amountMinor, true)
	return true
}

// placedRecently counts what falls within the last period before the split.
func (p *Population) placedRecently(number uint32, day calendar.Day, amountMinor int64, newDay bool) {
	if !p.holds() || day <= p.window.recentAfter() {
		return
	}
	h := p.holdouts.at(number)
	if newDay {
		h.recentDays++
	}
	h.recentMinor = addMinor(h.recentMinor, amountMinor)
}

// placedLater counts an order of the holdout. Who has none before it is a
// customer that no model knows, and does not count.
func (p *Population) placedLater(number uint32, t *tally, day calendar.Day, amountMinor int64) bool {
	h := p.holdouts.at(number)
	switch {
	case h.days == 0 || day > h.last:
		h.last = day
		h.days++
		if t.days > 0 {
			p.course.repeat(day, 1)
		}
	case day < h.last:
		return false
	}
	h.minor = addMinor(h.minor, amountMinor)
	return true
}

// addMinor adds amounts and stays at the largest where 64 bits do not hold the
// sum: a file may say anything.
func addMinor(a, b int64) int64 {
	if sum := a + b; sum >= a {
		return sum
	}
	return math.MaxInt64
}

// course counts births and repeats by day; nil if not needed.
type course struct{ births, repeats map[calendar.Day]int }

func (c *course) birth(day calendar.Day, n int) {
	if c != nil {
		c.births[day] += n
	}
}

func (c *course) repeat(day calendar.Day, n int) {
	if c != nil {
		c.repeats[day] += n
	}
}
