package announce

import (
	"testing"

	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

const day = 86_400_000_000

// aMove is a customer of some value who was announced at 1000.00 a hundred days ago
// and is worth 1000.10 now, standing as before.
func aMove(cause history.Kind, change func(*Move)) *Move {
	at := standing.Standing{Stage: standing.StageActive, StageMicros: 100 * day, Tier: 1, TierMicros: 100 * day}
	before, after := at, at
	m := &Move{
		Cause:          cause,
		Version:        3,
		AnnouncedMinor: 100_000,
		Known:          &Announced{Standing: at, AtMicros: 100 * day},
		Before:         Point{Value: &estimate.Valued{AsOfMicros: 100 * day, Status: history.Active, CLVMinor: 100_000, Digest: 1, ModelVersion: "a"}, Standing: &before},
		After:          Point{Value: &estimate.Valued{AsOfMicros: 200 * day, Status: history.Active, CLVMinor: 100_010, Digest: 2, ModelVersion: "a"}, Standing: &after},
	}
	if change != nil {
		change(m)
	}
	return m
}

// What becomes of a move, case by case, worked out by hand from what docs/events.md
// promises.
func TestDecide(t *testing.T) {
	for _, c := range []struct {
		what   string
		cause  history.Kind
		change func(*Move)
		policy Policy
		drift  float64
		want   Decision
	}{
		// Events: the reason follows from what happened.
		{what: "an order", cause: history.OrderPlaced, want: Decision{Announce, ReasonPurchase}},
		{what: "another version of an order", cause: history.OrderPlaced, change: func(m *Move) { m.Amends = true }, want: Decision{Announce, ReasonCorrection}},
		{what: "a refund", cause: history.OrderRefunded, want: Decision{Announce, ReasonRefund}},
		{what: "a cancel", cause: history.OrderCancelled, want: Decision{Announce, ReasonCancel}},
		{what: "a prediction of churn", cause: history.ChurnPredicted, want: Decision{Announce, ReasonChurn}},
		{what: "the cost of acquisition", cause: history.CustomerAcquired, want: Decision{Announce, ReasonCorrection}},
		{what: "an order after a confirmed churn", cause: history.OrderPlaced, change: func(m *Move) { m.Before.Value.Status = history.Churned }, want: Decision{Announce, ReasonReactivation}},
		{what: "a reverted churn, too, brings a customer back", cause: history.ChurnReverted, change: func(m *Move) { m.Before.Value.Status = history.Churned }, want: Decision{Announce, ReasonReactivation}},
		{what: "an event that changes no figure", cause: history.OrderPlaced, change: func(m *Move) { m.After.Value.Digest = 1 }, want: Decision{Suppress, ReasonPurchase}},

		// The first change.
		{what: "the first order", cause: history.OrderPlaced, change: func(m *Move) { m.Version = 0 }, want: Decision{Announce, ReasonFirst}},
		{what: "a refund that waits for its order", cause: history.OrderRefunded, change: func(m *Move) { m.Version, m.After.Value.Status = 0, history.Prospect }, want: Decision{Withhold, ReasonFirst}},
		{what: "a prospect whose cost is known", cause: history.CustomerAcquired, change: func(m *Move) { m.Version, m.After.Value.Status, m.Acquired = 0, history.Prospect, true }, want: Decision{Announce, ReasonFirst}},
		{what: "the first change passes a policy of never", cause: history.OrderPlaced, change: func(m *Move) { m.Version = 0 }, policy: Policy{Rule: Rule{Never: true}}, want: Decision{Announce, ReasonFirst}},

		// Thresholds.
		{what: "10 minor units where 11 are asked for", cause: history.OrderPlaced, policy: Policy{Rule: Rule{AbsoluteMinor: 11}}, want: Decision{Suppress, ReasonPurchase}},
		{what: "10 minor units where 10 are asked for", cause: history.OrderPlaced, policy: Policy{Rule: Rule{AbsoluteMinor: 10}}, want: Decision{Announce, ReasonPurchase}},
		{what: "a reason with a rule of its own", cause: history.OrderPlaced, policy: Policy{Rule: Rule{AbsoluteMinor: 11}, ByReason: map[Reason]Rule{ReasonPurchase: {}}}, want: Decision{Announce, ReasonPurchase}},
		{what: "a share of the announced value", cause: history.OrderPlaced, policy: Policy{Rule: Rule{Relative: 0.001}}, want: Decision{Suppress, ReasonPurchase}},
		{what: "the way back needs more by the hysteresis", cause: history.OrderPlaced, policy: Policy{Rule: Rule{AbsoluteMinor: 10}, Hysteresis: 0.1}, want: Decision{Suppress, ReasonPurchase}},
		{what: "and the same way does not", cause: history.OrderPlaced, change: func(m *Move) { m.Known.Rose = true }, policy: Policy{Rule: Rule{AbsoluteMinor: 10}, Hysteresis: 0.1}, want: Decision{Announce, ReasonPurchase}},
		{what: "standing only, and none changed", cause: history.OrderPlaced, policy: Policy{Rule: Rule{StandingOnly: true}}, want: Decision{Suppress, ReasonPurchase}},
		{what: "standing only, and a tier changed", cause: history.OrderPlaced, change: func(m *Move) { m.After.Standing.Tier = 2 }, policy: Policy{Rule: Rule{StandingOnly: true}}, want: Decision{Announce, ReasonPurchase}},
		{what: "standing only, and the status changed", cause: history.ChurnConfirmed, change: func(m *Move) { m.After.Value.Status = history.Churned }, policy: Policy{Rule: Rule{StandingOnly: true}}, want: Decision{Announce, ReasonChurn}},
		{what: "never", cause: history.OrderPlaced, change: func(m *Move) { m.After.Standing.Tier = 2 }, policy: Policy{Rule: Rule{Never: true}}, want: Decision{Suppress, ReasonPurchase}},

		// One change within a span.
		{what: "within the span", cause: history.OrderPlaced, policy: Policy{SpanMicros: 101 * day}, want: Decision{Postpone, ReasonPurchase}},
		{what: "when the span is over", cause: history.OrderPlaced, policy: Policy{SpanMicros: 100 * day}, want: Decision{Announce, ReasonPurchase}},
		{what: "within the span, the reason that waits stays", cause: history.OrderPlaced, change: func(m *Move) { m.Known.Pending = ReasonRefund }, policy: Policy{SpanMicros: 101 * day}, want: Decision{Postpone, ReasonRefund}},
		{what: "time ends the span", cause: history.TimePassed, change: func(m *Move) { m.Known.Pending = ReasonRefund }, policy: Policy{SpanMicros: 100 * day}, want: Decision{Announce, ReasonRefund}},
		{what: "what waited has been undone meanwhile", cause: history.TimePassed, change: func(m *Move) { m.Known.Pending, m.After.Value.CLVMinor = ReasonRefund, 100_000 }, policy: Policy{Rule: Rule{AbsoluteMinor: 1}, SpanMicros: 100 * day}, want: Decision{Suppress, ReasonRefund}},

		// Time.
		{what: "an instant that came too early", cause: history.TimePassed, want: Decision{}},
		{what: "another cut of the tiers alone", cause: history.TimePassed, change: func(m *Move) { m.After.Cut = 7 }, want: Decision{Outcome: Withhold}},
		{what: "a stage of silence", cause: history.TimePassed, change: func(m *Move) { m.After.Standing.Stage = standing.StageCooling }, want: Decision{Announce, ReasonDormant}},
		{what: "won back for long enough is active again", cause: history.TimePassed, change: func(m *Move) {
			m.Before.Standing.Stage, m.Known.Standing.Stage = standing.StageWonBack, standing.StageWonBack
		}, want: Decision{Announce, ReasonDecay}},
		{what: "which subscribers know who never heard of it", cause: history.TimePassed, change: func(m *Move) {
			m.Before.Standing.Stage = standing.StageWonBack
		}, want: Decision{Suppress, ReasonDecay}},
		{what: "a stage that an order ended", cause: history.OrderPlaced, change: func(m *Move) {
			m.Before.Standing.Stage, m.Known.Standing.Stage = standing.StageCooling, standing.StageCooling
		}, policy: Policy{Rule: Rule{StandingOnly: true}}, want: Decision{Announce, ReasonPurchase}},
		{what: "a stage that was kept back is not told by the next thing that does not matter", cause: history.TimePassed, change: func(m *Move) {
			m.Before.Standing.Stage, m.After.Standing.Stage, m.Before.Standing.AliveLevel = standing.StageDormant, standing.StageDormant, 1
		}, policy: Policy{ByReason: map[Reason]Rule{ReasonDormant: {Never: true}}}, want: Decision{Suppress, ReasonDecay}},
		{what: "but by the next order", cause: history.OrderPlaced, change: func(m *Move) {
			m.Before.Standing.Stage, m.After.Standing.Stage = standing.StageDormant, standing.StageLost
		}, policy: Policy{Rule: Rule{StandingOnly: true}, ByReason: map[Reason]Rule{ReasonDormant: {Never: true}}}, want: Decision{Announce, ReasonPurchase}},
		{what: "a tier that is again the one announced", cause: history.TimePassed, change: func(m *Move) { m.Before.Standing.Tier = 2 }, want: Decision{Suppress, ReasonDecay}},
		{what: "a stage that waited, and is over when its time comes", cause: history.TimePassed, change: func(m *Move) {
			m.Known.Pending = ReasonDormant
		}, want: Decision{Announce, ReasonDecay}},
		{what: "an order takes the place of a stage that waits, and is over", cause: history.OrderPlaced, change: func(m *Move) {
			m.Known.Pending, m.Before.Standing.Stage = ReasonDormant, standing.StageDormant
		}, policy: Policy{SpanMicros: 101 * day}, want: Decision{Postpone, ReasonPurchase}},
		{what: "a tier lost", cause: history.TimePassed, change: func(m *Move) { m.After.Standing.Tier = 0 }, want: Decision{Announce, ReasonTier}},
		{what: "a tier goes before a stage", cause: history.TimePassed, change: func(m *Move) { m.After.Standing.Tier, m.After.Standing.Stage = 0, standing.StageLost }, want: Decision{Announce, ReasonTier}},
		{what: "a level of P(alive) passed", cause: history.TimePassed, change: func(m *Move) { m.After.Standing.AliveLevel = 1 }, want: Decision{Announce, ReasonDecay}},
		{what: "a level regained", cause: history.TimePassed, change: func(m *Move) { m.Before.Standing.AliveLevel, m.Known.Standing.AliveLevel = 1, 1 }, want: Decision{Suppress, ReasonDecay}},
		{what: "the floor of acquisition left", cause: history.TimePassed, change: func(m *Move) {
			m.Acquired, m.Before.Standing.Worthwhile, m.Known.Standing.Worthwhile = true, true, true
		}, want: Decision{Announce, ReasonDecay}},
		{what: "a drift of a quarter", cause: history.TimePassed, change: func(m *Move) { m.After.Value.CLVMinor = 75_000 }, drift: 0.25, want: Decision{Announce, ReasonDecay}},
		{what: "and of less", cause: history.TimePassed, change: func(m *Move) { m.After.Value.CLVMinor = 75_001 }, drift: 0.25, want: Decision{}},
		{what: "a drift where only the standing is of interest", cause: history.TimePassed, change: func(m *Move) { m.After.Value.CLVMinor = 75_000 }, drift: 0.25, policy: Policy{Rule: Rule{StandingOnly: true}}, want: Decision{Suppress, ReasonDecay}},

		// A cool-down between stages.
		{what: "a stage within the cool-down", cause: history.TimePassed, change: func(m *Move) { m.After.Standing.Stage = standing.StageCooling }, policy: Policy{CoolDownMicros: 101 * day}, want: Decision{Postpone, ReasonDormant}},
		{what: "and after it", cause: history.TimePassed, change: func(m *Move) { m.After.Standing.Stage = standing.StageCooling }, policy: Policy{CoolDownMicros: 100 * day}, want: Decision{Announce, ReasonDormant}},
		{what: "a tier does not wait for it", cause: history.TimePassed, change: func(m *Move) { m.After.Standing.Stage, m.After.Standing.Tier = standing.StageCooling, 2 }, policy: Policy{CoolDownMicros: 101 * day}, want: Decision{Announce, ReasonTier}},
		{what: "a level that comes with a stage within the cool-down is the reason", cause: history.TimePassed, change: func(m *Move) {
			m.After.Standing.Stage, m.After.Standing.AliveLevel = standing.StageCooling, 1
		}, policy: Policy{CoolDownMicros: 101 * day}, want: Decision{Announce, ReasonDecay}},
		{what: "so is a drift", cause: history.TimePassed, change: func(m *Move) {
			m.After.Standing.Stage, m.After.Value.CLVMinor = standing.StageCooling, 75_000
		}, drift: 0.25, policy: Policy{CoolDownMicros: 101 * day}, want: Decision{Announce, ReasonDecay}},
		{what: "and what waited for the end of the span", cause: history.TimePassed, change: func(m *Move) {
			m.After.Standing.Stage, m.Known.Pending = standing.StageCooling, ReasonPurchase
		}, policy: Policy{SpanMicros: 100 * day, CoolDownMicros: 101 * day}, want: Decision{Announce, ReasonPurchase}},
		{what: "what waits within the span does not wait for the cool-down", cause: history.TimePassed, change: func(m *Move) {
			m.After.Standing.Stage, m.Known.Pending = standing.StageCooling, ReasonPurchase
		}, policy: Policy{SpanMicros: 101 * day, CoolDownMicros: 200 * day}, want: Decision{Postpone, ReasonPurchase}},
		{what: "nor does a level that comes while a stage waits", cause: history.TimePassed, change: func(m *Move) {
			m.Before.Standing.Stage, m.After.Standing.Stage, m.Known.Pending, m.After.Standing.AliveLevel = standing.StageCooling, standing.StageCooling, ReasonDormant, 1
		}, policy: Policy{SpanMicros: 101 * day, CoolDownMicros: 200 * day}, want: Decision{Postpone, ReasonDecay}},
		{what: "what waited has been undone, and a stage that cools waits in its place", cause: history.TimePassed, change: func(m *Move) {
			m.After.Standing.Stage, m.Known.Pending, m.After.Value.CLVMinor = standing.StageCooling, ReasonPurchase, 100_000
		}, policy: Policy{Rule: Rule{AbsoluteMinor: 1}, SpanMicros: 100 * day, CoolDownMicros: 101 * day}, want: Decision{Postpone, ReasonDormant}},
		{what: "a stage that waits is not told by what does not matter", cause: history.TimePassed, change: func(m *Move) {
			m.Before.Standing.Stage, m.After.Standing.Stage, m.Known.Pending = standing.StageCooling, standing.StageCooling, ReasonDormant
			m.Before.Standing.Approaching, m.Known.Standing.Approaching = true, true
		}, policy: Policy{CoolDownMicros: 101 * day}, want: Decision{Postpone, ReasonDormant}},
		{what: "a stage within the cool-down is not lost with a level that is never told", cause: history.TimePassed, change: func(m *Move) {
			m.After.Standing.Stage, m.After.Standing.AliveLevel = standing.StageCooling, 1
		}, policy: Policy{CoolDownMicros: 101 * day, ByReason: map[Reason]Rule{ReasonDecay: {Never: true}}}, want: Decision{Postpone, ReasonDormant}},
		{what: "one that is never told does not wait", cause: history.TimePassed, change: func(m *Move) {
			m.After.Standing.Stage = standing.StageCooling
		}, policy: Policy{CoolDownMicros: 101 * day, ByReason: map[Reason]Rule{ReasonDormant: {Never: true}}}, want: Decision{Suppress, ReasonDormant}},

		// Another model.
		{what: "another model", cause: history.TimePassed, change: func(m *Move) { m.After.Value.ModelVersion = "b" }, want: Decision{Announce, ReasonModel}},
		{what: "another model that says the same", cause: history.TimePassed, change: func(m *Move) { m.After.Value.ModelVersion, m.After.Value.Digest = "b", 1 }, want: Decision{Suppress, ReasonModel}},
		{what: "another model, silently", cause: history.TimePassed, change: func(m *Move) { m.After.Value.ModelVersion, m.After.Standing.Tier = "b", 2 }, policy: Policy{SilentModel: true}, want: Decision{Suppress, ReasonModel}},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := c.policy.Decide(aMove(c.cause, c.change), &standing.Awake{Drift: c.drift}); got != c.want {
				t.Errorf("is %s, %s; want %s, %s", got.Outcome, got.Reason, c.want.Outcome, c.want.Reason)
			}
		})
	}
}

// What is suppressed is where the next move begins.
func TestSuppressedStandings(t *testing.T) {
	known := Announced{Standing: standing.Standing{Stage: standing.StageLost, AliveLevel: 2, Approaching: true}, Pending: ReasonRefund}
	known.Suppress(&standing.Standing{Stage: standing.StageActive, AliveLevel: 1})
	if want := (Announced{Standing: standing.Standing{Stage: standing.StageLost, AliveLevel: 1}}); known != want {
		t.Errorf("known is %+v, want %+v", known, want)
	}
	known.Suppress(&standing.Standing{Stage: standing.StageActive, AliveLevel: 2, Approaching: true})
	if want := (Announced{Standing: standing.Standing{Stage: standing.StageLost, AliveLevel: 1}}); known != want {
		t.Errorf("a stage, a level and an approach that were not announced are taken for known: %+v, want %+v", known, want)
	}
}
