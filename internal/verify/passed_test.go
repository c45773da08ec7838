package verify_test

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// Whatever comes between whatever, verify agrees with the path, under every policy.
func TestEveryInterleavingIsVerified(t *testing.T) {
	rounds := 40 // of 400 in all; a soak tries 3,000
	if os.Getenv("TESTBED_SOAK") == "1" {
		rounds = 300
	}
	for name, policy := range map[string]announce.Policy{
		"all":           {},
		"span":          {SpanMicros: 5 * day},
		"cool-down":     {CoolDownMicros: 20 * day},
		"both":          {SpanMicros: 2 * day, CoolDownMicros: 30 * day},
		"hysteresis":    {Rule: announce.Rule{AbsoluteMinor: 300}, Hysteresis: 0.5},
		"standing only": {Rule: announce.Rule{StandingOnly: true}},
		"never":         {ByReason: map[announce.Reason]announce.Rule{announce.ReasonRefund: {Never: true}, announce.ReasonDormant: {Never: true}, announce.ReasonTier: {Never: true}}},
		"thresholds":    {Rule: announce.Rule{AbsoluteMinor: 1000, Relative: 0.1}},
		"never of time": {CoolDownMicros: 10 * day, ByReason: map[announce.Reason]announce.Rule{announce.ReasonDecay: {Never: true}}},
		"long span":     {SpanMicros: 20 * day, CoolDownMicros: 5 * day},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, rnd := newAwakeRules(t), random(t)
			s.valuation.Policy = policy
			for round := range rounds {
				i := newInterleaved(t, s)
				i.snapshot.Activated, i.snapshot.Partitions = round%2 == 0, 1+int64(round%4/3) // one in four is of two partitions
				if report := i.live(rnd); !report.Verified {
					t.Fatalf("%s\n%s", report, i)
				}
			}
		})
	}
}

// What the path leaves out or values as of another instant is found where events are late,
// too. The counts are those of a fixed seed, a little less than what is found: a verify
// that takes more instants for possible than there are finds fewer.
func TestLateEventsHideNothing(t *testing.T) {
	never := func(r announce.Reason) func(*interleaved) {
		return func(i *interleaved) {
			i.path.Policy = announce.Policy{ByReason: map[announce.Reason]announce.Rule{r: {Never: true}}}
		}
	}
	const rounds = 80
	for name, tc := range map[string]struct {
		wrong func(*interleaved)
		least int // of the rounds
	}{
		"no decay":                          {never(announce.ReasonDecay), 21},
		"no stage":                          {never(announce.ReasonDormant), 41},
		"no refund":                         {never(announce.ReasonRefund), 34},
		"no small moves":                    {func(i *interleaved) { i.path.Policy.AbsoluteMinor = 300 }, 36},
		"only standings":                    {func(i *interleaved) { i.path.Policy.StandingOnly = true }, 55},
		"late events valued three days ago": {func(i *interleaved) { i.lag = 3 * day }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, found := newAwakeRules(t), 0
			for round := range rounds {
				i := newInterleaved(t, s)
				tc.wrong(i)
				if !i.live(rand.New(rand.NewPCG(1, uint64(round)))).Verified {
					found++
				}
			}
			if found < tc.least {
				t.Errorf("found in %d of %d rounds, want %d", found, rounds, tc.least)
			}
		})
	}
}

func ofLone(kind history.Kind, id, order, at string, minor int64) *history.Event {
	when, err := time.Parse("2006-01-02T15:04", at)
	if err != nil {
		panic(err)
	}
	return &history.Event{Kind: kind, ID: id, CustomerID: lone, OrderID: order, AtMicros: when.UnixMicro(), AmountMinor: minor}
}

// A refused event fires what is due before it. What time brings then may be nothing to
// announce, and the next late event is valued as of that instant all the same.
func TestRefusedEventTakesItsCustomerFurther(t *testing.T) {
	s := newAwakeRules(t)
	s.valuation.Policy.StandingOnly = true
	i := newInterleaved(t, s)
	i.take(ofLone(history.OrderPlaced, "1", "o2", "2017-07-17T19:52", 3000))
	i.take(ofLone(history.OrderPlaced, "2", "o2", "2017-08-25T14:52", 2000)) // too late an edit
	i.take(ofLone(history.OrderPlaced, "3", "o1", "2017-08-18T14:52", 3000))
	if len(i.snapshot.Letters) != 1 || len(i.snapshot.Items) != 2 || instant(i.snapshot.Items[1].Change.Current.AsOfMicros) != "2017-08-21T22:00:00Z" {
		t.Fatalf("the late event is not valued as of the drift that a refused one fired:\n%s", i)
	}
	if report := i.verify(); !report.Verified {
		t.Error(report)
	}
	i.snapshot.Items[1].Change.Current.AsOfMicros += 6 * day // beyond the refused event
	if report := i.verify(); report.DifferingCustomers != 1 {
		t.Error(report)
	}
}

// A late event that announces nothing may leave its customer at a later instant than the
// last one that was told. What would have been near a tier before that is nothing to tell.
func TestNothingIsToldOfBeforeAnUnheardValuation(t *testing.T) {
	i := newInterleaved(t, newAwakeRules(t))
	i.take(ofLone(history.OrderPlaced, "1", "o4", "2017-07-21T16:50", 0))
	midnight := func(day int) int64 { return time.Date(2017, 8, day, 22, 0, 0, 0, time.UTC).UnixMicro() }
	i.fire(midnight(3), midnight(21))
	moved := ofLone(history.OrderPlaced, "2", "o4", "2017-07-22T16:50", 0) // a day later
	moved.UpdatedMicros = moved.AtMicros
	i.take(moved)
	i.take(ofLone(history.OrderCancelled, "3", "o5", "2017-08-04T21:36", 0))
	if len(i.snapshot.Items) != 2 || i.customer().Value.AsOfMicros != midnight(4) {
		t.Fatalf("not the case:\n%s", i)
	}
	if report := i.verify(); !report.Verified {
		t.Error(report)
	}
}

// A tier that was near, and no more, is told when it comes near again, by a refund that is
// below the thresholds.
func TestTierMayComeNearAgain(t *testing.T) {
	s := newAwakeRules(t)
	s.valuation.Policy.Rule = announce.Rule{AbsoluteMinor: 1000, Relative: 0.1}
	i := newInterleaved(t, s)
	order := ofLone(history.OrderPlaced, "1", "o1", "2017-08-31T14:35", 1000)
	order.Channel = "web" // of another margin
	i.take(order)
	refund := ofLone(history.OrderRefunded, "2", "o1", "2017-09-12T19:31", 2664)
	refund.RefundID = "r1"
	i.take(refund)
	if len(i.snapshot.Items) != 2 || !i.snapshot.Items[1].Change.Standing.Approaching {
		t.Fatalf("not the case:\n%s", i)
	}
	if report := i.verify(); !report.Verified {
		t.Error(report)
	}
}

// A purchase that waited for the end of the span is told then, also on a day on which silence
// brings a stage within the cool-down: the purchase is the reason, not the stage.
func TestStageThatCoolsIsNoReason(t *testing.T) {
	s := newAwakeRules(t)
	s.valuation.Policy = announce.Policy{SpanMicros: 2 * day, CoolDownMicros: 30 * day}
	i := newInterleaved(t, s)
	september := func(day int) int64 { return time.Date(2017, 9, day, 22, 0, 0, 0, time.UTC).UnixMicro() }
	i.take(ofLone(history.OrderPlaced, "1", "o5", "2017-07-26T16:32", 1000))
	i.fire(september(3), september(9))
	i.take(ofLone(history.OrderPlaced, "2", "o1", "2017-08-03T16:32", 0))
	i.take(ofLone(history.OrderPlaced, "3", "o2", "2017-08-03T17:32", 3000))
	i.fire(september(11), 0)
	told := i.snapshot.Items
	last := told[len(told)-1].Change
	if last.Reason != announce.ReasonPurchase || last.Current.AsOfMicros != september(11) || last.Standing.Stage != standing.StageCooling || last.Was.Stage != standing.StageActive {
		t.Errorf("the last change is %s, as of %s, from %s to %s:\n%s", last.Reason, instant(last.Current.AsOfMicros), last.Was.Stage, last.Standing.Stage, i)
	}
	if report := i.verify(); !report.Verified {
		t.Error(report)
	}
}

// Of two cancels of an order the later one counts. If it is older than the order by its version, the
// order stands, and with it a churned customer is active again.
func TestCancelMayReactivate(t *testing.T) {
	for _, partitions := range []int64{1, 2} {
		i := newInterleaved(t, newAwakeRules(t))
		i.snapshot.Partitions = partitions
		i.take(ofLone(history.OrderPlaced, "1", "o1", "2017-07-14T10:00", 1000))
		i.take(ofLone(history.ChurnConfirmed, "2", "", "2017-07-15T10:00", 0))
		order := ofLone(history.OrderPlaced, "3", "o2", "2017-07-16T10:00", 1000)
		order.Version, order.Versioned = 1, true
		i.take(order)
		i.take(ofLone(history.OrderCancelled, "4", "o2", "2017-07-17T10:00", 0))
		older := ofLone(history.OrderCancelled, "5", "o2", "2017-07-18T10:00", 0)
		older.Version, older.Versioned = 0, true
		i.take(older)
		told := i.snapshot.Items
		if last := told[len(told)-1].Change; last.Reason != announce.ReasonReactivation || last.Cause.EventID != "5" {
			t.Fatalf("the last change is %s of event %s:\n%s", last.Reason, last.Cause.EventID, i)
		}
		if report := i.verify(); !report.Verified {
			t.Errorf("%d partitions: %s", partitions, report)
		}
	}
}

// A drift that time brings passes thresholds that are above it, also under a span.
func TestDriftPassesThresholdsUnderASpan(t *testing.T) {
	s := newAwakeRules(t)
	s.valuation.Awake = standing.Awake{Drift: 0.25}
	s.valuation.Policy = announce.Policy{SpanMicros: 5 * day, Rule: announce.Rule{AbsoluteMinor: 1000}}
	i := newInterleaved(t, s)
	order := ofLone(history.OrderPlaced, "1", "o1", "2017-07-14T10:00", 1000)
	i.take(order)
	i.fire(order.AtMicros+35*day, 0)
	if told := i.snapshot.Items; len(told) != 2 || told[1].Change.Reason != announce.ReasonDecay {
		t.Fatalf("not the case:\n%s", i)
	}
	if report := i.verify(); !report.Verified {
		t.Error(report)
	}
}
