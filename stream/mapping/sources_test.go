package mapping

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/event"
)

// sample is a record that a real tool wrote, and the events that should come of it.
type sample struct {
	name, path string
	About      string          `json:"about"`
	Topic      string          `json:"topic"`
	Key        *string         `json:"key"`
	Headers    [][2]*string    `json:"headers"`
	Millis     *int64          `json:"timestamp_ms"`
	Value      string          `json:"value"`
	Events     json.RawMessage `json:"events"`
	Why        string          `json:"why_no_event"`
	record     event.Record
	events     []json.RawMessage
}

// samplesOf reads the records of a folder of testdata/sources.
func samplesOf(t testing.TB, folder string) (samples []sample) {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join("testdata", "sources", folder, "*.record.json"))
	if len(paths) == 0 {
		t.Fatalf("no records of %s", folder)
	}
	for _, path := range paths {
		s := sample{name: strings.TrimSuffix(filepath.Base(path), ".record.json"), path: path}
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &s)
		}
		if err == nil && s.Events != nil {
			err = json.Unmarshal(s.Events, &s.events)
		}
		if err == nil && s.Value != "" {
			s.record.Value, err = os.ReadFile(filepath.Join(filepath.Dir(path), s.Value))
		}
		if err != nil {
			t.Fatal(path, err)
		}
		s.record.TimestampMillis = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
		if s.Millis != nil {
			s.record.TimestampMillis = *s.Millis
		}
		if s.Key != nil {
			s.record.Key = []byte(*s.Key)
		}
		for _, h := range s.Headers {
			header := event.Header{Key: []byte(*h[0])}
			if h[1] != nil {
				header.Value = []byte(*h[1])
			}
			s.record.Headers = append(s.record.Headers, header)
		}
		if s.Topic == "" {
			s.Topic = folder
		}
		samples = append(samples, s)
	}
	return samples
}

func must[T any](t testing.TB) func(value T, err error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// rules are of a business in euros that knows yen, dinars and forints.
func rules(t testing.TB) event.Rules {
	t.Helper()
	rate := func(code, price string) money.Rate {
		return money.Rate{Currency: must[money.Currency](t)(money.ParseCurrency(code)), Price: must[money.Decimal](t)(money.ParseDecimal(price))}
	}
	euros := must[money.Currency](t)(money.ParseCurrency("EUR"))
	return event.Rules{
		Rates:    must[*money.Rates](t)(money.NewRates(euros, rate("JPY", "0.006"), rate("KWD", "3"), rate("HUF", "0.0025"))),
		Calendar: calendar.NewCalendar(time.UTC), FutureTolerance: 24 * time.Hour,
	}
}

// byFolder are the mappings of the folders of records: what a shop writes to use a preset.
var byFolder = map[string]string{
	"segment-node":             "preset: segment",
	"segment-python":           "preset: segment",
	"rudderstack-node":         "preset: segment",
	"posthog-node":             "preset: posthog",
	"snowplow-node":            "preset: snowplow",
	"snowplow-python":          "preset: snowplow",
	"stripe":                   "preset: stripe",
	"shopify":                  "preset: shopify",
	"commercetools":            "preset: commercetools",
	"cloudevents-java":         "preset: cloudevents",
	"cloudevents-javascript":   "preset: cloudevents",
	"cloudevents-python":       "preset: cloudevents",
	"debezium-outbox":          "preset: debezium-outbox",
	"debezium-flattened":       "preset: debezium-flattened\nwith: {amount: value.total}",
	"debezium-postgres":        "preset: debezium\nwith: {amount: {path: value.after.total, type: base64_decimal, scale: 2}}",
	"debezium-postgres-string": "preset: debezium\nwith: {amount: value.after.total}",
	"debezium-postgres-double": "preset: debezium\nwith: {amount: value.after.total}",
}

// Each record of a real tool becomes the events that were worked out by hand for it.
func TestPresetsMeetRealRecords(t *testing.T) {
	for folder, text := range byFolder {
		t.Run(folder, func(t *testing.T) {
			d := NewDecoder(rules(t), mappingsOf(t, folder, text))
			samples := samplesOf(t, folder)
			for i := range samples {
				s := &samples[i]
				if strings.HasPrefix(s.name, "00-") { // the batch that holds the others
					s.events = nil
					for _, other := range samples[i+1:] {
						s.events = append(s.events, other.events...)
					}
				}
				compare(t, s, must[Decoded](t)(d.Decode(t.Context(), s.Topic, 0, &s.record)))
			}
		})
	}
}

// fullRows is what a shop writes whose table has REPLICA IDENTITY FULL: then a deleted row says
// what it was.
const fullRows = `
preset: debezium
with: {amount: {path: value.after.total, type: base64_decimal, scale: 2}}
records: {topics: [dflt.public.orders_full]}
replica_identity: full
rules:
  - name: deleted
    when: op == "d"
    events:
      - type: order.cancelled
        fields:
          event_id: {join: [value.source.table, /, value.source.lsn, /, value.before.id]}
          customer_id: value.before.customer_id
          occurred_at: {path: value.source.ts_us, type: unix_us}
          order_id: value.before.id
          version: value.source.lsn
`

func mappingsOf(t testing.TB, folder, text string) []*Mapping {
	t.Helper()
	all := []*Mapping{must[*Mapping](t)(Parse("mappings/"+folder+".yaml", []byte(text+"\nrecords: {topics: ['*']}\n")))}
	if folder == "debezium-postgres" {
		all = append([]*Mapping{must[*Mapping](t)(Parse("full.yaml", []byte(fullRows)))}, all...)
	}
	return all
}

func compare(t *testing.T, s *sample, got Decoded) {
	t.Helper()
	var events []history.Event
	var refused []string
	for _, o := range got.Outcomes {
		if o.Refused != nil {
			refused = append(refused, o.Refused.Error())
		} else {
			events = append(events, o.Event)
		}
	}
	canonical := event.NewDecoder(rules(t))
	var want []history.Event
	for _, text := range s.events {
		e, _, refusal := canonical.Decode(&event.Record{Value: text, TimestampMillis: s.record.TimestampMillis})
		if refusal != nil {
			t.Fatal(s.path, refusal)
		}
		want = append(want, e)
	}
	if strings.HasPrefix(s.name, "00-") { // it holds more than was recorded one by one
		holdsAll(t, s, events, want)
		return
	}
	if len(events) != len(want) {
		t.Errorf("%s: %d events, want %d (%s); refused %v, left out %v", s.name, len(events), len(want), s.Why, refused, got.LeftOut)
		return
	}
	for i := range want {
		if g, w := comparable(&events[i], s), comparable(&want[i], s); g != w {
			t.Errorf("%s: event %d:\n got %s\nwant %s", s.name, i, g, w)
		}
	}
	if len(want) == 0 {
		t.Logf("%s: %s: refused %v, left out %v", s.name, s.Why, refused, got.LeftOut)
	}
}

func holdsAll(t *testing.T, s *sample, events, want []history.Event) {
	t.Helper()
	all := map[string]bool{}
	for i := range events {
		all[comparable(&events[i], s)] = true
	}
	for i := range want {
		if w := comparable(&want[i], s); !all[w] {
			t.Errorf("%s: the batch has no %s", s.name, w)
		}
	}
}

// comparable is an event without what the samples leave open: the ids of Debezium's, and
// what tells versions of an order apart.
func comparable(e *history.Event, s *sample) string {
	plain := *e
	plain.Version, plain.Versioned, plain.UpdatedMicros = 0, false, 0
	if strings.Contains(s.path, "debezium-") && !strings.Contains(s.path, "outbox") {
		plain.ID = ""
	}
	return fmt.Sprintf("%+v", plain)
}
