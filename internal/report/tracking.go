package report

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/fit"
)

const daysPerWeek = 7

// course is repeat purchases by the end of each week.
type course struct{ counted, expected []float64 }

// follow asks for the course alone, of which the scores of the days held out
// have the same.
func (s *subject) follow() course {
	c := course{counted: s.Holdout.Course.Actual(), expected: s.scores.model.Cumulative}
	if !s.held() {
		none := s.Holdout
		none.Customers = func(func(fit.Held) bool) {}
		c.expected = none.Score(fit.Predictor{Name: s.File.Model, NewOrders: s.purchases.MeanOrders}).Cumulative
	}
	return c
}

// weekly is the course week by week.
func (s *subject) weekly() (figure, error) {
	f := figure{
		ID: "weekly", Title: "Repeat purchases week by week",
		Lead: "Seasons and campaigns show as deviations from the smooth line of the model, which has neither. " +
			"What matters is whether the deviations are balanced" + s.afterSplit() + ".",
	}
	return s.drawCourse(f, "repeat purchase days a week", perWeek(s.course.counted), perWeek(s.course.expected))
}

// cumulative is the course summed up.
func (s *subject) cumulative() (figure, error) {
	f := figure{
		ID: "cumulative", Title: "Cumulative repeat purchases",
		Lead: "The same, cumulative since the first day: the distance between the lines is the model's total error" + s.afterSplit() + ".",
	}
	counted, expected := s.course.counted, s.course.expected
	if n := len(counted); n > 0 && counted[n-1] > 0 {
		f.Lead += fmt.Sprintf(" By the last week it expects %s, and %s happened: %s.", grouped(expected[n-1]), grouped(counted[n-1]), off(expected[n-1], counted[n-1]))
	}
	return s.drawCourse(f, "repeat purchase days since the start", s.course.counted, s.course.expected)
}

func (s *subject) afterSplit() string {
	if s.held() {
		return fmt.Sprintf(", above all after %s, the last day known to the model", s.Split)
	}
	return ""
}

// off says by how much an expectation misses.
func off(expected, counted float64) string {
	share := expected/counted - 1
	if math.Abs(share) < .0005 {
		return "no difference"
	}
	word := "too many"
	if share < 0 {
		word = "too few"
	}
	return percent(math.Abs(share)) + " " + word
}

func perWeek(sums []float64) []float64 {
	weeks := make([]float64, len(sums))
	before := 0.0
	for i, sum := range sums {
		weeks[i], before = sum-before, sum
	}
	return weeks
}

// mostCourseRows bounds the table behind a course.
const mostCourseRows = 160

func (s *subject) drawCourse(f figure, title string, counted, expected []float64) (figure, error) {
	if len(counted) == 0 {
		return figure{}, nil // less than a week: nothing to draw
	}
	highest := 0.0
	days := make([]float64, len(counted))
	for i := range counted {
		highest = math.Max(highest, math.Max(counted[i], expected[i]))
		days[i] = float64(s.Survey.First) + float64((i+1)*daysPerWeek-1)
	}
	c := newCanvas(f.ID, f.Title, f.Lead, width, 380)
	area := newFrame(c, highest)
	area.yAxis(title, compact)
	area.dayAxis(s.Survey.First, s.Until)
	if s.held() {
		area.split(s.Split)
	}
	area.curve(actual, days, counted, nil)
	area.curve(modeled, days, expected, nil)
	area.legend(false, actual, modeled)
	f.Head = []string{"week to", actual.name, modeled.name}
	every := 1 + len(days)/mostCourseRows
	for i := range days {
		if (i+1)%every == 0 {
			f.Rows = append(f.Rows, []string{calendar.Day(days[i]).String(), grouped(counted[i]), plain(expected[i])})
		}
	}
	var err error
	f.SVG, err = c.end()
	return f, err
}

// split draws the border between what the model knows and what is held out.
func (f *frame) split(day calendar.Day) {
	x := f.x.at(float64(day))
	f.line("split", x, f.top-18, x, f.bottom)
	known := "known to the model"
	if x < 150 {
		known = "known" // there is no more room
	}
	f.text("note", end, x-6, f.top-8, known)
	if f.width-x > 70 {
		f.text("note", start, x+6, f.top-8, "held out")
	}
}
