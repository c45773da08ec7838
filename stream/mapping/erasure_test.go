package mapping

import (
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
)

// A rule makes an erasure of a source's word for it, beside the events of a preset.
func TestErasuresAreMapped(t *testing.T) {
	m := must[*Mapping](t)(Parse("shop.yaml", []byte(`
preset: debezium-outbox
records: {topics: [shop.outbox]}
variables:
  kind: {path: value.kind, type: text}
rules:
  - name: erased
    when: kind == "CustomerForgotten"
    events:
      - type: customer.erased
        fields: {event_id: value.id, customer_id: value.customer, occurred_at: value.asked_at}
`)))
	at := time.Date(2026, 3, 14, 8, 0, 0, 0, time.UTC)
	record := &event.Record{
		TimestampMillis: at.UnixMilli(),
		Value:           []byte(`{"kind":"CustomerForgotten","id":"x1","customer":42,"asked_at":"2026-03-14T08:00:00Z","why":"by law"}`),
	}
	got := decodeBothWays(t, []*Mapping{m}, "shop.outbox", record)
	if len(got.Outcomes) != 1 || got.Outcomes[0].Refused != nil {
		t.Fatalf("got %+v", got.Outcomes)
	}
	want := history.Event{Kind: history.CustomerErased, ID: "x1", CustomerID: "42", AtMicros: at.UnixMicro()}
	if e := got.Outcomes[0].Event; e != want {
		t.Errorf("got %+v, want %+v", e, want)
	}
}
