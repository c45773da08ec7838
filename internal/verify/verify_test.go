package verify_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/eventtest"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/verify"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/due"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// lives draws customers whose events dwell on the borders of the rules, from
// all together. The even ones are keyed, and half of these come from a single
// partition. Some arrive in an order in which some events are too late.
func lives(rnd *rand.Rand, s *system, prefix string, customers int) (records []*kgo.Record) {
	var queues [][]*kgo.Record
	for i := range customers {
		life := eventtest.Life{
			CustomerID: fmt.Sprintf("%s%d", prefix, i), Events: 1 + rnd.IntN(30), Orders: 6,
			StartMicros: 1_500_000_000_000_000, SpanDays: 90, LatenessDays: 7, ErasedOneIn: 40,
		}
		events := life.Draw(rnd)
		for e := range events {
			events[e].ID = events[e].CustomerID + "-" + events[e].ID
		}
		arriving := eventtest.Deliver(rnd, events, &s.valuation.Rules)
		if i%8 >= 4 {
			rnd.Shuffle(len(arriving), func(a, b int) { arriving[a], arriving[b] = arriving[b], arriving[a] })
		}
		var queue []*kgo.Record
		for _, e := range arriving {
			r := s.record(e, i%2 == 0)
			if i%4 == 0 {
				r.Topic = s.inputs[0]
			}
			queue = append(queue, r)
		}
		queues = append(queues, queue)
	}
	for len(queues) > 0 {
		at := rnd.IntN(len(queues))
		records = append(records, queues[at][0])
		if queues[at] = queues[at][1:]; len(queues[at]) == 0 {
			queues = slices.Delete(queues, at, at+1)
		}
	}
	return records
}

// spoiled are records that cannot be used.
func spoiled(s *system) (records []*kgo.Record) {
	for i, value := range []string{
		"", "not JSON", `{"type":"order.shipped"}`, `{"type":"order.placed"}`, `{"type":7}`, "{}", "\xff", strings.Repeat("x", 100<<10),
		`{"type":"churn.confirmed","event_id":"1","customer_id":"","occurred_at":"2017-07-14T02:40:00Z"}`,
		`{"type":"churn.confirmed","event_id":"1","customer_id":"c","occurred_at":"yesterday"}`,
		`{"type":"churn.confirmed","event_id":"1","customer_id":"c","occurred_at":"9017-07-14T02:40:00Z"}`,
		`{"type":"customer.acquired","event_id":"1","customer_id":"c","occurred_at":"2017-07-14T02:40:00Z","cost":-1}`,
		`{"type":"customer.acquired","event_id":"1","customer_id":"c","occurred_at":"2017-07-14T02:40:00Z","cost":1,"currency":"XYZ"}`,
	} {
		r := &kgo.Record{Topic: s.inputs[i%2], Value: []byte(value)}
		if i%3 == 0 {
			r.Key = []byte("k")
		}
		records = append(records, r)
	}
	return append(records, &kgo.Record{Topic: s.inputs[0]}) // null
}

func TestSoundSystemIsVerified(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		s := newAwakeSystem(t, pair, due.Wall)
		rnd := random(t)
		records := lives(rnd, s, "c", 150)
		for _, r := range spoiled(s) {
			records = slices.Insert(records, rnd.IntN(len(records)), r)
		}
		s.abort(t)
		stopConsumer, stopPublisher := s.consume(t), s.publish(t)
		s.send(t, records...)
		s.settle(t)
		stopConsumer()
		stopPublisher()
		report := s.verify(t)
		if !report.Verified || report.Records != int64(len(records)) || report.Customers+report.Erased != 150 || report.Erased == 0 || report.Replayed == 0 || report.DueChanges == 0 {
			t.Fatal(report)
		}
		if report.Pending != 0 || report.Capped != 0 || report.OtherModel != 0 || report.Truncated != nil {
			t.Fatal(report)
		}
	})
}

// What the publisher has not brought out yet is no fault.
func TestWhatWaitsIsCounted(t *testing.T) {
	s := newSystem(t, testbed.EmbeddedPair(t))
	s.send(t, append(lives(random(t), s, "c", 40), spoiled(s)...)...)
	stop := s.consume(t)
	s.applied(t)
	stop()
	before := s.verify(t)
	if !before.Verified || before.Changes != 0 || before.Pending == 0 {
		t.Fatal(before)
	}
	s.publish(t)
	s.settle(t)
	after := s.verify(t)
	if !after.Verified || after.Changes != before.Pending || after.Pending != 0 || after.DeadLetters != before.DeadLetters {
		t.Fatal(after)
	}
}

func TestBusySystemIsVerified(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		s := newAwakeSystem(t, pair, due.Wall)
		rnd := random(t)
		records := append(lives(rnd, s, "c", 150), spoiled(s)...)
		sent := make(chan error, 1)
		go func() {
			for batch := range slices.Chunk(records, 20) {
				if err := s.produce(t.Context(), batch); err != nil {
					sent <- err
					return
				}
				time.Sleep(5 * time.Millisecond) // so that the system is busy for a while
			}
			sent <- nil
		}()
		s.consume(t)
		s.publish(t)
		for done, round := false, 0; !done; round++ {
			var stop func()
			if round%2 == 0 {
				stop = s.consume(t)
			} else {
				stop = s.publish(t)
			}
			if report := s.verify(t); !report.Verified {
				t.Errorf("round %d: %s", round, report)
			}
			stop()
			select {
			case err := <-sent:
				if done = true; err != nil {
					t.Fatal(err)
				}
			default:
			}
		}
		s.settle(t)
		if report := s.verify(t); !report.Verified || report.Records != int64(len(records)) {
			t.Error(report)
		}
	})
}

func TestLedgerLimitIsAllowedFor(t *testing.T) {
	s := newSystem(t, testbed.EmbeddedPair(t))
	s.valuation.Rules.LedgerLimit = 3
	s.consume(t)
	s.publish(t)
	s.send(t, lives(random(t), s, "c", 100)...)
	s.settle(t)
	if report := s.verify(t); !report.Verified || report.Capped == 0 {
		t.Fatal(report)
	}
	// Without refunds and cancels money is exact, also beyond the limit.
	for day := range 20 {
		e := history.Event{Kind: history.OrderPlaced, ID: fmt.Sprint(day), CustomerID: "ada", OrderID: fmt.Sprint(day % 10), AmountMinor: 1000,
			AtMicros: 1_500_000_000_000_000 + int64(day%10)*time.Hour.Microseconds()*12}
		s.send(t, s.record(&e, true))
	}
	s.settle(t)
	if report := s.verify(t); !report.Verified {
		t.Fatal(report)
	}
	s.tamper(t, "ada", func(c *clv.Customer) { c.History.Sealed.AmountMinor++ })
	s.expect(t, faults{differing: 1, statistics: followCustomers}, `customer "ada": revenue_minor`)
}

func TestPolicyIsHeldTo(t *testing.T) {
	s := newSystem(t, testbed.EmbeddedPair(t))
	s.valuation.Policy = announce.Policy{Rule: announce.Rule{AbsoluteMinor: 1000, Relative: 0.1}}
	s.consume(t)
	s.publish(t)
	s.send(t, append(adaRecords(s), lives(random(t), s, "c", 100)...)...)
	s.settle(t)
	if report := s.verify(t); !report.Verified {
		t.Fatal(report)
	}
	s.valuation.Policy = announce.Policy{}
	if report := s.verify(t); report.Verified || report.Unannounced == 0 || report.Unfounded != 0 {
		t.Error(report)
	}
	s.valuation.Policy = announce.Policy{Rule: announce.Rule{AbsoluteMinor: 100_000}}
	if report := s.verify(t); report.Verified || report.Unfounded == 0 {
		t.Error(report)
	}
}

func TestOtherModelLeavesHistories(t *testing.T) {
	s := settledSystem(t)
	s.valuation.Model = must[model.Simple](t)(model.NewSimple(5))
	report := s.verify(t)
	if !report.Verified || report.OtherModel != report.Customers || report.Replayed != 0 || len(report.ModelVersions) != 1 {
		t.Fatal(report)
	}
	s.tamper(t, "ada", func(c *clv.Customer) { c.History.Sealed.Orders++ })
	s.expect(t, faults{differing: 1, statistics: followCustomers}, `customer "ada": orders`)
}

func TestCurrentValuesAreTheLastChanges(t *testing.T) {
	s := settledSystem(t)
	sound := s.topics
	for name, edit := range map[string]func(r []*kgo.Record, of []int) []*kgo.Record{
		"gone": func(r []*kgo.Record, of []int) []*kgo.Record { return slices.DeleteFunc(r, isAda) },
		"changed": func(r []*kgo.Record, of []int) []*kgo.Record {
			return edited(r, of[len(of)-1], `"version":`, `"version":1`)
		},
		"an earlier one": func(r []*kgo.Record, _ []int) []*kgo.Record {
			changes := s.readAll(t, sound.Changes)
			return append(r, changes[indicesOf(changes)[0]])
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.topics.Current = s.copyTopic(t, sound.Current, func(r []*kgo.Record) []*kgo.Record { return edit(r, indicesOf(r)) })
			defer func() { s.topics = sound }()
			s.expect(t, faults{stale: 1}, `customer "ada": `+s.topics.Current)
		})
	}
}

func isAda(r *kgo.Record) bool { return string(r.Key) == "ada" }

func TestWhatCanNotBeVerifiedIsAnError(t *testing.T) {
	s := settledSystem(t)
	config := verify.Config{Kafka: s.kafka, InputTopics: s.inputs[:1], Topics: s.topics, Store: s.store, Rules: s.rules, Valuation: s.valuation}
	if _, err := verify.Run(t.Context(), config); err == nil || !strings.Contains(err.Error(), s.inputs[1]+", which is not among the input topics") {
		t.Errorf("an input topic left out: %v", err)
	}
	config.InputTopics, config.Topics = s.inputs, cluster.OutputTopicsOf("another")
	if _, err := verify.Run(t.Context(), config); err == nil {
		t.Error("output topics that do not exist: no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	config.Topics = s.topics
	if _, err := verify.Run(ctx, config); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestTruncatedLogIsNamed(t *testing.T) {
	s := settledSystem(t)
	upTo := kadm.Offsets{}
	upTo.Add(kadm.Offset{Topic: s.inputs[0], Partition: s.sent[0].Partition, At: s.sent[0].Offset + 1})
	if _, err := kadm.NewClient(s.producer).DeleteRecords(t.Context(), upTo); err != nil {
		t.Fatal(err)
	}
	report := s.verify(t)
	if want := fmt.Sprintf("%s/%d", s.inputs[0], s.sent[0].Partition); report.Verified || !slices.Equal(report.Truncated, []string{want}) {
		t.Error(report)
	}
}

// The figures of CDNOW's sample are those of the literature.
func TestCDNOWSample(t *testing.T) {
	s := newSystem(t, testbed.EmbeddedPair(t))
	s.valuation.Rules.LatenessDays = history.DefaultLatenessDays
	file := must[*os.File](t)(os.Open("../dataset/testdata/CDNOW_sample.txt"))
	defer file.Close()
	reader := must[*dataset.Reader](t)(dataset.NewReader(file, dataset.Options{Format: dataset.CDNOW, Name: "CDNOW_sample.txt"}))
	var records []*kgo.Record
	for row, err := range reader.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, s.record(&row.Event, true))
	}
	s.consume(t)
	s.publish(t)
	s.send(t, records...)
	s.settle(t)
	stages := map[string]int64{}
	report, err := verify.Run(t.Context(), verify.Config{
		Kafka: s.kafka, InputTopics: s.inputs, Topics: s.topics, Store: s.store, Rules: s.rules, Valuation: s.valuation,
		Progress: func(stage string, done, total int64) {
			if done == total {
				stages[stage] = total
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !report.Verified || report.Events != 6919 || report.Customers != 2357 || report.PurchaseDays != 6696 ||
		report.RepeatPurchases != 4339 || report.RevenueMinor != 24409194 || report.Replayed != 2357 {
		t.Error(report)
	}
	if stages[verify.StageInput] != 6919 || stages[verify.StageChanges] < report.Changes || stages[verify.StageCompare] != shards || stages[verify.StageCurrent] == 0 {
		t.Errorf("progress ended at %v", stages)
	}
}
