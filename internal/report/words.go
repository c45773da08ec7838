package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/formula"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// farOff is by how much a model may miss what it was fitted to before it is
// taken for another shop's, another unit's or another currency's.
const farOff = 2

// remarks are the file's warnings and what does not go together with the data.
func (s *subject) remarks() []string {
	var all []string
	for _, w := range s.File.Warnings {
		all = append(all, w+": "+fit.Warning(w).Advice())
	}
	entry, spend := s.File.Entry(), catalog.Spend()
	for _, b := range slices.Concat(fit.BoundsOf(entry.Parameters, s.File.Parameters.Values), fit.BoundsOf(spend.Parameters, s.File.Spend.Values)) {
		all = append(all, b.String())
	}
	t := &s.totals
	expected := 0.0
	for ageDays, customers := range t.byAge {
		expected += float64(customers) * s.purchases.MeanOrders(model.UnitDay.Span(float64(ageDays)))
	}
	if counted := float64(t.orders); math.Max(counted, expected) >= chance && apart(expected, math.Max(1, counted)) {
		all = append(all, fmt.Sprintf("The model expects %s repeat purchase days up to %s where %s happened. Was it fitted to another shop, or in another time unit than its file says (%s)?",
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
	words := s.entry.Implied(s.inputs, formula.Style{Number: plain, Percent: percent, Count: quantity})
	year := model.UnitDay.Span(model.UnitDay.PerYear())
	words = append(words, fmt.Sprintf("A new customer makes %s repeat purchases in their first year; %s of new customers make none.",
		plain(s.purchases.MeanOrders(year)), percent(s.purchases.OrdersPMF(0, year))))
	words = append(words, fmt.Sprintf("An order brings %s on average (pγ/(q−1)). After one repeat purchase the customer's own mean counts for %s of the estimate, after five for %s.",
		s.major(s.spend.PopulationMean()), percent(s.spend.OwnWeight(1)), percent(s.spend.OwnWeight(5))))
	fresh := s.model.Predict(history.Facts{Orders: 1, PurchaseDays: 1, MarginRatio: s.Rules.Margins.DefaultRatio()})
	perMajor := math.Pow10(s.File.Currency.Exponent())
	return append(words, fmt.Sprintf("A customer who has just bought for the first time is worth %s over the next %s.",
		s.major(fresh.PAlive*fresh.ValueIfAliveMinor/perMajor), quantity(s.File.HorizonDays, "day")))
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

// parameterTable lists the parameters with their standard errors.
func (s *subject) parameterTable() [][]string {
	var rows [][]string
	add := func(parameters []model.Parameter, of modelfile.Parameters) {
		for _, p := range parameters {
			unit := ""
			switch p.Counts {
			case model.PureNumber:
			case model.InTimeUnits:
				unit = s.unit() + "s"
			case model.InMajorUnits:
				unit = s.File.Currency.String()
			}
			spread := "not known"
			if e := of.StandardErrors[p.Name]; e > 0 {
				spread = precise(e)
			}
			rows = append(rows, []string{p.Name, precise(of.Values[p.Name]), spread, unit, p.Meaning})
		}
	}
	add(s.entry.Parameters, s.File.Parameters)
	add(catalog.Spend().Parameters, s.File.Spend)
	return rows
}
