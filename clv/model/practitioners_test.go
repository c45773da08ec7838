package model

import (
	"math"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

// The practitioners' formulas with the figures that marketing textbooks and
// vendors print beside them.

func TestSimpleAverageTimesFrequencyTimesLifespan(t *testing.T) {
	for _, row := range []struct {
		name                                string
		days                                int
		spendMinor                          int64
		ratio, lifespanYears, lifetimeMinor float64
	}{
		{"85 × 4 a year × 3 years", 4, 8500, 1, 3, 102000},
		{"60 × 3 a year × 2 years", 3, 6000, 1, 2, 36000},
		{"the same at 50 % margin", 3, 6000, .5, 2, 18000},
	} {
		model, err := NewSimple(row.lifespanYears)
		if err != nil {
			t.Fatal(err)
		}
		revenue := row.spendMinor * int64(row.days)
		facts := history.Facts{
			PurchaseDays: row.days, AgeDays: 300, RevenueMinor: revenue,
			MarginMinor: int64(float64(revenue) * row.ratio), MarginRatio: row.ratio,
		}
		p := model.Predict(facts)
		near(t, row.name, float64(facts.MarginMinor)+p.PAlive*p.ValueIfAliveMinor, row.lifetimeMinor, 1e-12)
		near(t, row.name+": orders", p.OrdersIfAlive, float64(row.days)*(row.lifespanYears-1), 1e-12)
	}
}

func TestSimpleCountsAtLeastAYear(t *testing.T) {
	model, _ := NewSimple(DefaultLifespanYears)
	first := model.Predict(history.Facts{Orders: 1, PurchaseDays: 1, RevenueMinor: 5000, MarginMinor: 5000, MarginRatio: 1})
	near(t, "value after one order of 50", first.ValueIfAliveMinor, 10000, 1e-12)
	near(t, "orders to come", first.OrdersIfAlive, 2, 1e-12)
}

func TestSimpleNeverPredictsLessThanNothing(t *testing.T) {
	model, _ := NewSimple(1)
	old := model.Predict(history.Facts{PurchaseDays: 9, AgeDays: 4000, RevenueMinor: 90000, MarginMinor: 90000, MarginRatio: 1})
	if old.ValueIfAliveMinor != 0 || old.OrdersIfAlive != 0 {
		t.Errorf("a customer who outlived the lifespan has %v, %v to come", old.ValueIfAliveMinor, old.OrdersIfAlive)
	}
}

func TestMarginChurnMonthlyMarginOverChurn(t *testing.T) {
	model, err := NewMarginChurn(.06)
	if err != nil {
		t.Fatal(err)
	}
	p := model.Predict(history.Facts{PurchaseDays: 12, AgeDays: 365, RevenueMinor: 12 * 20000, MarginMinor: 72000, MarginRatio: .3})
	near(t, "200 × 30 % ÷ 6 %", p.ValueIfAliveMinor, 100000, 1e-12)
	near(t, "spend", p.SpendMinor, 20000, 1e-12)

	p = model.Predict(history.Facts{PurchaseDays: 7, AgeDays: 365, RevenueMinor: 7 * 6000, MarginRatio: 1})
	near(t, "7 orders × 60 in a year are 35 a month", p.ValueIfAliveMinor*.06, 3500, 1e-12)
	near(t, "lifespan in months", p.OrdersIfAlive/(7./12), 1/.06, 1e-12)
}

func TestHistoricPredictsNothing(t *testing.T) {
	p := Historic{}.Predict(history.Facts{PurchaseDays: 2, RevenueMinor: 300, MarginMinor: 100, MarginRatio: 1})
	if p != (Prediction{PAlive: 1, SpendMinor: 150}) {
		t.Errorf("got %+v", p)
	}
}

func TestPractitionersRefuseImpossibleParameters(t *testing.T) {
	for _, years := range []float64{0, -1, 101, math.NaN(), math.Inf(1)} {
		if _, err := NewSimple(years); err == nil {
			t.Errorf("lifespan of %v years accepted", years)
		}
	}
	for _, churn := range []float64{0, -1, 1.01, math.NaN(), math.Inf(1)} {
		if _, err := NewMarginChurn(churn); err == nil {
			t.Errorf("churn of %v accepted", churn)
		}
	}
}

// Rates: annual 10 % compounds to .797414 % a month and .183457 % a week.
func TestPeriodRate(t *testing.T) {
	near(t, "monthly", PeriodRate(.1, 12), .00797414, 1e-6)
	near(t, "weekly", PeriodRate(.1, 52), .00183457, 3e-6)
}

func TestDiscountIsOneRateInEveryUnit(t *testing.T) {
	d, err := AnnualDiscount(.1)
	if err != nil {
		t.Fatal(err)
	}
	for u := UnitDay; u <= UnitMonth; u++ {
		near(t, u.String(), math.Exp(d.Per(u)*u.PerYear()), 1.1, 1e-14)
	}
	weekly, err := ContinuousDiscount(.0027, UnitWeek)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "δ", weekly.Per(UnitWeek), .0027, 1e-14)
}

func TestSpanKeepsItsUnit(t *testing.T) {
	near(t, "weeks in days", UnitWeek.Span(39).In(UnitDay), 273, 0)
	near(t, "a year in months", UnitDay.Span(365.25).In(UnitMonth), 12, 1e-15)
	if (UnitDay.Span(math.NaN()) != Span{}) || (UnitDay.Span(-1) != Span{}) {
		t.Error("a span below 0 or NaN is not 0")
	}
}
