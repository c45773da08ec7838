package model

import (
	"math"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

// Berger and Nasr's case 1 with the figures that Wikipedia's article works out.
func TestBergerNasrCase1(t *testing.T) {
	p := RetentionDCFParams{Retention: .75, AnnualDiscount: .2, Years: 10, RetentionCost: 50}
	near(t, "GC = 260, M = 50, n = 10, r = .75, d = .20", p.Value(260), 568.7830674, 1e-10)
}

func TestRetentionPerpetuities(t *testing.T) {
	p := RetentionDCFParams{Retention: .8, AnnualDiscount: .1}
	near(t, "first margin at once", p.Value(100), 366.6667, 1e-7)
	p.FirstAfterYear = true
	near(t, "first margin after a year", p.Value(100), 266.6667, 2e-7)
	p.Years = 100
	near(t, "a hundred years are nearly all", p.Value(100), 800./3, 1e-12)
	p = RetentionDCFParams{Retention: .8, AnnualDiscount: .1, RetentionCost: 20}
	all := p.Value(100)
	p.Years = 100
	near(t, "with costs", all, p.Value(100), 1e-12)
}

func TestRetentionDCFValuesACustomer(t *testing.T) {
	p := RetentionDCFParams{Retention: .75, AnnualDiscount: .2, Years: 10, RetentionCost: 50}
	m := must(NewRetentionDCF(p, dollarAssumptions().Currency))
	facts := history.Facts{PurchaseDays: 4, AgeDays: 300, RevenueMinor: 52_000, MarginRatio: .5}
	got := m.Predict(facts)
	near(t, "a margin of 260 a year", got.ValueIfAliveMinor, 56878.30674, 1e-10)
	near(t, "orders", got.OrdersIfAlive, 4*(1-math.Pow(.75, 11))/.25, 1e-12)
	if m.Version() != "retention=0.75,annual_discount=0.2,years=10,retention_cost=50" {
		t.Errorf("version is %s", m.Version())
	}
}
