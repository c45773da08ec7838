package verify_test

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/due"
)

// twoPartitionSystem is settledAwakeSystem, but ada's events are of two partitions in turn.
// They came in the order of her life, which verify cannot know.
func twoPartitionSystem(t *testing.T) *system {
	t.Helper()
	s := newAwakeSystem(t, testbed.EmbeddedPair(t), due.Event)
	stopConsumer, stopPublisher := s.consume(t), s.publish(t)
	for i, r := range adaRecords(s) {
		r.Topic = s.inputs[i%2]
		s.send(t, r)
		s.applied(t)
	}
	s.send(t, s.record(&history.Event{
		Kind: history.OrderPlaced, ID: "last", CustomerID: "clock", OrderID: "o", AmountMinor: 1, AtMicros: 1_500_000_000_000_000 + 210*day,
	}, true))
	s.settle(t)
	stopConsumer()
	stopPublisher()
	if report := s.verify(t); !report.Verified || report.AnyOrder != 1 || report.Replayed != 1 {
		t.Fatal(report)
	}
	return s
}

func TestChangesAreCheckedWithoutTheOrderOfPartitions(t *testing.T) {
	s := twoPartitionSystem(t)
	sound, records := s.topics, s.readAll(t, s.topics.Changes)
	all, ofTime := indicesOf(records), dueIndices(records)
	if len(ofTime) < 2 || ofTime[len(ofTime)-1] != all[len(all)-1] {
		t.Fatalf("time caused %d of %d changes of ada, and not the last one", len(ofTime), len(all))
	}
	early := 2 // a change of an event in the middle of her life
	for name, tc := range map[string]struct {
		at         int // among ada's changes
		old, other string
		field      string
	}{
		"value of time's":     {len(all) - 2, `"current":"`, `"current":"1`, "clv.current"},
		"P(alive) of time's":  {len(all) - 2, `"p_alive":0.`, `"p_alive":0.0`, "p_alive"},
		"orders of time's":    {len(all) - 2, `"orders":`, `"orders":1`, "orders"},
		"value of an event's": {early, `"current":"`, `"current":"1`, "clv.current"},
		"revenue":             {early, `"revenue":"`, `"revenue":"2`, "revenue"},
	} {
		t.Run(name, func(t *testing.T) {
			s.topics.Changes = s.copyTopic(t, sound.Changes, func(r []*kgo.Record) []*kgo.Record {
				return edited(r, indicesOf(r)[tc.at], tc.old, tc.other)
			})
			defer func() { s.topics = sound }()
			s.expect(t, faults{differing: 1}, fmt.Sprintf("change %d: %s", tc.at+1, tc.field))
		})
	}
	t.Run("another instant", func(t *testing.T) {
		s.topics.Changes = s.copyTopic(t, sound.Changes, func(r []*kgo.Record) []*kgo.Record {
			at := indicesOf(r)[len(all)-2]
			instant := between(idOf(r[at]), "@", "#")
			r[at] = rewritten(r[at], instant, "2010"+instant[4:])
			return r
		})
		defer func() { s.topics = sound }()
		s.expect(t, faults{differing: 1}, fmt.Sprintf("change %d: age_days", len(all)-1))
	})
}

// What time is said to have brought must be new to subscribers, also where the state goes along.
func TestChangeOfTimeWithoutNewsIsFoundInAnyOrder(t *testing.T) {
	s := twoPartitionSystem(t)
	s.topics.Changes = s.copyTopic(t, s.topics.Changes, lastAgain)
	s.tamper(t, "ada", func(c *clv.Customer) { c.Version++ })
	if got := faultsOf(s.verify(t)); got.unfounded != 1 || got.lost != 0 {
		t.Errorf("%+v", got)
	}
}

// Where events announced nothing, a change may know any number of those that the other
// partition held: a value that one of these sets gives is sound.
func TestEachSetOfUnannouncedEventsIsTried(t *testing.T) {
	s := newSystem(t, testbed.EmbeddedPair(t))
	order := func(n, day int, topic string) *kgo.Record {
		r := s.record(&history.Event{
			Kind: history.OrderPlaced, ID: fmt.Sprintf("e%d", n), CustomerID: "ada", OrderID: fmt.Sprintf("o%d", n), AmountMinor: int64(100 * n),
			AtMicros: 1_500_000_000_000_000 + int64(day)*24*3600*1_000_000,
		}, true)
		r.Topic = topic
		return r
	}
	s.valuation.Policy.AbsoluteMinor = 450 // of small orders only some are announced
	stopConsumer, stopPublisher := s.consume(t), s.publish(t)
	for n := 1; n <= 12; n++ {
		s.send(t, order(n, n, s.inputs[n%2]))
		s.applied(t)
	}
	s.settle(t)
	stopConsumer()
	stopPublisher()
	report := s.verify(t)
	if !report.Verified || report.AnyOrder != 1 || report.Changes == 12 || report.Changes < 2 {
		t.Fatal(report)
	}
	at := report.Changes / 2
	s.topics.Changes = s.copyTopic(t, s.topics.Changes, func(r []*kgo.Record) []*kgo.Record {
		return edited(r, indicesOf(r)[at], `"orders":`, `"orders":1`)
	})
	s.expect(t, faults{differing: 1}, fmt.Sprintf("change %d: orders", at+1))
}
