package report

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/fit"
)

// scores are how well the model and others did on the days held out.
type scores struct {
	model, perfect fit.Score
	naive          []fit.Score
}

// score leaves revenue to backtest: here it would double the memory.
func (s *subject) score() (scores, error) {
	h := s.Holdout
	h.Money = false
	predictor, err := s.predictor()
	if err != nil {
		return scores{}, err
	}
	all := scores{
		model:   h.Score(predictor),
		perfect: h.Score(fit.Predictor{Name: "perfect", Orders: func(c *fit.Held) float64 { return float64(c.Orders) }}),
	}
	for _, p := range h.Naive() {
		all.naive = append(all.naive, h.Score(p))
	}
	return all, nil
}

// predictor is the live model with the days held out for a horizon: its tables
// take a tenth of the time of the analysts' integrals, for millions of customers.
func (s *subject) predictor() (fit.Predictor, error) {
	overHoldout := *s.File
	overHoldout.HorizonDays = float64(s.length())
	model, err := overHoldout.Build()
	if err != nil {
		return fit.Predictor{}, fmt.Errorf("report on %d days held out: %w", s.length(), err)
	}
	return fit.Predictor{Name: s.File.Model, NewOrders: s.purchases.MeanOrders, Orders: func(c *fit.Held) float64 {
		p := model.Predict(s.facts(c))
		return p.PAlive * p.OrdersIfAlive
	}}, nil
}

// length of the days held out.
func (s *subject) length() calendar.Day { return s.Until - s.Split }

// byFrequency is the literature's plot of conditional expectations.
func (s *subject) byFrequency() (figure, error) {
	score := s.scores.model
	f := figure{
		ID: "frequency", Title: "The holdout, by repeat purchases before",
		Lead: fmt.Sprintf("Mean purchase days of a customer in the %s %ss after %s. "+
			"A model that is right in total but wrong here misjudges frequent buyers against the others.", tenths(s.in(s.length())), s.unit(), s.Split),
		Head: []string{"x up to the split", "customers", "purchase days each", "expected each"},
	}
	highest := 0.0
	var xs, counted, expected []float64
	for i, b := range score.Bins {
		highest = math.Max(highest, math.Max(b.Actual, b.Predicted))
		xs, counted, expected = append(xs, float64(i)), append(counted, b.Actual), append(expected, b.Predicted)
		f.Rows = append(f.Rows, []string{frequencyName(b), grouped(float64(b.Customers)), precise(b.Actual), precise(b.Predicted)})
	}
	c := newCanvas(f.ID, f.Title, f.Lead, width, 380)
	area := newFrame(c, highest)
	area.yAxis("purchase days each, in the days held out", plain)
	area.x = scale{-.5, float64(len(xs)) - .5, area.left, area.right}
	for i, b := range score.Bins {
		area.text("tick", middle, area.x.at(float64(i)), area.bottom+18, frequencyName(b))
	}
	area.xTitle("x, repeat purchase days up to the split")
	tip := func(name string, of func(fit.Bin) float64) func(int) string {
		return func(i int) string {
			b := score.Bins[i]
			return fmt.Sprintf("x = %s (%s customers), %s: %s", frequencyName(b), grouped(float64(b.Customers)), name, plain(of(b)))
		}
	}
	area.curve(actual, xs, counted, tip(actual.name, func(b fit.Bin) float64 { return b.Actual }))
	area.curve(modeled, xs, expected, tip(modeled.name, func(b fit.Bin) float64 { return b.Predicted }))
	area.legend(true, actual, modeled)
	var err error
	f.SVG, err = c.end()
	return f, err
}

func frequencyName(b fit.Bin) string {
	if b.OrMore {
		return fmt.Sprintf("%d+", b.Frequency)
	}
	return fmt.Sprint(b.Frequency)
}

// naiveNames say what the naive forecasts do.
var naiveNames = map[string]string{
	fit.NaiveRate:       "own rate x/T",
	fit.NaiveLastPeriod: "last period repeated",
	fit.NaiveAverage:    "mean rate",
}

// gains is how much of what was held out the best customers brought.
func (s *subject) gains() (figure, error) {
	model, naive, perfect := s.scores.model, s.scores.naive, s.scores.perfect
	f := figure{
		ID: "gains", Title: "Ranking of the best customers",
		Lead: fmt.Sprintf("Customers ranked by expected purchases, best first, and their share of all purchases in the holdout. "+
			"The best fifth by the model made %s of them: %s times the share of a random fifth. ", percent(model.Orders.Gains[1]), plain(model.Orders.TopLift)) +
			"No model can be above the line of perfect foresight.",
		Head: []string{"forecast", "expected", "happened", "mean error", "mean absolute error", "root mean square error", "rank correlation", "lift of the best fifth"},
	}
	for _, score := range append([]fit.Score{model}, naive...) {
		name := score.Model
		if naiveNames[name] != "" {
			name = naiveNames[name]
		}
		a := score.Orders
		f.Rows = append(f.Rows, []string{name, grouped(a.Predicted), grouped(a.Actual), precise(a.Bias), precise(a.MAE), precise(a.RMSE), plain(a.RankCorrelation), plain(a.TopLift)})
	}
	c := newCanvas(f.ID, f.Title, f.Lead, width, 440)
	area := newFrame(c, 1)
	area.yAxis("share of the purchases held out", percent)
	area.x = scale{0, 1, area.left, area.right}
	shares := make([]float64, 11)
	for i := range shares {
		shares[i] = float64(i) / 10
		area.xTick(area.x.at(shares[i]), percent(shares[i]))
	}
	area.xTitle("share of the customers, best first")
	curve := func(gains [10]float64) []float64 { return append([]float64{0}, gains[:]...) }
	rate := series{"naive", naiveNames[fit.NaiveRate]}
	foresight, random := series{"perfect", "perfect foresight"}, series{"random", "at random"}
	area.curve(random, shares, shares, nil)
	area.curve(foresight, shares, curve(perfect.Orders.Gains), nil)
	area.curve(rate, shares, curve(naive[0].Orders.Gains), nil)
	area.curve(modeled, shares, curve(model.Orders.Gains), func(i int) string {
		return fmt.Sprintf("the best %s by the model made %s", percent(shares[i]), percent(curve(model.Orders.Gains)[i]))
	})
	area.legend(true, foresight, modeled, rate, random)
	var err error
	f.SVG, err = c.end()
	return f, err
}
