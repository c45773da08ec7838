package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
)

// warnings say what the model file's warnings mean to whoever uses it.
var warnings = map[string]string{
	"ridge":            "The data show nobody leaving: the fit ran along a ridge, and NBD says the same with fewer parameters. Use nbd.",
	"bound":            "A parameter ended at the edge of what is allowed: the data do not determine it.",
	"few_repeaters":    "Fewer than 50 customers bought again: the parameters are little more than a guess.",
	"spend_correlated": "Customers who buy more often spend more, or less, per order. Gamma-Gamma assumes that they do not, so values are off at the top.",
	"q_below_one":      "Spend varies so much between customers that its mean is hardly finite: values rest on a few large orders.",
	"not_converged":    "The search for the parameters ended before it was done: fit again, on more data or with another model.",
}

// farOff is by how much a model may miss what it was fitted to before it is
// taken for another shop's, another unit's or another currency's.
const farOff = 2

// remarks are the file's warnings and what does not go together with the data.
func (s *subject) remarks() []string {
	var all []string
	for _, w := range s.File.Warnings {
		all = append(all, w+": "+warnings[w])
	}
	t := &s.totals
	expected := 0.0
	for ageDays, customers := range t.byAge {
		expected += float64(customers) * s.purchases.MeanOrders(model.UnitDay.Span(float64(ageDays)))
	}
	if counted := float64(t.orders); math.Max(counted, expected) >= chance && apart(expected, math.Max(1, counted)) {
		all = append(all, fmt.Sprintf("The model expects %s repeat purchase days up to %s where %s happened. Is it another shop's, or does it count in another unit than its file says (%s)?",
			plain(expected), s.Split, grouped(counted), s.unit()))
	}
	if t.spenders >= chance {
		mean := t.spendSum / float64(t.spenders)
		if apart(s.spend.PopulationMean(), mean) {
			all = append(all, fmt.Sprintf("Customers spend %s %s a day on average where the spend model's mean is %s. Are the amounts in another currency or in minor units?",
				plain(mean), s.File.Currency, plain(s.spend.PopulationMean())))
		}
	}
	if on := s.File.FittedOn; on.Customers > 0 && on.Until.Equal(s.Split.Date()) && on.Customers != t.customers {
		all = append(all, fmt.Sprintf("The model was fitted on %s customers up to %s; these data have %s by then.",
			grouped(float64(on.Customers)), s.Split, grouped(float64(t.customers))))
	}
	return all
}

// chance is how many it takes before a difference is worth a remark.
const chance = 30

func apart(expected, counted float64) bool {
	return expected > farOff*counted || expected < counted/farOff
}

// implied is what the parameters mean, in plain words.
func (s *subject) implied() []string {
	p, unit := s.File.Parameters.Values, s.unit()
	pace := p["r"] / p["alpha"]
	words := []string{fmt.Sprintf("A customer who is there buys %s times a %s on average (r/α), once in %s. Customers differ: the spread between them is %s of that mean (1/√r).",
		plain(pace), unit, quantity(1/pace, unit), percent(1/math.Sqrt(p["r"])))}
	switch s.File.Model {
	case "nbd":
		words = append(words, "Nobody leaves: silence is chance.")
	case "paretonbd":
		words = append(words, fmt.Sprintf("Customers leave at a rate of %s a %s on average (s/β): half of them are gone after %s.",
			plain(p["s"]/p["beta"]), unit, quantity(p["beta"]*math.Expm1(math.Ln2/p["s"]), unit)))
	default:
		after := "after any purchase, the first included"
		if s.File.Model == "bgnbd" {
			after = "after a repeat purchase; who bought once is taken to be there for ever"
		}
		words = append(words, fmt.Sprintf("A customer leaves with a probability of %s on average (a/(a+b)) %s.", percent(p["a"]/(p["a"]+p["b"])), after))
	}
	year := model.UnitDay.Span(model.UnitDay.PerYear())
	words = append(words, fmt.Sprintf("A new customer makes %s repeat purchases in their first year; %s of new customers make none.",
		plain(s.purchases.MeanOrders(year)), percent(s.purchases.OrdersPMF(0, year))))
	words = append(words, fmt.Sprintf("An order brings %s on average (pγ/(q−1)). After one repeat purchase the customer's own mean counts for %s of the estimate, after five for %s.",
		s.major(s.spend.PopulationMean()), percent(s.ownWeight(1)), percent(s.ownWeight(5))))
	fresh := s.model.Predict(history.Facts{Orders: 1, PurchaseDays: 1, MarginRatio: s.Rules.Margins.DefaultRatio()})
	perMajor := math.Pow10(s.File.Currency.Exponent())
	return append(words, fmt.Sprintf("A customer who has just bought for the first time is worth %s over the next %s.",
		s.major(fresh.PAlive*fresh.ValueIfAliveMinor/perMajor), quantity(s.File.HorizonDays, "day")))
}

// ownWeight is the weight of a customer's own mean spend after x repeat days.
func (s *subject) ownWeight(x float64) float64 {
	return s.spend.P * x / (s.spend.P*x + s.spend.Q - 1)
}

// quantity is a number of units.
func quantity(v float64, unit string) string {
	if text := plain(v); text == "1" {
		return text + " " + unit
	}
	return plain(v) + " " + unit + "s"
}

// major is money in major units.
func (s *subject) major(v float64) string {
	exponent := s.File.Currency.Exponent()
	return string(money.AppendMajor(nil, v*math.Pow10(exponent), exponent)) + " " + s.File.Currency.String()
}

// parameterWords say what each parameter is.
var parameterWords = map[string]string{
	"r":     "buying: how alike customers are in how often they buy (larger: more alike)",
	"alpha": "buying: r ÷ α is the mean rate",
	"a":     "leaving: a ÷ (a+b) is the mean chance after a purchase",
	"b":     "leaving: see a",
	"s":     "leaving: how alike customers are in how soon they leave",
	"beta":  "leaving: s ÷ β is the mean rate",
	"p":     "spend: how alike the orders of one customer are",
	"q":     "spend: how alike customers are in what they spend",
	"gamma": "spend: pγ ÷ (q−1) is the mean",
}

// parameterTable lists the parameters with their standard errors.
func (s *subject) parameterTable() [][]string {
	model, spend := s.File.ParameterNames()
	var rows [][]string
	add := func(names []string, values, errors map[string]float64) {
		for _, name := range names {
			unit := ""
			switch name {
			case "alpha", "beta":
				unit = s.unit() + "s"
			case "gamma":
				unit = s.File.Currency.String()
			}
			spread := "not known"
			if e, ok := errors[name]; ok && e > 0 {
				spread = precise(e)
			}
			rows = append(rows, []string{name, precise(values[name]), spread, unit, parameterWords[name]})
		}
	}
	add(model, s.File.Parameters.Values, s.File.Parameters.StandardErrors)
	add(spend, s.File.Spend.Values, s.File.Spend.StandardErrors)
	return slices.Clip(rows)
}
