package coverage

import (
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/numeric"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/explain"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// Customers who can buy, or leave a contract, every 30 days: twelve times known, six to come.
const (
	periodDays   = 30
	periodsKnown = 12
	periodsAhead = 6
	sinceLast    = 10 // days since the last opportunity, which is over by then
)

var (
	trueDonors    = model.Values{"alpha": 1.2, "beta": .75, "gamma": .66, "delta": 5}
	trueContracts = model.Values{"alpha": .67, "beta": 3.8}
)

// donor is who takes opportunities, from the first one after their first purchase on.
type donor [periodsKnown + periodsAhead]bool

func drawDonor(rng *rand.Rand) (d donor) {
	buys := numeric.DrawBeta(rng, trueDonors["alpha"], trueDonors["beta"])
	leaves := numeric.DrawBeta(rng, trueDonors["gamma"], trueDonors["delta"])
	for i := range d {
		if rng.Float64() < leaves {
			break
		}
		d[i] = rng.Float64() < buys
	}
	return d
}

// known is the donor as of now, and what they do next.
func (d *donor) known() (by explain.ByHand, next float64) {
	for i, took := range d {
		switch {
		case took && i < periodsKnown:
			by.Frequency, by.Recency = by.Frequency+1, days(periodDays*(i+1))
		case took:
			next++
		}
	}
	by.Age = days(periodDays*periodsKnown + sinceLast)
	if by.Frequency > 0 {
		by.RepeatMean = 20
	}
	return by, next
}

// periodicFile is the model file of a fit of a periodic model.
func periodicFile(r *fit.Result) *modelfile.File {
	f := calibrate.Fitted{Result: *r, Unit: model.UnitDay, PeriodUnits: periodDays}
	file := f.File(terms, usd)
	if r.Model == "bgbb" {
		file.Spend.Values = trueSpend
	}
	return file
}

// donors are one shop of opportunities: what its customers do next is held to what explain
// says of them.
func (c *counts) donors(rng *rand.Rand) {
	sample := fit.NewSample(model.UnitDay)
	var shop []donor
	for range customers {
		d := drawDonor(rng)
		by, _ := d.known()
		if err := sample.Add(must(model.NewSummary(by.Frequency, by.Recency, by.Age)), 1); err != nil {
			panic(err)
		}
		shop = append(shop, d)
	}
	r := must(calibrate.Fitting{Period: days(periodDays)}.Fit("bgbb", sample))
	file := periodicFile(&r)
	right := *file
	right.Parameters = modelfile.Parameters{Values: trueDonors}
	for i := range perShop {
		by, next := shop[i].known()
		e := explained(file, by)
		c.periodic(&e, explained(&right, by).Estimate.ExpectedOrders, next, donorMean, donorOrders)
	}
}

// contracts are one cohort, fitted to its first five renewals.
func (c *counts) contracts(rng *rand.Rand) {
	const renewals = 5
	survivors := make([]float64, renewals+1)
	for range customers {
		leaves := numeric.DrawBeta(rng, trueContracts["alpha"], trueContracts["beta"])
		survivors[0]++
		for n := 1; n <= renewals && rng.Float64() >= leaves; n++ {
			survivors[n]++
		}
	}
	entry, _ := catalog.Find("sbg")
	r := must(entry.FitSurvival(survivors, fit.Options{}))
	file := periodicFile(&r)
	right := *file
	right.Parameters = modelfile.Parameters{Values: trueContracts}
	for i := range perShop {
		period := 1 + i%4
		leaves := numeric.DrawBeta(rng, trueContracts["alpha"], trueContracts["beta"]+float64(period-1))
		next := 0.0
		for range periodsAhead {
			if rng.Float64() < leaves {
				break
			}
			next++
		}
		by := explain.ByHand{Frequency: period - 1, Recency: days(periodDays * (period - 1)), Age: days(periodDays*(period-1) + sinceLast), First: 20, FirstKnown: true}
		if by.Frequency > 0 {
			by.RepeatMean = 20
		}
		e := explained(file, by)
		c.periodic(&e, explained(&right, by).Estimate.ExpectedOrders, next, contractMean, contractOrders)
	}
}

func (c *counts) periodic(e *explain.Explanation, mean, next float64, ofMean, ofOrders int) {
	i := e.Intervals()
	if i.Missing != "" {
		panic(i.Missing)
	}
	c[ofMean].take(within(mean, i.Mean.ExpectedOrders.Low, i.Mean.ExpectedOrders.High), i.Level)
	c[ofOrders].take(within(next, i.Customer.Orders.Low, i.Customer.Orders.High), i.Customer.Orders.Share)
}

// Customers of opportunities and contracts have intervals that hold what they say.
func TestPeriodicIntervalsHoldWhatTheySay(t *testing.T) {
	shops, points := 10, .2
	if soak {
		shops, points = 250, .02
	}
	var all counts
	rng := rand.New(rand.NewPCG(11, 12))
	for range shops {
		all.donors(rng)
		all.contracts(rng)
	}
	all.hold(t, "periodic", points)
}
