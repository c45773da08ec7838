package report

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
)

// scale maps values to coordinates; from may be above to.
type scale struct{ low, high, from, to float64 }

func (s scale) at(v float64) float64 {
	if s.high == s.low {
		return s.from
	}
	return s.from + (v-s.low)/(s.high-s.low)*(s.to-s.from)
}

// niceStep is the smallest of 1, 2 or 5 times a power of ten that is not below v.
func niceStep(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= v*(1-1e-9) {
			return factor * power
		}
	}
	return 10 * power
}

// ticks are round values from 0 that cover high in at most `most` steps.
func ticks(high float64, most int) []float64 {
	step := niceStep(high / float64(most))
	values := []float64{0}
	for i := 1; values[i-1] < high*(1-1e-9); i++ {
		values = append(values, float64(i)*step)
	}
	return values
}

// frame is the area of a drawing that data are drawn in.
type frame struct {
	*canvas
	left, top, right, bottom float64
	x, y                     scale
}

// newFrame leaves room for axes. Values of y run from 0 to at least high.
func newFrame(c *canvas, high float64) *frame {
	f := &frame{canvas: c, left: 72, top: 48, right: c.width - 28, bottom: c.height - 46}
	f.y = scale{0, math.Max(high, 1e-9), f.bottom, f.top}
	f.x = scale{0, 1, f.left, f.right}
	return f
}

// yAxis draws lines across at round values, and the axis's title above it.
func (f *frame) yAxis(title string, shown func(float64) string) {
	marks := ticks(f.y.high, 5)
	f.y.high = marks[len(marks)-1]
	for _, v := range marks {
		class := "grid"
		if v == 0 {
			class = "axis"
		}
		f.line(class, f.left, f.y.at(v), f.right, f.y.at(v))
		f.text("tick", end, f.left-8, f.y.at(v)+4, shown(v))
	}
	f.upright("axis-title", 14, (f.top+f.bottom)/2, title)
}

// xTick writes a label below the axis.
func (f *frame) xTick(x float64, label string) {
	f.line("axis", x, f.bottom, x, f.bottom+4)
	f.text("tick", middle, x, f.bottom+18, label)
}

func (f *frame) xTitle(title string) {
	f.text("axis-title", middle, (f.left+f.right)/2, f.height-8, title)
}

// dayAxis writes dates below the axis, at the beginnings of months.
func (f *frame) dayAxis(first, last calendar.Day) {
	f.x.low, f.x.high = float64(first), float64(last)
	const most = 8
	every := 1
	for _, months := range []int{1, 2, 3, 6, 12, 24, 60, 120, 600, 6000} {
		every = months
		if float64(last-first)/30.4/float64(months) <= most {
			break
		}
	}
	date := first.Date()
	month := int(date.Month()) - 1
	if every < 12 {
		month -= month % every
	} else {
		month = 0
	}
	for at := time.Date(date.Year(), time.Month(month+1), 1, 0, 0, 0, 0, time.UTC); ; at = at.AddDate(0, every, 0) {
		x := float64(calendar.NewCalendar(nil).Day(at.UnixMicro()))
		if x > f.x.high {
			return
		}
		if x >= f.x.low {
			f.xTick(f.x.at(x), at.Format("Jan 2006"))
		}
	}
}

// grouped is a whole number with its thousands set apart.
func grouped(v float64) string {
	text := strconv.FormatFloat(math.Round(math.Abs(v)), 'f', 0, 64)
	var b strings.Builder
	if v < 0 && text != "0" {
		b.WriteByte('-')
	}
	for i, digit := range text {
		if i > 0 && (len(text)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// plain is a figure with at most three significant digits, or whole and grouped.
func plain(v float64) string {
	size := math.Abs(v)
	switch {
	case v == 0:
		return "0"
	case size < 1e-3 || size >= 1e15:
		return strconv.FormatFloat(v, 'g', 2, 64)
	case size >= 100:
		return grouped(v)
	}
	decimals := max(0, 2-int(math.Floor(math.Log10(size))))
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// compact is a count that fits above a bar and beside an axis.
func compact(v float64) string {
	for _, size := range []struct {
		least float64
		name  string
	}{{1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if v >= size.least {
			power := math.Pow(1000, math.Floor(math.Log10(v)/3))
			return plain(v/power) + size.name
		}
	}
	return plain(v)
}

// percent is a share.
func percent(share float64) string {
	if share > 0 && share < 0.001 {
		return "<\u00a00.1\u00a0%"
	}
	return strconv.FormatFloat(math.Round(share*1000)/10, 'f', -1, 64) + "\u00a0%" // never broken apart
}
