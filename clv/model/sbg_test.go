package model

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

// The two cohorts of Fader and Hardie (2007), parameters as printed.
var (
	regular = SBGParams{Period: UnitMonth.Span(12), Alpha: .704, Beta: 1.182}
	highEnd = SBGParams{Period: UnitMonth.Span(12), Alpha: .668, Beta: 3.806}
)

// S(12) as projected in the paper from parameters that it prints in three digits.
func TestSBGSurvivalPublished(t *testing.T) {
	near(t, "Regular S(12)", regular.Survival(12), .170037, 3e-4)
	near(t, "High End S(12)", highEnd.Survival(12), .377999, 3e-4)
	survived := 1.0
	for n := 1; n <= 12; n++ {
		survived *= regular.Retention(n)
	}
	near(t, "product of retentions", survived, regular.Survival(12), 1e-14)
}

// DERL of Fader and Hardie (2010), table 2: d = .1, α 3.80, β 15.20.
func TestSBGResidualLifetimePublished(t *testing.T) {
	p := SBGParams{Period: UnitMonth.Span(12), Alpha: 3.80, Beta: 15.20}
	for i, want := range []float64{3.31, 3.45, 3.59, 3.72, 3.84} {
		got := must(p.DERL(i+1, .1))
		if math.Abs(got-want) > .005 {
			t.Errorf("DERL(%d) = %v, want %v", i+1, got, want)
		}
	}
}

// DEL and DERL are the sums that define them.
func TestSBGLifetimesAreSums(t *testing.T) {
	for _, p := range []SBGParams{regular, highEnd} {
		del, derl := 0.0, 0.0
		for n := 0; n < 500; n++ {
			paid := p.Survival(n) / math.Pow(1.1, float64(n))
			del += paid
			if n >= 3 {
				derl += paid * 1.331 / p.Survival(2)
			}
		}
		near(t, "DEL", must(p.DEL(.1)), del, 1e-12)
		near(t, "DERL(3)", must(p.DERL(3, .1)), derl, 1e-12)
	}
}

func TestSBGWithoutDiscount(t *testing.T) {
	if _, err := regular.DEL(0); !errors.Is(err, ErrNoDiscount) {
		t.Errorf("an infinite lifetime gives %v", err)
	}
	p := SBGParams{Period: UnitMonth.Span(1), Alpha: 3, Beta: 4}
	near(t, "(α+β−1)/(α−1)", must(p.DEL(0)), 3, 1e-14)
	near(t, "a tiny discount", must(p.DEL(1e-8)), 3, 1e-6)
}

// Every customer either leaves at some renewal or is still there.
func TestSBGLikelihoodsAddUp(t *testing.T) {
	left := 0.0
	for n := range 7 {
		left += math.Exp(highEnd.LogLikelihood(n))
	}
	near(t, "total", left+math.Exp(highEnd.LogLikelihoodAlive(7)), 1, 1e-13)
}

// A customer due today is worth a renewal's margin × DERL.
func TestContractValueIsDERL(t *testing.T) {
	p := SBGParams{Period: UnitDay.Span(365.25), Alpha: 3.80, Beta: 15.20}
	terms := dollarAssumptions()
	terms.Discount = must(AnnualDiscount(.1))
	m := must(NewSBG(p, terms, "v1"))
	for n := 1; n <= 3; n++ {
		due := history.Facts{PurchaseDays: n, Frequency: n - 1, AgeDays: int(math.Ceil(365.25 * float64(n))), Renewals: n, DueDays: int(math.Ceil(365.25 * float64(n))), RevenueMinor: int64(10_000 * n), MarginRatio: .5}
		got := m.Predict(due)
		near(t, fmt.Sprintf("residual in period %d", n), got.ResidualIfAliveMinor, 3000*must(p.DERL(n, .1)), 1e-12)
		if got.PAlive != 1 || got.NextOrderDays != 0 {
			t.Errorf("due today: %+v", got)
		}
		near(t, "one renewal within the year", got.OrdersIfAlive, p.Retention(n), 1e-12)
	}
	late := history.Facts{PurchaseDays: 1, AgeDays: 366 + 183, RevenueMinor: 10_000}
	if got := m.Predict(late); got.PAlive != 0 {
		t.Errorf("overdue by half a period: P(alive) is %v", got.PAlive)
	}
}

func TestContractTableIsTheFormula(t *testing.T) {
	m := must(NewSBG(highEnd, dollarAssumptions(), "v1"))
	for _, n := range []int{1, 2, 50, tabulatedPeriods, tabulatedPeriods + 1, 10_000} {
		near(t, fmt.Sprintf("DERL(%d)", n), m.residual(n), must(highEnd.DERL(n, m.discount)), 1e-12)
	}
}
