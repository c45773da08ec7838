package verify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/verify"
	"github.com/clvstream/clvstream/stream/due"
)

// Under a policy that holds changes back, which ones must be there is not checked. What
// each of them says is, and why it was announced.
func TestChangesAreComparedUnderEveryPolicy(t *testing.T) {
	for name, policy := range map[string]announce.Policy{
		"span":          {SpanMicros: 5 * day},
		"cool-down":     {CoolDownMicros: 20 * day},
		"both":          {SpanMicros: 2 * day, CoolDownMicros: 30 * day},
		"hysteresis":    {Rule: announce.Rule{AbsoluteMinor: 300}, Hysteresis: 0.5},
		"standing only": {Rule: announce.Rule{StandingOnly: true}},
		"never":         {ByReason: map[announce.Reason]announce.Rule{announce.ReasonRefund: {Never: true}, announce.ReasonDormant: {Never: true}, announce.ReasonTier: {Never: true}}},
		"silent model":  {SilentModel: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newAwakeSystem(t, testbed.EmbeddedPair(t), due.Event)
			s.valuation.Policy = policy
			stopConsumer, stopPublisher := s.consume(t), s.publish(t)
			s.send(t, append(adaRecords(s), lives(random(t), s, "c", 60)...)...)
			s.settle(t)
			stopConsumer()
			stopPublisher()
			report := s.verify(t)
			if !report.Verified || report.Changes == 0 {
				t.Fatal(report)
			}
			s.topics.Changes = s.copyTopic(t, s.topics.Changes, func(r []*kgo.Record) []*kgo.Record {
				of := indicesOf(r)
				at := of[slices.IndexFunc(of, func(i int) bool { return strings.Contains(string(r[i].Value), `"type":"order.placed"`) && i != of[0] })]
				return edited(edited(r, at, `"reason":"purchase"`, `"reason":"correction"`), at, `"reason":"reactivation"`, `"reason":"purchase"`)
			})
			report = s.verify(t)
			if report.Verified || !slices.ContainsFunc(report.Differences, func(d verify.Difference) bool {
				return d.Customer == "ada" && strings.Contains(d.Field, "reason")
			}) {
				t.Error(report)
			}
		})
	}
}

// A policy that did nothing would be noticed: what was announced without it does not
// verify under it.
func TestNoPolicyIsIdle(t *testing.T) {
	s := newAwakeSystem(t, testbed.EmbeddedPair(t), due.Event)
	stopConsumer, stopPublisher := s.consume(t), s.publish(t)
	s.send(t, append(coolingTwice(s), append(adaRecords(s), lives(random(t), s, "c", 120)...)...)...)
	s.settle(t)
	stopConsumer()
	stopPublisher()
	if report := s.verify(t); !report.Verified {
		t.Fatal(report)
	}
	never := func(r announce.Reason) announce.Policy {
		return announce.Policy{ByReason: map[announce.Reason]announce.Rule{r: {Never: true}}}
	}
	for name, c := range map[string]struct {
		policy announce.Policy
		field  string
		want   string
	}{
		"span":                {announce.Policy{SpanMicros: 5 * day}, "as_of", "policy.span"},
		"cool-down":           {announce.Policy{CoolDownMicros: 60 * day}, "as_of", "policy.cool_down"},
		"absolute":            {announce.Policy{Rule: announce.Rule{AbsoluteMinor: 100_000}}, "clv.delta", "by the policy"},
		"relative":            {announce.Policy{Rule: announce.Rule{Relative: 0.9}}, "clv.delta", "by the policy"},
		"standing only":       {announce.Policy{Rule: announce.Rule{StandingOnly: true}}, "clv.delta", "by the policy"},
		"never a refund":      {never(announce.ReasonRefund), "reason", "never"},
		"never dormant":       {never(announce.ReasonDormant), "reason", "never"},
		"a rule of one event": {announce.Policy{ByReason: map[announce.Reason]announce.Rule{announce.ReasonPurchase: {AbsoluteMinor: 100_000}}}, "clv.delta", "by the policy"},
	} {
		s.valuation.Policy = c.policy
		report := s.verify(t)
		if report.Verified || !slices.ContainsFunc(report.Differences, func(d verify.Difference) bool {
			return strings.Contains(d.Field, c.field) && strings.Contains(d.Want, c.want)
		}) {
			t.Errorf("%s: %v", name, report)
		}
	}
}

// coolingTwice are orders of a customer who cools down 40 days after each, and so twice within
// two months.
func coolingTwice(s *system) (records []*kgo.Record) {
	for i, at := range []int64{0, 45} {
		e := history.Event{Kind: history.OrderPlaced, ID: fmt.Sprint("eve-", i), CustomerID: "eve", OrderID: fmt.Sprint("eve-", i), AmountMinor: 2000, AtMicros: 1_500_000_000_000_000 + at*day}
		records = append(records, s.record(&e, true))
	}
	return records
}
