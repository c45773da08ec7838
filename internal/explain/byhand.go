package explain

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// ByHand is a customer as the literature describes them.
type ByHand struct {
	Frequency    int        // x, repeat purchase days
	Recency, Age model.Span // t_x and T
	// RepeatMean is m, mean net amount of the repeat days, major units.
	RepeatMean float64
	// First is the first day's net amount, major units, where FirstKnown;
	// otherwise it is taken to be m.
	First      float64
	FirstKnown bool
	// MarginRatio is the margin to date of a customer of a model that has no
	// margin of its own.
	MarginRatio float64
}

// Explain values the customer with a model. Where t_x and T are whole days the
// prediction is the live path's own; the purchase models also take parts of a
// day, which the live path never has.
func (c ByHand) Explain(m Model) (Explanation, error) {
	summary, err := model.NewSummary(c.Frequency, c.Recency, c.Age)
	if err != nil {
		return Explanation{}, err
	}
	if m.inputs.MarginRatio > 0 {
		c.MarginRatio = m.inputs.MarginRatio
	}
	facts, err := c.facts(m.Currency)
	if err != nil {
		return Explanation{}, err
	}
	t := explainer{Model: m, facts: facts, summary: summary, byHand: true, firstKnown: c.FirstKnown}
	if t.prediction, err = t.predict(); err != nil {
		return Explanation{}, err
	}
	t.est = estimated(facts, t.prediction)
	return t.explanation(), nil
}

// predict asks the live model where t_x and T are whole days, else the analysts'.
func (t *explainer) predict() (model.Prediction, error) {
	recency, age := t.summary.Recency(), t.summary.Age()
	switch {
	case isWhole(recency) && isWhole(age):
		return t.Predict(t.facts), nil
	case t.purchases != nil:
		return t.analysts()
	default:
		return model.Prediction{}, fmt.Errorf("%s counts whole days, and t_x and T are %s and %s days: round them to days",
			t.Name(), formula.Number(recency.In(model.UnitDay)), formula.Number(age.In(model.UnitDay)))
	}
}

// MostAmount bounds an amount given by hand, so that sums stay exact in 64 bits
// of minor units.
const MostAmount = 1e9

// facts is the customer as the live path would know them.
func (c *ByHand) facts(currency money.Currency) (history.Facts, error) {
	first := c.First
	if !c.FirstKnown {
		first = c.RepeatMean
	}
	for _, a := range []struct {
		name  string
		value float64
	}{{"m", c.RepeatMean}, {"first", first}} {
		if !(a.value >= 0 && a.value <= MostAmount) {
			return history.Facts{}, &model.RangeError{What: a.name, Value: a.value, Allowed: "0 to 1e9, major units of " + currency.String()}
		}
	}
	switch {
	case c.Frequency == 0 && c.RepeatMean > 0:
		return history.Facts{}, &model.RangeError{What: "m", Value: c.RepeatMean, Allowed: "0 where x is 0: the first day does not count in m"}
	case !(c.MarginRatio >= -1 && c.MarginRatio <= 1):
		return history.Facts{}, &model.RangeError{What: "margin ratio", Value: c.MarginRatio, Allowed: "-1 to 1"}
	}
	minorPerMajor := math.Pow10(currency.Exponent())
	revenueMinor := (first + float64(c.Frequency)*c.RepeatMean) * minorPerMajor
	return history.Facts{
		Orders:          c.Frequency + 1,
		PurchaseDays:    c.Frequency + 1,
		Frequency:       c.Frequency,
		RecencyDays:     int(math.Round(c.Recency.In(model.UnitDay))),
		AgeDays:         int(math.Round(c.Age.In(model.UnitDay))),
		RevenueMinor:    int64(math.Round(revenueMinor)),
		MarginMinor:     int64(math.Round(revenueMinor * c.MarginRatio)),
		RepeatMeanMinor: c.RepeatMean * minorPerMajor,
		MarginRatio:     c.MarginRatio,
	}, nil
}

// wholeDays is how near to a whole number of days counts as one: weeks written
// with six decimals are.
const wholeDays = 1e-5

func isWhole(s model.Span) bool {
	days := s.In(model.UnitDay)
	return math.Abs(days-math.Round(days)) < wholeDays
}

// analysts is the prediction put together from what the purchase model answers
// an analyst, for times that are no whole days.
func (t *explainer) analysts() (model.Prediction, error) {
	under := &t.inputs.Assumptions
	minorPerMajor := math.Pow10(t.Currency.Exponent())
	spendMinor := minorPerMajor * t.inputs.Spend.Expected(t.facts.Frequency, t.facts.RepeatMeanMinor/minorPerMajor)
	marginMinor := spendMinor * t.facts.MarginRatio
	alive := t.purchases.PAlive(t.summary)
	p := model.Prediction{
		PAlive:        alive,
		AliveKnown:    true,
		SpendMinor:    spendMinor,
		NextOrderDays: t.purchases.MedianWait(t.summary).In(model.UnitDay),
		ResidualKnown: under.Discount.Annual() > 0,
	}
	if alive == 0 {
		return p, nil
	}
	p.OrdersIfAlive = t.purchases.ExpectedOrders(t.summary, under.Horizon) / alive
	p.ValueIfAliveMinor = t.purchases.DiscountedOrders(t.summary, under.Horizon, under.Discount) / alive * marginMinor
	if p.ResidualKnown {
		residual, _, err := t.purchases.ResidualOrders(t.summary, under.Discount)
		if err != nil {
			return model.Prediction{}, err
		}
		p.ResidualIfAliveMinor = residual / alive * marginMinor
	}
	return p, nil
}

// estimated is what estimate.Of makes of a prediction for a customer of whom no
// churn is known.
func estimated(facts history.Facts, p model.Prediction) estimate.Estimate {
	est := estimate.Estimate{
		Status:         history.Active,
		Facts:          facts,
		HistoricMinor:  float64(facts.MarginMinor),
		PredictedMinor: p.PAlive * p.ValueIfAliveMinor,
		ResidualMinor:  p.PAlive * p.ResidualIfAliveMinor,
		ResidualKnown:  p.ResidualKnown,
		PAlive:         p.PAlive,
		AliveKnown:     p.AliveKnown,
		ExpectedOrders: p.PAlive * p.OrdersIfAlive,
		SpendMinor:     p.SpendMinor,
		NextOrderDays:  p.NextOrderDays,
	}
	est.CLVMinor = est.HistoricMinor + est.PredictedMinor
	return est
}
