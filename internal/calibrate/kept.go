package calibrate

import (
	"cmp"
	"math"
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// kept is the events of a customer who is not counted plainly.
type kept struct {
	orders []dayAmount
	events []history.Event
}

type dayAmount struct {
	day         calendar.Day
	amountMinor int64
}

func (p *Population) keep(number uint32, w way, day calendar.Day, e *history.Event) {
	k := p.kept[number]
	if k == nil {
		k = &kept{}
		p.kept[number] = k
	}
	if w == byDays {
		k.orders = append(k.orders, dayAmount{day, e.AmountMinor})
	} else {
		k.events = append(k.events, *e)
	}
}

// settle counts those whose events were kept.
func (p *Population) settle() {
	for number, k := range p.kept {
		if k.events != nil {
			p.fold(number, k.events)
			continue
		}
		slices.SortFunc(k.orders, func(a, b dayAmount) int { return cmp.Compare(a.day, b.day) })
		for _, o := range k.orders {
			p.placed(number, o.day, o.amountMinor) // in day order there is no doubt
		}
	}
	p.kept = nil
}

// fold takes a customer's events in the order of their times through the history
// that the live path keeps: a refund reduces its order, a version replaces the
// one before, a cancelled order is none. In that order nothing is too late but
// what amends an order more than the lateness after it.
func (p *Population) fold(number uint32, events []history.Event) {
	slices.SortStableFunc(events, func(a, b history.Event) int { return cmp.Compare(a.AtMicros, b.AtMicros) })
	var h history.History
	var f folded
	for i := range events {
		e := &events[i]
		day := p.rules.Calendar.Day(e.AtMicros)
		if _, refused := h.Fold(e, p.rules); refused != nil {
			p.refused++
			continue
		}
		if e.Kind == history.CustomerErased {
			f = folded{}
			continue
		}
		f.note(&p.window, day, h.Facts(p.rules, h.LatestMicros), h.LatestMicros)
	}
	p.take(number, &f)
}

// folded is a history as it stood at the ends of the window's parts.
type folded struct {
	recent, split, until history.Facts // before the last period, at the split, at the end
	splitMicros          int64         // of the latest event up to the split
	steps                []step
}

// step is by how many repeat purchase days an event of a day changed them.
type step struct {
	day     calendar.Day
	repeats int
}

func (f *folded) note(w *Window, day calendar.Day, facts history.Facts, latestMicros int64) {
	if w.holds() {
		if change := facts.Frequency - f.until.Frequency; change != 0 {
			f.steps = append(f.steps, step{day, change})
		}
		if day <= w.recentAfter() {
			f.recent = facts
		}
	}
	if day <= w.Split {
		f.split, f.splitMicros = facts, latestMicros
	}
	f.until = facts
}

// take fills in the tally of a history.
func (p *Population) take(number uint32, f *folded) {
	known := f.split
	if known.PurchaseDays == 0 {
		return
	}
	first := p.rules.Calendar.Day(f.splitMicros) - calendar.Day(known.AgeDays)
	*p.tallies.at(number) = tally{
		first: first, last: first + calendar.Day(known.RecencyDays), days: int32(known.PurchaseDays), way: byHistory,
		totalMinor: int64(math.Round(known.RepeatMeanMinor * float64(known.Frequency))),
	}
	if !p.holds() {
		return
	}
	*p.holdouts.at(number) = holdout{
		days: int32(max(0, f.until.PurchaseDays-known.PurchaseDays)), minor: f.until.RevenueMinor - known.RevenueMinor,
		recentDays: int32(max(0, known.PurchaseDays-f.recent.PurchaseDays)), recentMinor: known.RevenueMinor - f.recent.RevenueMinor,
	}
	p.course.birth(first, 1)
	for _, s := range f.steps {
		p.course.repeat(s.day, s.repeats)
	}
}
