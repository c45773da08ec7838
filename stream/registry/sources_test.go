package registry

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/mapping"
)

// readers make readers of a fake or a real registry by settings.
type readers struct {
	confluent, apicurio *Schemas
}

func newReaders(t testing.TB, confluent, apicurio Access) readers {
	t.Helper()
	return readers{must(t, NewSchemas, confluent), must(t, NewSchemas, apicurio)}
}

func must[A, B any](t testing.TB, f func(A) (B, error), a A) B {
	t.Helper()
	b, err := f(a)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (r readers) of(t testing.TB, s Settings) *Reader {
	t.Helper()
	schemas := r.confluent
	if s.Number == ContentID || s.Number == GlobalID {
		schemas = r.apicurio
	}
	reader, err := NewReader(s, schemas, 0)
	if err != nil {
		t.Fatal(err)
	}
	return reader
}

// orders is a mapping of the fixtures' schemas, whatever they are written in.
const orders = `
records: {topics: ['*']}
variables: {refund: value.refund_id, cancelled_at: value.cancelled_at, status: value.status, order: value.order_id}
rules:
  - name: refunded
    when: refund != null
    events:
      - type: order.refunded
        fields:
          event_id: {join: [topic, /, value.refund_id]}
          customer_id: value.customer_id
          occurred_at: value.refunded_at
          order_id: value.order_id
          refund_id: value.refund_id
          amount: value.amount
          currency: value.currency
  - name: cancelled later
    when: cancelled_at != null
    events:
      - type: order.cancelled
        fields:
          event_id: {join: [topic, /, value.order_id, /c]}
          customer_id: value.customer_id
          occurred_at: value.cancelled_at
          order_id: value.order_id
  - name: cancelled
    when: status == "CANCELLED"
    events:
      - type: order.cancelled
        fields:
          event_id: {join: [topic, /, value.order_id, /c]}
          customer_id: value.customer_id
          occurred_at: {path: timestamp, type: unix_ms}
          order_id: value.order_id
  - name: placed
    events:
      - type: order.placed
        fields:
          event_id: {join: [topic, /, value.order_id]}
          customer_id: value.customer_id
          occurred_at: value.placed_at
          order_id: value.order_id
          amount: {path: AMOUNT, type: number_as_text}
          currency: CURRENCY
          channel: value.channel
`

const debezium = "preset: debezium\nwith: {amount: value.after.total}\nrecords: {topics: ['*']}\n"

func mappingOf(t testing.TB, s *sample) *mapping.Decoder {
	t.Helper()
	text := strings.NewReplacer("AMOUNT", "value.total", "CURRENCY", "value.currency").Replace(orders)
	switch {
	case strings.Contains(s.Schema, "debezium"):
		text = debezium
	case strings.Contains(s.Schema, "money"):
		text = strings.NewReplacer("AMOUNT", "value.total.amount", "CURRENCY", "value.total.currency_code").Replace(orders)
	}
	m, err := mapping.Parse("orders.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return mapping.NewDecoder(rules(t), []*mapping.Mapping{m})
}

func rules(t testing.TB) event.Rules {
	t.Helper()
	yen := money.Rate{Currency: must(t, money.ParseCurrency, "JPY"), Price: must(t, money.ParseDecimal, "0.006")}
	rates, err := money.NewRates(must(t, money.ParseCurrency, "EUR"), yen)
	if err != nil {
		t.Fatal(err)
	}
	return event.Rules{Rates: rates, Calendar: calendar.NewCalendar(time.UTC), FutureTolerance: 24 * time.Hour}
}

// mapped is the events that come of a value's JSON, and why there are no others.
func mapped(t testing.TB, s *sample, value []byte) (events []string, refused []string) {
	t.Helper()
	record := s.record
	record.Value = value
	got, err := mappingOf(t, s).Decode(t.Context(), s.Topic, 0, &record)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range got.Outcomes {
		if o.Refused != nil {
			refused = append(refused, o.Refused.Error())
			continue
		}
		events = append(events, plain(o.Event))
	}
	return events, refused
}

// expected is the events that were worked out by hand.
func expected(t testing.TB, s *sample) (events []string) {
	t.Helper()
	canonical := event.NewDecoder(rules(t))
	for _, text := range s.Events {
		e, _, refused := canonical.Decode(&event.Record{Value: text, TimestampMillis: s.Millis})
		if refused != nil {
			t.Fatal(s.name, refused)
		}
		events = append(events, plain(e))
	}
	return events
}

// plain is an event without what the fixtures leave open: its id, and what tells versions apart.
func plain(e history.Event) string {
	e.ID, e.Version, e.Versioned, e.UpdatedMicros = "", 0, false, 0
	return fmt.Sprintf("%+v", e)
}

// Each record of a real writer becomes the events that were worked out by hand for it, by
// settings that say how the writer writes.
func TestRecordsOfRealWriters(t *testing.T) {
	_, confluent, apicurio := startFake(t)
	r := newReaders(t, confluent, apicurio)
	for _, s := range samples(t) {
		value, refused, err := r.of(t, s.written()).AppendJSON(t.Context(), nil, s.record.Value, s.record.Headers)
		if err != nil || refused != nil {
			t.Errorf("%s (%s): %v, %v", s.name, s.About, refused, err)
			continue
		}
		if s.record.Value == nil && value != nil {
			t.Errorf("%s: null became %s", s.name, value)
		}
		events, reasons := mapped(t, s, value)
		if got, want := fmt.Sprint(events), fmt.Sprint(expected(t, s)); got != want {
			t.Errorf("%s (%s): of %s\n got %s %v\nwant %s", s.name, s.About, value, got, reasons, want)
		}
	}
}
