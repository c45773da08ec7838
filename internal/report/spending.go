package report

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mathext"

	"github.com/clvstream/clvstream/clv/model"
)

// below is the share of customers with x repeat purchase days whose mean amount
// m is at most `most`, by Gamma-Gamma: xm/(γ+xm) ~ Beta(px, q).
func below(g model.GammaGammaParams, x int, most float64) float64 {
	if most <= 0 {
		return 0
	}
	sum := float64(x) * most
	return mathext.RegIncBeta(g.P*float64(x), g.Q, sum/(g.Gamma+sum))
}

// spendBelow is the share expected of the report's customers.
func (s *subject) spendBelow(most float64) float64 {
	share := 0.0
	for x, customers := range s.totals.spendByX {
		share += float64(customers) * below(s.spend, x, most)
	}
	return share / float64(s.totals.spenders)
}

const spendBins = 25

// spendBin is a width of bins that holds nearly all that the model expects.
func (s *subject) spendBin() float64 {
	const nearlyAll = .97
	most := s.spend.PopulationMean()
	for range 60 {
		if s.spendBelow(most) >= nearlyAll {
			break
		}
		most *= 1.2
	}
	return niceStep(most / spendBins)
}

// spending compares mean amounts with Gamma-Gamma.
func (s *subject) spending() (figure, error) {
	bin := s.spendBin()
	counted, expected := make([]float64, spendBins+1), make([]float64, spendBins+1)
	for c := range s.Holdout.Customers {
		if c.Summary.Frequency() > 0 && c.MeanSpend > 0 {
			counted[int(math.Min(c.MeanSpend/bin, spendBins))]++
		}
	}
	spenders, passed := float64(s.totals.spenders), 0.0
	for i := range spendBins {
		upTo := s.spendBelow(bin * float64(i+1))
		expected[i], passed = (upTo-passed)*spenders, upTo
	}
	expected[spendBins] = (1 - passed) * spenders
	currency := s.File.Currency.String()
	f := figure{
		ID: "spend", Title: "What customers spend",
		Lead: fmt.Sprintf("Mean amount of the repeat days of %s, beside what Gamma-Gamma expects of customers with as many. "+
			"They average %s %s; the model's mean of the population is %s %[3]s.", quantity(spenders, "customer"),
			plain(s.totals.spendSum/spenders), currency, plain(s.spend.PopulationMean())),
		Head: []string{"mean amount, " + currency, "customers", "expected"},
	}
	if s.totals.freeDays > 0 {
		f.Lead += fmt.Sprintf(" %s who paid nothing on all repeat days are left out: the model does not cover them.", grouped(float64(s.totals.freeDays)))
	}
	return s.drawSpending(f, bin, counted, expected)
}

func (s *subject) drawSpending(f figure, bin float64, counted, expected []float64) (figure, error) {
	highest := float64(fewest)
	for i := range counted {
		highest = math.Max(highest, math.Max(counted[i], expected[i]))
	}
	c := newCanvas(f.ID, f.Title, f.Lead, width, 380)
	area := newFrame(c, highest)
	area.yAxis("customers", compact)
	area.x = scale{0, float64(len(counted)), area.left, area.right}
	number := func(i int) string { return strconv.FormatFloat(bin*float64(i), 'f', -1, 64) }
	var mid []float64
	for i := range counted {
		name := number(i) + " to " + number(i+1)
		if i == spendBins {
			name = number(i) + " and more"
		}
		x := area.x.at(float64(i))
		y := area.y.at(counted[i])
		area.rect("bar-actual", "", x+1, y, area.x.at(float64(i+1))-x-2, area.bottom-y, fmt.Sprintf("%s: %s customers", name, grouped(counted[i])))
		if i%5 == 0 {
			label := number(i)
			if i == spendBins {
				label += "+"
			}
			area.xTick(x, label)
		}
		mid = append(mid, float64(i)+.5)
		f.Rows = append(f.Rows, []string{name, grouped(counted[i]), plain(expected[i])})
	}
	area.curve(series{class: "halo"}, mid, expected, nil) // parts the line from the bars
	area.curve(modeled, mid, expected, func(i int) string { return f.Rows[i][0] + ", expected: " + f.Rows[i][2] })
	area.xTitle("mean amount of the repeat days, " + s.File.Currency.String() + "; the last bar is all above")
	area.rect("bar-actual", "", area.left, 10, 22, 13, "")
	area.text("legend", start, area.left+29, 21, actual.name)
	area.line("model", area.left+150, 17, area.left+180, 17)
	area.marker(modeled, point{area.left + 165, 17}, "")
	area.text("legend", start, area.left+187, 21, "Gamma-Gamma")
	var err error
	f.SVG, err = c.end()
	return f, err
}
