package model

import (
	"math"

	"github.com/clvstream/clvstream/clv/history"
)

// Contract values customers who renew a contract period by period, by the sBG
// model. Which purchase days are renewals, and when the next one is due, the history
// says (history.Contract). A renewal is worth what the customer pays for a period on
// average, extra orders included. A customer whose renewal is overdue by more than half
// a period has left. Make one with NewSBG.
type Contract struct {
	version  string
	sbg      SBGParams
	under    Assumptions
	discount float64 // effective, per period
	lasting  bool    // the residual lifetime is finite
	derl     [tabulatedPeriods + 1]float64
}

// tabulatedPeriods is up to which period of a contract the DERL is held.
const tabulatedPeriods = 512

// maxPeriods bounds how many renewals fall within a horizon.
const maxPeriods = 40_000

// NewSBG makes the model under the given assumptions; version identifies both. A
// *RangeError says which number is not allowed.
func NewSBG(sbg SBGParams, under Assumptions, version string) (*Contract, error) {
	if err := sbg.check(); err != nil {
		return nil, err
	}
	if err := under.check(); err != nil {
		return nil, err
	}
	if sbg.Period.days < 1 {
		return nil, &RangeError{What: "contract period in days", Value: sbg.Period.days, Allowed: "1 or more"}
	}
	discount := math.Expm1(under.Discount.perDay * sbg.Period.days)
	c := &Contract{version: version, sbg: sbg, under: under, discount: discount}
	c.lasting = c.tabulate()
	return c, nil
}

// tabulate fills the DERLs from the last one down, by
// DERL(n) = rₙ(1 + DERL(n+1)/(1+d)); it says whether they are finite.
func (c *Contract) tabulate() bool {
	last, err := c.sbg.DERL(tabulatedPeriods, c.discount)
	if err != nil {
		return false
	}
	c.derl[tabulatedPeriods] = last
	for n := tabulatedPeriods - 1; n > 0; n-- {
		c.derl[n] = c.sbg.Retention(n) * (1 + c.derl[n+1]/(1+c.discount))
	}
	return true
}

// residual is DERL(n).
func (c *Contract) residual(n int) float64 {
	if n <= tabulatedPeriods {
		return c.derl[n]
	}
	derl, err := c.sbg.DERL(n, c.discount)
	if err != nil { // without end, like the others
		return 0
	}
	return derl
}

// Name is "sbg".
func (*Contract) Name() string { return sbgName }

// Version identifies the parameters and assumptions.
func (c *Contract) Version() string { return c.version }

// Period is that of the contract by the calendar: a period that is a number of months
// counts so, any other in days.
func (c *Contract) Period() history.Period {
	days := c.sbg.Period.days
	months := math.Round(days / daysPerMonth)
	if math.Abs(days-months*daysPerMonth) < 1e-6*days {
		return history.Period{Months: int(months)}
	}
	return history.Period{Days: int(math.Ceil(days))}
}

// contractOf is how often a customer has paid, and the days from the first purchase day
// to the next renewal. Where the history does not say, each purchase day is a payment.
func (c *Contract) contractOf(f *history.Facts) (renewals, dueDays int) {
	if f.Renewals > 0 {
		return min(f.Renewals, maxFrequency), f.DueDays
	}
	x, recencyDays, _ := counts(f, UnitDay)
	return int(x) + 1, int(recencyDays) + int(math.Ceil(c.sbg.Period.days))
}

// leftAfter is by how many whole days a renewal is overdue of who has left.
func (c *Contract) leftAfter() int { return int(c.sbg.Period.days/2) + 1 }

// Predict values a customer at the renewals to come.
func (c *Contract) Predict(f history.Facts) Prediction {
	period, due := c.contractOf(&f)
	_, _, ageDays := counts(&f, UnitDay)
	alive := 1.0
	if ageDays >= float64(due+c.leftAfter()) {
		alive = 0
	}
	dueDays := math.Max(0, float64(due)-ageDays)
	spendMinor := math.Max(0, float64(f.RevenueMinor)) / float64(period)
	marginMinor := spendMinor * c.under.margin(&f)
	orders, discounted := c.renewals(period, dueDays)
	p := Prediction{
		PAlive:            alive,
		AliveKnown:        true,
		OrdersIfAlive:     orders,
		ValueIfAliveMinor: finite(discounted * marginMinor),
		ResidualKnown:     c.lasting,
		SpendMinor:        spendMinor,
		NextOrderDays:     dueDays,
		HorizonDays:       c.under.Horizon.days,
	}
	if c.lasting {
		p.ResidualIfAliveMinor = finite(c.residual(period) * math.Exp(-c.under.Discount.perDay*dueDays) * marginMinor)
	}
	return p
}

// renewals is the expected number of renewals within the horizon of a customer
// in the given period whose next one is due, and the same discounted.
func (c *Contract) renewals(period int, dueDays float64) (orders, discounted float64) {
	staying := 1.0
	for days := dueDays; days <= c.under.Horizon.days && period < maxPeriods+maxFrequency; days += c.sbg.Period.days {
		staying *= c.sbg.Retention(period)
		orders += staying
		discounted += staying * math.Exp(-c.under.Discount.perDay*days)
		period++
	}
	return orders, discounted
}

// SilenceDays is the time from the last purchase day until the customer has left: a
// contract has no other rhythm, whatever the quantile. It ends within a day, so that no
// rounding moves it to another.
func (c *Contract) SilenceDays(f history.Facts, _ float64) float64 {
	_, due := c.contractOf(&f)
	return math.Max(1, float64(due+c.leftAfter()-f.RecencyDays)) - 0.5
}

// SilenceQuantile is 0 until the customer has left, and 1 from then on.
func (c *Contract) SilenceQuantile(f history.Facts, days float64) float64 {
	if days < c.SilenceDays(f, 0) {
		return 0
	}
	return 1
}
