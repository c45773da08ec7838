package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/clvstream/clvstream/clv/model"
)

// mostBin is the count from which customers share a bin, as in the literature.
const mostBin = 7

// repeats is how many customers made n repeat purchases by the split, and how
// many the model expects of new customers observed as long: ΣP(X(T) = n).
func (s *subject) repeats() (counted, expected []float64) {
	counted, expected = make([]float64, mostBin+1), make([]float64, mostBin+1)
	for x, n := range s.totals.byOrders {
		counted[min(x, mostBin)] += float64(n)
	}
	rest := float64(s.totals.customers)
	for n := range mostBin {
		for ageDays, customers := range s.totals.byAge {
			expected[n] += float64(customers) * s.purchases.OrdersPMF(n, model.UnitDay.Span(float64(ageDays)))
		}
		rest -= expected[n]
	}
	expected[mostBin] = math.Max(0, rest)
	return counted, expected
}

func binName(n int) string {
	if n == mostBin {
		return strconv.Itoa(n) + "+"
	}
	return strconv.Itoa(n)
}

// calibration compares how often customers came back with what the model expects.
func (s *subject) calibration() (figure, error) {
	counted, expected := s.repeats()
	f := figure{
		ID: "calibration", Title: "Repeat purchases per customer",
		Lead: fmt.Sprintf("Repeat purchase days of %s up to %s, beside what the model expects of as many new customers observed for as long. "+
			"Bars of equal height are a good fit. This is the fit to known data; the holdout below shows how well the model predicts.",
			quantity(float64(s.totals.customers), "customer"), s.Split),
		Head: []string{"repeat purchase days", "customers", "expected", "difference"},
	}
	highest := float64(fewest)
	for n := range counted {
		highest = math.Max(highest, math.Max(counted[n], expected[n]))
	}
	c := newCanvas(f.ID, f.Title, f.Lead, width, 380)
	area := newFrame(c, highest)
	hatch := c.hatching()
	area.yAxis("customers", compact)
	slot := (area.right - area.left) / float64(len(counted))
	bar := slot * .44
	for n := range counted {
		x := area.left + (float64(n)+.5)*slot
		for i, v := range []float64{counted[n], expected[n]} {
			class, fill, name := "bar-actual", "", actual.name
			if i == 1 {
				class, fill, name = "bar-model", hatch, modeled.name
			}
			y := area.y.at(v)
			left := x + float64(i-1)*bar
			area.rect(class, fill, left, y, bar, area.bottom-y, fmt.Sprintf("%s repeat purchase days, %s: %s", binName(n), name, grouped(v)))
			area.text("value", middle, left+bar/2, y-5, compact(math.Round(v)))
		}
		area.text("tick", middle, x, area.bottom+18, binName(n))
		f.Rows = append(f.Rows, []string{binName(n), grouped(counted[n]), grouped(expected[n]), grouped(expected[n] - counted[n])})
	}
	area.xTitle("repeat purchase days")
	area.barLegend(hatch)
	var err error
	f.SVG, err = c.end()
	return f, err
}
