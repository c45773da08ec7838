package verify_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/stream/event"
)

// newAwakeRules are the rules of newAwakeSystem, without one.
func newAwakeRules(t testing.TB) *system {
	t.Helper()
	s := &system{inputs: []string{"orders", "churn"}}
	s.setRules(t)
	s.valuation.Rules.LaterEvents = history.RefuseLater // a fixed seed is a fixed case
	s.setAwake(t)
	return s
}

// setRules sets a lateness so short that lives of some months meet every rule.
func (s *system) setRules(t testing.TB) {
	t.Helper()
	business := must[money.Currency](t)(money.ParseCurrency("USD"))
	decimal := func(text string) money.Decimal { return must[money.Decimal](t)(money.ParseDecimal(text)) }
	berlin := calendar.NewCalendar(must[*time.Location](t)(time.LoadLocation("Europe/Berlin")))
	rate := func(code string, from calendar.Day, price string) money.Rate {
		return money.Rate{Currency: must[money.Currency](t)(money.ParseCurrency(code)), From: from, Price: decimal(price)}
	}
	s.rules = event.Rules{
		Rates:    must[*money.Rates](t)(money.NewRates(business, rate("EUR", 15_000, "1.0845"), rate("JPY", 0, "0.0089"), rate("CHF", 0, "1.0321"))),
		Calendar: berlin, MaxEventBytes: 64 << 10,
	}
	s.valuation = clv.Valuation{Basis: standing.Basis{
		Rules: history.Rules{
			Calendar:     berlin,
			LatenessDays: 7, LedgerLimit: history.DefaultLedgerLimit, LaterEvents: history.LaterEvents(rand.IntN(2)),
			Margins: must[money.Margins](t)(money.NewMargins(decimal("0.35"), money.MarginRate{Channel: "web", From: 0, Share: decimal("0.25")})),
		},
		Model: must[model.Simple](t)(model.NewSimple(3)),
	}}
}

// setAwake watches everything that can be.
func (s *system) setAwake(t testing.TB) {
	t.Helper()
	discount := must[model.Discount](t)(model.AnnualDiscount(0.1))
	s.valuation.Model = must[model.Model](t)(model.NewMBGNBD(
		model.MBGNBDParams{Unit: model.UnitWeek, R: 0.525, Alpha: 6.183, A: 0.891, B: 1.614},
		model.GammaGammaParams{P: 6.25, Q: 3.74, Gamma: 15.44},
		model.Assumptions{Horizon: model.UnitDay.Span(365), Discount: discount, Currency: s.rules.Rates.Business()}, "mbg"))
	s.valuation.Awake = standing.Awake{
		Stages: standing.Stages{
			Cooling:     standing.StageEntry{SilenceQuantile: 0.8, SilenceDays: 40},
			Dormant:     standing.StageEntry{SilenceQuantile: 0.95, SilenceDays: 90},
			Lost:        standing.StageEntry{SilenceDays: 200, PAliveBelow: 0.1},
			WonBackDays: 20,
		},
		Tiers: standing.Tiers{
			Tiers:      []standing.Tier{{Name: "bronze", FromMinor: 500}, {Name: "silver", FromMinor: 1500}, {Name: "gold", FromMinor: 4000}},
			Hysteresis: 0.1, HoldDays: 9, ApproachingMinor: 150,
		},
		AliveLevels:      []float64{0.7, 0.4},
		Drift:            0.25,
		AcquisitionFloor: 3,
	}
}
