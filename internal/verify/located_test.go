package verify_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/due"
	"github.com/clvstream/clvstream/stream/mapping"
)

// newIndexedSystem has an index of orders.
func newIndexedSystem(t *testing.T, pair *testbed.Pair) *system {
	s := newAwakeSystem(t, pair, due.Event)
	s.rules.OrderIndex = true
	s.topics.Repartition = s.namespace + ".repartition"
	pair.CreateTopic(t, s.topics.Repartition, 2)
	s.inputs = append(s.inputs, s.topics.Repartition)
	return s
}

var (
	customerMember = regexp.MustCompile(`"customer_id":"([^"]*)",`)
	orderMember    = regexp.MustCompile(`"order_id":"`)
	ofAnOrder      = regexp.MustCompile(`"type":"(order\.refunded|order\.cancelled|refund\.reverted)"`)
)

// withoutCustomers has each order's id its own, and about half of the refunds, reverts and
// cancels name no customer. They come by any partition.
func withoutCustomers(rnd *rand.Rand, records []*kgo.Record) (stripped int) {
	for _, r := range records {
		customer := customerMember.FindSubmatch(r.Value)
		if customer == nil {
			continue
		}
		r.Value = orderMember.ReplaceAll(r.Value, fmt.Appendf(nil, `"order_id":"%s-`, customer[1]))
		if ofAnOrder.Match(r.Value) && rnd.IntN(2) == 0 {
			r.Value, r.Key = customerMember.ReplaceAll(r.Value, nil), nil
			stripped++
		}
	}
	return stripped
}

// settleRerouted settles what was sent, and what was rerouted of it.
func (s *system) settleRerouted(t *testing.T) {
	t.Helper()
	for range 3 {
		s.settle(t)
	}
}

// Refunds, reverts and cancels of nobody come to the customers of their orders, wait, or are
// given up; each once, with programs that restart in between.
func TestEventsWithoutACustomerAreVerified(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		s := newIndexedSystem(t, pair)
		rnd := random(t)
		records := lives(rnd, s, "c", 60)
		stripped := withoutCustomers(rnd, records)
		stopConsumer, stopPublisher := s.consume(t), s.publish(t)
		for part := range 3 {
			s.send(t, records[part*len(records)/3:(part+1)*len(records)/3]...)
			s.settleRerouted(t)
			stopConsumer()
			stopPublisher()
			stopConsumer, stopPublisher = s.consume(t), s.publish(t)
		}
		stopConsumer()
		stopPublisher()
		report := s.verify(t)
		if !report.Verified || report.Rerouted == 0 || report.Rerouted > int64(stripped) || report.Records < int64(len(records)) {
			t.Fatal(report)
		}
		t.Logf("%d events without a customer, %d rerouted", stripped, report.Rerouted)
	})
}

// What is done to the repartition topic, or to what waits, is seen.
func TestTamperedReroutesAreSeen(t *testing.T) {
	for name, tamper := range map[string]func(t *testing.T, s *system, rerouted []*kgo.Record){
		"twice": func(t *testing.T, s *system, rerouted []*kgo.Record) { s.send(t, again(rerouted[0])) },
		"to another customer": func(t *testing.T, s *system, rerouted []*kgo.Record) {
			forged := again(rerouted[0])
			forged.Key = []byte("someone")
			forged.Value = customerMember.ReplaceAll(forged.Value, []byte(`"customer_id":"someone",`))
			s.send(t, forged)
		},
		"with another amount": func(t *testing.T, s *system, rerouted []*kgo.Record) {
			forged := again(rerouted[0])
			forged.Value = regexp.MustCompile(`"event_id":"`).ReplaceAll(forged.Value, []byte(`"event_id":"x`))
			s.send(t, forged)
		},
		"of no record": func(t *testing.T, s *system, rerouted []*kgo.Record) {
			forged := again(rerouted[0])
			forged.Headers[2].Value = []byte("999999")
			s.send(t, forged)
		},
		"without headers": func(t *testing.T, s *system, rerouted []*kgo.Record) {
			forged := again(rerouted[0])
			forged.Headers = nil
			s.send(t, forged)
		},
		"what waits is gone": func(t *testing.T, s *system, _ []*kgo.Record) {
			client := s.pair.RedisClient(t)
			for shard := range shards {
				client.Del(t.Context(), fmt.Sprintf("%s:{s%03d}:unlocated", s.namespace, shard))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newIndexedSystem(t, testbed.EmbeddedPair(t))
			refund := func(order string) string {
				return fmt.Sprintf(`{"type":"order.refunded","event_id":"r%s","occurred_at":"2017-07-15T02:40:00Z","order_id":%q,"refund_id":"r","amount":"1.00","currency":"USD"}`, order, order)
			}
			placed := `{"type":"order.placed","event_id":"e","customer_id":"ada","occurred_at":"2017-07-14T02:40:00Z","order_id":"o","amount":"9.00","currency":"USD"}`
			stopConsumer, stopPublisher := s.consume(t), s.publish(t)
			for _, value := range []string{placed, refund("o"), refund("never")} {
				s.send(t, &kgo.Record{Topic: s.inputs[0], Value: []byte(value)})
			}
			s.settleRerouted(t)
			if report := s.verify(t); !report.Verified || report.Rerouted != 1 {
				t.Fatal(report)
			}
			tamper(t, s, s.readAll(t, s.topics.Repartition))
			s.settleRerouted(t)
			stopConsumer()
			stopPublisher()
			if report := s.verify(t); report.Verified || report.Unlocated+report.Unreadable == 0 {
				t.Error("not seen: ", report)
			}
		})
	}
}

// again is a record of the same content.
func again(r *kgo.Record) *kgo.Record {
	return &kgo.Record{Topic: r.Topic, Partition: r.Partition, Key: r.Key, Value: slices.Clone(r.Value), Headers: slices.Clone(r.Headers)}
}

// shopRefunds is docs/mapping.md's: Shopify's refunds as their own webhook.
const shopRefunds = `
preset: shopify
records: {topics: ['*.orders']}
rules:
  - name: refund_of_an_order
    when: topic == "refunds/create"
    events:
      - type: order.refunded
        for_each: value.transactions[*]
        when: kind == "refund" && status == "success"
        fields:
          event_id: {join: [headers.X-Shopify-Event-Id, /, item.id]}
          occurred_at: value.created_at
          order_id: value.order_id
          refund_id: value.id
          amount: item.amount
          currency: item.currency
`

// A webhook of refunds comes before the order's own, and names no customer. The shop's order
// is 29.30 EUR at 1.0845, 31.78 USD; of it 8.90 EUR went back, its share 8.90 ÷ 29.30: 22.13
// USD are left.
func TestMappedRefundsFindTheirCustomers(t *testing.T) {
	s := newIndexedSystem(t, testbed.EmbeddedPair(t))
	s.mappings = []*mapping.Mapping{must[*mapping.Mapping](t)(mapping.Parse("shop.yaml", []byte(shopRefunds)))}
	webhook := func(kind, value string) *kgo.Record {
		return &kgo.Record{Topic: s.inputs[0], Value: []byte(value), Headers: []kgo.RecordHeader{
			{Key: "X-Shopify-Topic", Value: []byte(kind)}, {Key: "X-Shopify-Event-Id", Value: []byte(kind)},
		}}
	}
	s.consume(t)
	s.publish(t)
	s.send(t, webhook("refunds/create", `{"id":9,"order_id":5800000000000000001,"created_at":"2017-08-02T10:00:00Z","transactions":[{"id":4,"kind":"refund","status":"success","amount":"8.90","currency":"EUR"}]}`))
	s.settle(t)
	s.send(t, webhook("orders/create", `{"id":5800000000000000001,"processed_at":"2017-08-01T10:00:00Z","currency":"EUR","total_price":"29.30","customer":{"id":42}}`))
	s.settleRerouted(t)
	report := s.verify(t)
	if !report.Verified || report.Rerouted != 1 || report.Customers != 1 || report.DeadLetters != 0 || report.RevenueMinor != 2213 {
		t.Error(report)
	}
}

// withoutPublisher is long enough to apply all that is sent, were it not held back.
const withoutPublisher = 2 * time.Second

// In a backfill a year goes by in less time than it takes to reroute an event. The task waits for
// it, or it would be too late for its customer.
func TestBackfillDoesNotOutrunWhatItReroutes(t *testing.T) {
	s := newIndexedSystem(t, testbed.EmbeddedPair(t))
	const days = 120
	var records []*kgo.Record
	for day := range days {
		at := time.UnixMicro(1_500_000_000_000_000).Add(time.Duration(day) * 24 * time.Hour).UTC()
		for _, customer := range []string{"ada", "bob"} {
			records = append(records,
				&kgo.Record{Topic: s.inputs[0], Key: []byte(customer), Value: fmt.Appendf(nil, `{"type":"order.placed","event_id":"e%d","customer_id":%q,"occurred_at":%q,"order_id":"%s-%d","amount":"9.00","currency":"USD"}`, day, customer, at.Format(time.RFC3339), customer, day)},
				&kgo.Record{Topic: s.inputs[1], Value: fmt.Appendf(nil, `{"type":"order.refunded","event_id":"r%d","occurred_at":%q,"order_id":"%s-%d","refund_id":"r","amount":"1.00","currency":"USD"}`, day, at.Add(time.Hour).Format(time.RFC3339), customer, day)})
		}
	}
	s.send(t, records...)
	s.consume(t)
	time.Sleep(withoutPublisher)
	s.publish(t)
	s.settleRerouted(t)
	report := s.verify(t)
	if !report.Verified || report.Rerouted != 2*days || report.DeadLetters != 0 {
		t.Error(report)
	}
}
