package report

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

// told is a customer whose history is in the report.
type told struct {
	id       string
	kind     string // why this one
	purchase []calendar.Day
	facts    history.Facts
	now      model.Prediction
	events   []history.Event
}

// known folds the sampled customers' events as the live path does, up to the
// end, and keeps those who had bought by the split.
func (s *subject) known() []*told {
	var all []*told
	for _, c := range s.Survey.customers() {
		slices.SortStableFunc(c.events, func(a, b history.Event) int { return cmp.Compare(a.AtMicros, b.AtMicros) })
		t := &told{id: c.id, events: c.events}
		var h history.History
		for i := range t.events {
			day := s.Rules.Calendar.Day(t.events[i].AtMicros)
			if day > s.Until {
				break
			}
			t.fold(&h, &t.events[i], day, s.Rules)
		}
		if t.facts = h.Facts(s.Rules, s.noon(s.Until, &h)); t.facts.PurchaseDays == 0 || s.first(t) > s.Split {
			continue
		}
		t.now = s.model.Predict(t.facts)
		all = append(all, t)
	}
	return all
}

// fold takes an event; a day on which it adds a purchase day is a purchase's.
func (t *told) fold(h *history.History, e *history.Event, day calendar.Day, rules *history.Rules) {
	before := h.Facts(rules, e.AtMicros).PurchaseDays
	if _, refused := h.Fold(e, rules); refused != nil {
		return // as the live path would
	}
	if h.Facts(rules, max(e.AtMicros, h.LatestMicros)).PurchaseDays > before {
		t.purchase = append(t.purchase, day)
	}
}

// first is the first purchase day that stands.
func (s *subject) first(t *told) calendar.Day { return s.Until - calendar.Day(t.facts.AgeDays) }

// noon is an instant of a day, not before the history's latest event.
func (s *subject) noon(day calendar.Day, h *history.History) int64 {
	date := day.Date()
	at := time.Date(date.Year(), date.Month(), date.Day(), 12, 0, 0, 0, s.Rules.Calendar.Location())
	return max(at.UnixMicro(), h.LatestMicros)
}

// kinds are the customers that a shop knows, each with what makes one a good
// example; the highest is shown.
var kinds = []struct {
	name string
	fits func(t *told) float64 // 0: not at all
}{
	{"bought most often", func(t *told) float64 { return float64(t.facts.Frequency) }},
	{"frequent and active", func(t *told) float64 { return regular(t) * t.now.PAlive }},
	{"frequent, now silent", func(t *told) float64 { return regular(t) * (1 - t.now.PAlive) }},
	{"uncertain", func(t *told) float64 {
		return math.Min(1, float64(t.facts.Frequency)) * (.5 - math.Abs(t.now.PAlive-.5))
	}},
	{"bought twice", func(t *told) float64 {
		if t.facts.Frequency != 1 {
			return 0
		}
		return 1 + float64(min(t.facts.RecencyDays, t.facts.AgeDays-t.facts.RecencyDays)) // gap and silence both to be seen
	}},
	{"bought once", func(t *told) float64 {
		if t.facts.Frequency > 0 {
			return 0
		}
		return float64(t.facts.AgeDays) + 1
	}},
}

// regular is how good an example of a regular customer one is: a handful of
// purchases is.
func regular(t *told) float64 {
	if t.facts.Frequency < 3 {
		return 0
	}
	return 1 + math.Min(10, float64(t.facts.Frequency))/10
}

// choose picks an example of each kind, then fills up with whoever bought most
// often.
func (s *subject) choose() []*told {
	left := s.known()
	var chosen []*told
	take := func(kind string, fits func(*told) float64) {
		if len(left) == 0 {
			return
		}
		best := slices.MaxFunc(left, func(a, b *told) int { return cmp.Or(cmp.Compare(fits(a), fits(b)), cmp.Compare(b.id, a.id)) })
		if fits(best) <= 0 {
			return
		}
		best.kind = kind
		chosen = append(chosen, best)
		left = slices.DeleteFunc(left, func(t *told) bool { return t == best })
	}
	for _, k := range kinds {
		take(k.name, k.fits)
	}
	for len(chosen) < s.Histories && len(left) > 0 {
		take("another customer", func(t *told) float64 { return 1 + float64(t.facts.Frequency) })
	}
	return chosen[:min(len(chosen), s.Histories)]
}

// moment is P(alive) on a day.
type moment struct {
	day   calendar.Day
	alive float64
}

// mostMoments bounds how finely a history is drawn; the days of purchases and
// the days before them are always there.
const mostMoments = 240

// course is P(alive) from the first purchase to the end, at each instant by what
// was known then.
func (s *subject) aliveOver(t *told) []moment {
	step := max(1, (s.Until-s.Survey.First)/mostMoments)
	var days []calendar.Day
	for day := s.first(t); day < s.Until; day += step {
		days = append(days, day)
	}
	days = append(days, s.Until)
	for _, day := range t.purchase {
		days = append(days, day-1, day)
	}
	slices.Sort(days)
	var over []moment
	var h history.History
	next := 0
	for _, day := range slices.Compact(days) {
		for ; next < len(t.events) && s.Rules.Calendar.Day(t.events[next].AtMicros) <= day; next++ {
			_, _ = h.Fold(&t.events[next], s.Rules) // refused by known, too
		}
		if facts := h.Facts(s.Rules, s.noon(day, &h)); facts.PurchaseDays > 0 {
			over = append(over, moment{day, s.model.Predict(facts).PAlive})
		}
	}
	return over
}

// perDrawing is how many histories share a drawing, so that paper can break
// between drawings.
const perDrawing = 6

// histories draws some customers' purchases and how sure the model was of them.
func (s *subject) histories() (figure, error) {
	f := figure{
		ID: "histories", Title: "Histories of some customers, with P(alive)",
		Lead: "Dots are purchases. The line is P(alive) as known on that day, from 0 at the bottom to 1 at the top. It falls with silence, faster for frequent buyers, and rises with a purchase.",
		Head: []string{"customer", "", "x", "t_x, days", "T, days", "P(alive)", "orders expected", "predicted value, " + s.File.Currency.String()},
	}
	if !s.entry.Attrition {
		f.Lead = "Dots are purchases. " + s.entry.Title + " has no dropout: P(alive) is always 1."
	}
	for part := range slices.Chunk(s.choose(), perDrawing) {
		for _, t := range part {
			f.Rows = append(f.Rows, s.historyRow(t))
		}
		drawn, err := s.drawHistories(&f, part)
		if err != nil {
			return f, err
		}
		f.SVG += drawn
	}
	return f, nil
}

func (s *subject) historyRow(t *told) []string {
	perMajor := math.Pow10(s.File.Currency.Exponent())
	value := t.now.PAlive * t.now.ValueIfAliveMinor / perMajor
	return []string{
		t.id, t.kind, strconv.Itoa(t.facts.Frequency), strconv.Itoa(t.facts.RecencyDays), strconv.Itoa(t.facts.AgeDays),
		precise(t.now.PAlive), precise(t.now.PAlive * t.now.OrdersIfAlive), strconv.FormatFloat(value, 'f', s.File.Currency.Exponent(), 64),
	}
}

// drawHistories draws customers below each other, over one axis of time.
func (s *subject) drawHistories(f *figure, part []*told) (template.HTML, error) {
	const rowHeight, gap = 62.0, 40.0
	id := f.ID
	if at := len(f.Rows); at > perDrawing {
		id += "-" + strconv.Itoa(at)
	}
	c := newCanvas(id+"-drawing", f.Title, f.Lead, width, 60+(rowHeight+gap)*float64(len(part)))
	area := newFrame(c, 1)
	area.left, area.right, area.top, area.bottom = 40, width-64, 30, c.height-26
	area.x = scale{float64(s.Survey.First), float64(s.Until), area.left, area.right}
	area.dayAxis(s.Survey.First, s.Until)
	if s.held() {
		area.split(s.Split)
	}
	for i, t := range part {
		top := area.top + float64(i)*(rowHeight+gap) + gap
		s.drawHistory(area, scale{0, 1, top + rowHeight, top}, t)
	}
	return c.end()
}

// drawHistory draws one customer in a row of their own.
func (s *subject) drawHistory(area *frame, row scale, t *told) {
	area.line("axis", area.left, row.from, area.right, row.from)
	area.line("grid", area.left, row.to, area.right, row.to)
	area.text("tick", end, area.left-6, row.from+4, "0")
	area.text("tick", end, area.left-6, row.to+4, "1")
	area.text("row-title", start, area.left, row.to-8, fmt.Sprintf("%s: %s, x = %d", clip(t.id), t.kind, t.facts.Frequency))
	over := s.aliveOver(t)
	points := make([]point, len(over))
	for i, m := range over {
		points[i] = point{area.x.at(float64(m.day)), row.at(m.alive)}
	}
	if len(points) > 0 {
		last := points[len(points)-1]
		ground := append(slices.Clone(points), point{last.x, row.from}, point{points[0].x, row.from})
		area.path("ground", ground)
		area.path("model-solid", points)
		area.text("value", start, area.right+6, last.y+4, percent(over[len(over)-1].alive))
	}
	for _, day := range t.purchase {
		area.dot("marker-actual", point{area.x.at(float64(day)), row.from}, 3.5, day.String())
	}
}

// clip keeps an id short enough for a drawing.
func clip(id string) string {
	const most = 24
	if letters := []rune(id); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return id
}
