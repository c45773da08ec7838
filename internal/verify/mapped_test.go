package verify_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/due"
	"github.com/clvstream/clvstream/stream/mapping"
)

// shopWebhooks are records as Shopify's webhooks are forwarded: orders, told again with all
// their refunds, orders of nobody, tests, and what no rule takes.
func shopWebhooks(rnd *rand.Rand, topic string, customers int) (records []*kgo.Record) {
	at := func(day float64) string {
		return time.UnixMicro(1_500_000_000_000_000 + int64(day*float64(24*time.Hour/time.Microsecond))).UTC().Format(time.RFC3339)
	}
	event := 0
	webhook := func(customer int, kind, value string) {
		event++
		r := &kgo.Record{Topic: topic, Key: fmt.Appendf(nil, "%d", customer), Value: []byte(value), Headers: []kgo.RecordHeader{
			{Key: "X-Shopify-Topic", Value: []byte(kind)}, {Key: "X-Shopify-Event-Id", Value: fmt.Appendf(nil, "ev-%d", event)},
		}}
		records = append(records, r)
	}
	for day := range 60 {
		customer, order := rnd.IntN(customers), 5_800_000_000_000_000_000+int64(day)
		body := func(refunds string) string {
			return fmt.Sprintf(`{"id":%d,"processed_at":%q,"updated_at":%q,"currency":"EUR","total_price":"29.30","source_name":"web","customer":{"id":70000%d},"refunds":[%s]}`,
				order, at(float64(day)), at(float64(day)+rnd.Float64()), customer, refunds)
		}
		refund := func(id, day int, amounts ...string) string {
			var parts []string
			for _, amount := range amounts {
				parts = append(parts, fmt.Sprintf(`{"kind":"refund","status":"success","amount":%q,"currency":"EUR"}`, amount))
			}
			return fmt.Sprintf(`{"id":%d,"created_at":%q,"transactions":[%s,{"kind":"sale","status":"success","amount":"1.00"}]}`, id, at(float64(day)), strings.Join(parts, ","))
		}
		webhook(customer, "orders/create", body(""))
		switch day % 5 {
		case 0:
			webhook(customer, "orders/updated", body(refund(day*10, day+1, "8.90")))
		case 1:
			webhook(customer, "orders/updated", body(refund(day*10, day+1, "3.00", "2.00")+","+refund(day*10+1, day+2, "1.00")))
		case 2: // in one record, an event that is too late among others that are not
			webhook(customer, "orders/updated", body(refund(day*10, day-40, "1.00")))
		case 3: // one that cannot be read, and another behind it, among others that can
			webhook(customer, "orders/updated", body(refund(day*10, day+1, "1.999", "2.000", "x")))
		}
	}
	webhook(1, "orders/create", `{"id":1,"test":true}`)
	webhook(1, "products/update", `{"id":1}`)
	webhook(1, "orders/create", `{"id":1,"processed_at":"2017-08-01T00:00:00Z","currency":"EUR","total_price":"1.00","customer":null}`)
	return append(records, &kgo.Record{Topic: topic, Value: []byte(`{"no":"rule"}`)}, &kgo.Record{Topic: topic, Value: []byte("not JSON")},
		&kgo.Record{Topic: topic}, &kgo.Record{Topic: topic, Value: []byte("null")})
}

// Records of another source are mapped, one to several events and to none, and every event has
// its one change, or its place in a dead letter.
func TestMappedRecordsAreVerified(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		s := newAwakeSystem(t, pair, due.Event)
		s.mappings = []*mapping.Mapping{must[*mapping.Mapping](t)(mapping.Parse("shop.yaml", []byte("preset: shopify\nrecords: {topics: ['*.orders']}\n")))}
		stopConsumer, stopPublisher := s.consume(t), s.publish(t)
		records := shopWebhooks(random(t), s.inputs[0], 6)
		for part := range 3 { // restarts in between: what was applied is not applied again
			s.send(t, records[part*len(records)/3:(part+1)*len(records)/3]...)
			s.settle(t)
			stopConsumer()
			stopPublisher()
			stopConsumer, stopPublisher = s.consume(t), s.publish(t)
		}
		stopConsumer()
		stopPublisher()
		report := s.verify(t)
		if !report.Verified || report.Changes < 60 || report.DeadLetters < 12 {
			t.Fatal(report)
		}
		letters := map[string]int{}
		parts := 0
		for _, r := range s.readAll(t, s.topics.DeadLetter) {
			reason := header(r, "clv-reason")
			letters[reason]++
			if header(r, "clv-part") != "" {
				parts++
			}
			if reason == "too_late" && (header(r, "clv-header-clv-canonical") == "" || !strings.Contains(string(r.Value), `"type":"order.refunded"`)) {
				t.Errorf("the letter of one event of several holds %s", r.Value)
			}
		}
		// Twelve refunds of 40 days before, as many records with two refusals of which the first
		// stands for both, no customer, no rule, no JSON. No value is no letter.
		if letters["too_late"] == 0 || letters["bad_amount"] != 12 || letters["missing_field"] != 1 || letters["unmapped"] != 1 || letters["undecodable"] != 1 || letters["null_value"] != 0 || parts < 12 {
			t.Errorf("letters %v, %d of further parts", letters, parts)
		}
	})
}

func header(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}
