// Package changetest makes changes for tests.
//
//	Sample ── a customer's third order
//	Dormant ── a customer of a tier who falls silent
//	Any ── a random change
package changetest

import (
	"math/rand/v2"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// Sample is a customer's third order.
func Sample() *clv.Change {
	return &clv.Change{
		CustomerID: "c-42", Version: 3, Reason: announce.ReasonPurchase, PreviousMinor: 26_501.4,
		Cause: clv.Cause{EventID: "e-9", Kind: history.OrderPlaced, OrderID: "o-9", AtMicros: 1_709_294_400_250_000},
		Current: estimate.Estimate{
			AsOfMicros: 1_709_294_400_250_000, Status: history.Active,
			HistoricMinor: 8_933, PredictedMinor: 20_066.6, CLVMinor: 28_999.6,
			PAlive: .875, AliveKnown: true, ExpectedOrders: 2.5, SpendMinor: 4_466.5, NextOrderDays: 12.25,
			Facts: history.Facts{Orders: 3, PurchaseDays: 3, Frequency: 2, RecencyDays: 30, AgeDays: 30, RevenueMinor: 8_933, MarginMinor: 8_933},
		},
		ModelName: "simple", ModelVersion: "simple-1",
	}
}

// Dormant is of a customer of the first tier who fell silent.
func Dormant() *clv.Change {
	c := Sample()
	c.Reason, c.Cause = announce.ReasonDormant, clv.Cause{Kind: history.TimePassed, AtMicros: c.Current.AsOfMicros}
	c.Was.Stage, c.Standing.Stage, c.Standing.StageMicros = standing.StageCooling, standing.StageDormant, c.Current.AsOfMicros
	c.Silence = standing.Silence{Days: 60, Quantile: .99, LossMinor: 1234, BestDay: 19_700, LossKnown: true}
	c.Was.Tier, c.Standing.Tier = 1, 1
	c.Tier = standing.TierMove{Was: "silver", Now: "silver", Next: "gold", MissingMinor: 2500}
	c.Current.Acquisition = history.Acquisition{Known: true, CostMinor: 20_000, Channel: "search"}
	return c
}

// Any has some of what a change may have and lacks the rest.
func Any(random *rand.Rand) *clv.Change {
	maybe := func() bool { return random.IntN(2) == 0 }
	money := func() float64 { return (random.Float64() - .3) * 1e7 }
	word := func() string { return []string{"", "silver", "gold", "a \"b\""}[random.IntN(4)] }
	micros := func() int64 { return 1_600_000_000_000_000 + random.Int64N(1e15) }
	c := &clv.Change{
		CustomerID: "c" + word(), Version: random.Uint64N(1e6), Reason: announce.Reason(1 + random.IntN(11)), PreviousMinor: money(),
		Cause: clv.Cause{EventID: "e" + word(), Kind: history.Kind(1 + random.IntN(8)), OrderID: word(), AtMicros: micros()},
		Current: estimate.Estimate{
			AsOfMicros: micros(), Status: history.Status(random.IntN(3)), HistoricMinor: money(), PredictedMinor: money(), CLVMinor: money(),
			ResidualMinor: money(), ResidualKnown: maybe(), PAlive: random.Float64(), AliveKnown: maybe(), ExpectedOrders: random.Float64() * 9, SpendMinor: money(),
			Facts: history.Facts{
				Orders: random.IntN(3), PurchaseDays: random.IntN(3), Frequency: random.IntN(3), RecencyDays: random.IntN(99),
				AgeDays: random.IntN(999), RevenueMinor: random.Int64N(1e9) - 1e8, MarginMinor: random.Int64N(1e9) - 1e8,
			},
			Acquisition: history.Acquisition{Known: maybe(), CostMinor: random.Int64N(3) * 777, Channel: word()},
		},
		FirstChannel: word(), ModelName: "m" + word(), ModelVersion: "v" + word(),
		Was:      standing.Standing{Stage: standing.Stage(random.IntN(6)), Tier: uint8(random.IntN(3))},
		Standing: standing.Standing{Stage: standing.Stage(random.IntN(6)), StageMicros: micros(), Tier: uint8(random.IntN(3)), Worthwhile: maybe(), Approaching: maybe()},
		Silence:  standing.Silence{Days: random.IntN(99), Quantile: random.Float64(), LossMinor: money(), BestDay: calendar.Day(random.IntN(20_000)), LossKnown: maybe()},
	}
	if maybe() {
		c.Current.NextOrderDays = random.Float64() * 99
	}
	if maybe() {
		c.Tier = standing.TierMove{Was: word(), Now: word(), Next: word(), MissingMinor: money()}
	}
	if maybe() {
		c.BreakEven = estimate.BreakEven{Kind: estimate.BreakEvenKind(random.IntN(3)), Day: calendar.Day(random.IntN(20_000))}
	}
	return c
}
