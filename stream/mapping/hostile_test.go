package mapping

import (
	"fmt"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
)

// everyFeature is a mapping in which records may go wrong in every way.
const everyFeature = `
records: {topics: [t]}
batch: value.batch
variables:
  kind: value.kind
  state: item.state
  total: {path: item.total, type: integer}
rules:
  - {name: none, when: kind == "none", skip: none}
  - name: copied
    when: kind in ["copy", "held"]
    events:
      - {type: value.type, copy: value, fields: {event_id: [value.id, envelope.id]}}
      - {type: order.cancelled, when: kind == "held", copy: value.held.json()}
  - name: all
    events:
      - type: order.placed
        for_each: value.orders[*].parts[*]
        when: state != "void" || total > 5
        fields:
          event_id: {join: [value.id, /, parent.id, /, index, headers.run]}
          customer_id: [item.customer, parent.customer, key.customer, key]
          occurred_at: {path: item.at, type: unix_ms}
          order_id: {path: item.id, lower: true, nulls: ["0", "-"]}
          amount: {path: item.amount, type: number_as_text, round_to: 2, default: 0}
          currency: {path: value.context.json().currency, default: EUR}
          channel: {cel: 'state == null ? "none" : state + "/" + string(total)'}
`

// decodeBothWays decodes a record as a consumer does, and by way of its translation into JSON
// as verify does, and demands the same of both.
func decodeBothWays(t testing.TB, m []*Mapping, topic string, r *event.Record) Decoded {
	t.Helper()
	got := must[Decoded](t)(NewDecoder(rules(t), m).Decode(t.Context(), topic, 0, r))
	if len(r.Value) > event.DefaultMaxEventBytes || r.Value == nil {
		return got
	}
	reader, canonical := NewReader(m), event.NewDecoder(rules(t))
	all, leftOut, err := reader.Translate(t.Context(), topic, 0, r)
	if err != nil {
		t.Fatal(err)
	}
	var want []Outcome
	refused := false
	for i := range all {
		o := Outcome{Part: int32(i), Refused: all[i].Refused}
		if o.Refused == nil {
			o.Event, _, o.Refused = canonical.Decode(&event.Record{Value: all[i].JSON, TimestampMillis: r.TimestampMillis})
		}
		if o.Refused == nil || !refused {
			want = append(want, o)
		}
		refused = refused || o.Refused != nil
	}
	if fmt.Sprint(leftOut) != fmt.Sprint(got.LeftOut) || len(want) != len(got.Outcomes) {
		t.Fatalf("%q: %d events and %v left out, its translation has %d and %v", r.Value, len(got.Outcomes), got.LeftOut, len(want), leftOut)
	}
	for i := range want {
		a, b := got.Outcomes[i], want[i]
		if (a.Refused == nil) != (b.Refused == nil) || a.Refused != nil && a.Refused.Reason != b.Refused.Reason || fmt.Sprint(a.Event, a.Part) != fmt.Sprint(b.Event, b.Part) {
			t.Fatalf("%q: event %d is %+v (%v), by its translation %+v (%v)\n%s", r.Value, i, a.Event, a.Refused, b.Event, b.Refused, all[b.Part].JSON)
		}
	}
	return got
}

func outcomes(got Decoded) string {
	var b strings.Builder
	for _, o := range got.Outcomes {
		if o.Refused != nil {
			fmt.Fprintf(&b, "refused %s: %s; ", o.Refused.Reason, o.Refused.Detail)
		} else {
			fmt.Fprintf(&b, "%s %s of %s %d; ", o.Event.Kind, o.Event.OrderID, o.Event.CustomerID, o.Event.AmountMinor)
		}
	}
	for _, l := range got.LeftOut {
		fmt.Fprintf(&b, "left out %s; ", l.Reason)
	}
	return b.String()
}

// Records that are made to go wrong become what they say, or are refused.
func TestHostileRecords(t *testing.T) {
	const part = `{"at":1773480413123,"id":"O1","customer":"c","amount":12.5}`
	order := func(members string) string {
		return `{"id":"e","orders":[{"id":"o","parts":[` + part + `]}],` + members + `}`
	}
	connectKey := `{"schema":{"type":"string","optional":false},"payload":"K-42"}`
	parts := func(n int) string { return strings.TrimSuffix(strings.Repeat(part+",", n), ",") }
	long := strings.Repeat("x", 40_000)
	for name, c := range map[string]struct {
		value, key string
		headers    []string
		want       string
	}{
		"plain":               {value: order(`"x":0`), want: "order.placed o1 of c 1250"},
		"name twice":          {value: order(`"id":"f"`), want: "refused undecodable: the value has a name twice"},
		"object twice":        {value: order(`"context":"{\"currency\":\"JPY\"}","orders":[]`), want: "has a name twice"},
		"object twice within": {value: `{"id":"e","orders":[{"id":"o","id":"p","parts":[` + part + `]}]}`, want: "has a name twice"},
		"escaped name twice":  {value: order(`"\u0069d":"f"`), want: "has a name twice"},
		"escaped name":        {value: `{"\u006f\u0072ders":[{"id":"o","parts":[` + part + `]}],"\u0069d":"e"}`, want: "order.placed o1 of c 1250"},
		"twice in held":       {value: order(`"context":"{\"currency\":\"EUR\",\"currency\":\"JPY\"}"`), want: "has a name twice"},
		"held cut off":        {value: order(`"context":"{\"currency\":\"JPY\""`), want: "refused undecodable: currency: value.context.json().currency is in a text that is no JSON"},
		"held deep":           {value: order(`"context":"` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `"`), want: "order.placed"},
		"held too deep":       {value: order(`"context":"` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `"`), want: "nested too deep"},
		"deep":                {value: order(`"x":` + strings.Repeat("[", 100_000)), want: "nested too deep"},
		"no UTF-8":            {value: order("\"x\":\"\xff\""), want: "refused undecodable"},
		"half a pair":         {value: order(`"x":"\ud800"`), want: "refused undecodable"},
		"no array":            {value: `{"id":"e","orders":{"parts":[]}}`, want: "refused bad_field: value.orders[*].parts[*] is no array"},
		"scalars":             {value: `{"id":"e","orders":[1,"x",null,[],true]}`, want: "left out no_event"},
		"scalars within":      {value: `{"id":"e","orders":[{"parts":[1]}]}`, want: "refused"},
		"no orders":           {value: `{"id":"e","orders":[]}`, want: "left out no_event"},
		"huge number":         {value: `{"id":"e","orders":[{"id":"o","parts":[{"at":1e400,"id":"O1","customer":"c","amount":1}]}]}`, want: "refused bad_time"},
		"huge amount":         {value: strings.Replace(order(`"x":0`), "12.5", "1"+strings.Repeat("0", 5000), 1), want: "refused bad_amount"},
		"long id":             {value: strings.Replace(order(`"x":0`), `"c"`, `"`+long+`"`, 1), want: "refused bad_field: customer_id: item.customer or parent.customer or key.customer or key has more than 32768 bytes"},
		"id 0":                {value: strings.Replace(order(`"x":0`), `"O1"`, `0`, 1), want: "refused missing_field"},
		"key":                 {value: strings.Replace(order(`"x":0`), `"c"`, `null`, 1), key: "K-7", want: "of K-7"},
		"key of Connect":      {value: strings.Replace(order(`"x":0`), `"c"`, `null`, 1), key: connectKey, want: "of K-42"},
		"key's name twice":    {value: order(`"x":0`), key: `{"customer":"a","customer":"b"}`, want: "refused undecodable: the key has a name twice"},
		"header twice":        {value: order(`"x":0`), headers: []string{"run", "1", "RUN", "2"}, want: "order.placed"},
		"header no UTF-8":     {value: order(`"x":0`), headers: []string{"run", "\xff"}, want: "refused undecodable"},
		"tombstone text":      {value: `null`, want: "left out no_event"}, // a rule without a condition takes it
		"a thousand":          {value: `{"id":"e","orders":[{"id":"o","parts":[` + parts(500) + `]},{"id":"p","parts":[` + parts(500) + `]}]}`, want: "order.placed"},
		"a thousand and one":  {value: `{"id":"e","orders":[{"id":"o","parts":[` + parts(500) + `]},{"id":"p","parts":[` + parts(501) + `]}]}`, want: "refused too_large: the record holds more than 1000 events; "},
		"many, refused":       {value: `{"id":"e","orders":[{"id":"o","parts":[` + strings.Repeat("0,", 300_000) + `0]}]}`, want: "refused too_large: the record holds more than 1000 events; "},
		"batches of many":     {value: `{"batch":[` + strings.Repeat(order(`"x":0`)+",", 999) + `{"id":"e","orders":[{"id":"o","parts":[` + part + "," + part + `]}]}]}`, want: "refused too_large: the record holds more than 1000 events; "},
		"left out, and many":  {value: `{"batch":[` + strings.Repeat(`{"kind":"none"},`, 1000) + `{"kind":"none"}]}`, want: "refused too_large"},
		"batch in a batch":    {value: `{"batch":[{"batch":[{"kind":"none"}]}]}`, want: "left out no_event"},
		"copy of an object":   {value: `{"kind":"copy","id":"e","type":"order.cancelled","customer_id":{"a":1,"a":2},"occurred_at":"2026-03-14T09:26:53Z","order_id":"o"}`, want: "refused bad_field"},
		"copy of what is not needed": {value: `{"kind":"copy","id":"e","type":"order.cancelled","customer_id":"c","occurred_at":"2026-03-14T09:26:53Z","order_id":"o","margin":[` +
			strings.Repeat("[", 50) + strings.Repeat("]", 50) + `]}`, want: "order.cancelled o of c"},
		"copy of no JSON": {value: `{"kind":"held","id":"e","type":"churn.confirmed","customer_id":"c","occurred_at":"2026-03-14T09:26:53Z","held":"{"}`, want: "churn.confirmed  of c 0; refused undecodable"},
	} {
		r := &event.Record{Value: []byte(c.value), Key: []byte(c.key), TimestampMillis: 1_800_000_000_000}
		c.headers = append([]string{"run", "0"}, c.headers...)
		for i := 0; i < len(c.headers); i += 2 {
			r.Headers = append(r.Headers, event.Header{Key: []byte(c.headers[i]), Value: []byte(c.headers[i+1])})
		}
		m := []*Mapping{must[*Mapping](t)(Parse("m.yaml", []byte(everyFeature)))}
		if got := outcomes(decodeBothWays(t, m, "t", r)); !strings.Contains(got, c.want) || strings.HasSuffix(c.want, "; ") && got != c.want {
			t.Errorf("%s: %.300s, want %s", name, got, c.want)
		}
	}
}

// CloudEvents come in batches by their header, and a batch may be in a CloudEvent.
func TestBatchesOfCloudEvents(t *testing.T) {
	const one = `{"specversion":"1.0","id":"e1","source":"/s","type":"x","data":{"customer_id":"c","order_id":"o","at":"2026-03-14T09:26:53Z"}}`
	text := func(batch string) string {
		return "records: {topics: [t]}\nenvelope: cloudevents\n" + batch + `
rules:
  - events:
      - type: order.cancelled
        fields: {event_id: {join: [envelope.id, /, value.order_id]}, customer_id: value.customer_id, order_id: value.order_id, occurred_at: value.at}
`
	}
	for name, c := range map[string]struct{ batch, mediaType, value, want string }{
		"batch":               {"batch: value", "application/cloudevents-batch+json", "[" + one + "," + strings.ReplaceAll(one, "e1", "e2") + "]", "e1/o e2/o "},
		"batch, no header":    {"batch: value", "application/json", "[" + one + "]", "e1/o "},
		"batch, not said":     {"", "application/cloudevents-batch+json", "[" + one + "]", "the mapping needs batch: value"},
		"batch in one":        {"batch: value.all", "application/cloudevents+json", `{"specversion":"1.0","id":"e0","source":"/s","type":"x","data":{"all":[{"customer_id":"c","order_id":"o","at":"2026-03-14T09:26:53Z"},{"customer_id":"c","order_id":"p","at":"2026-03-14T09:26:53Z"}]}}`, "e0/o e0/p "},
		"single":              {"batch: value", "application/cloudevents+json", one, "e1/o "},
		"no envelope":         {"batch: value", "", `[{"customer_id":"c"}]`, "the record has no CloudEvents envelope"},
		"no envelope, header": {"batch: value", "application/cloudevents-batch+json", `[{"customer_id":"c"}]`, "the header says that this is a CloudEvents envelope"},
	} {
		m := []*Mapping{must[*Mapping](t)(Parse("m.yaml", []byte(text(c.batch))))}
		r := &event.Record{Value: []byte(c.value), TimestampMillis: 1_800_000_000_000, Headers: []event.Header{{Key: []byte("Content-Type"), Value: []byte(c.mediaType)}}}
		got := ""
		for _, o := range decodeBothWays(t, m, "t", r).Outcomes {
			if o.Refused != nil {
				got += o.Refused.Error()
			} else {
				got += o.Event.ID + " "
			}
		}
		if got != c.want && (strings.HasSuffix(c.want, " ") || !strings.Contains(got, c.want)) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// FuzzHostile holds what a consumer makes of a record to what its translation says.
func FuzzHostile(f *testing.F) {
	f.Add([]byte(`{"id":"e","context":"{\"currency\":\"JPY\"}","orders":[{"id":"o","parts":[{"at":1773480413123,"id":"O1","state":"s","total":7,"amount":12.5}]}]}`), []byte("c"), []byte("r"))
	f.Add([]byte(`{"batch":[{"kind":"copy","id":"e","type":"order.placed","customer_id":"c","occurred_at":"2026-03-14T09:26:53Z","order_id":"o","amount":"1","held":"{}"}]}`), []byte(`{"customer":"c"}`), []byte(""))
	f.Add([]byte(`{"specversion":"1.0","id":"e","data":{"kind":"held","held":"{\"type\":1}"}}`), []byte(`{"schema":{},"payload":{"customer":1}}`), []byte("\xff"))
	m := []*Mapping{must[*Mapping](f)(Parse("m.yaml", []byte(everyFeature)))}
	f.Fuzz(func(t *testing.T, value, key, header []byte) {
		r := &event.Record{Value: value, Key: key, TimestampMillis: 1_800_000_000_000, Headers: []event.Header{{Key: []byte("run"), Value: header}}}
		got := decodeBothWays(t, m, "t", r)
		if len(got.Outcomes)+len(got.LeftOut) == 0 {
			t.Fatalf("nothing became of %q", value)
		}
		for _, o := range got.Outcomes {
			if o.Refused == nil && o.Event.Kind == history.Kind(0) {
				t.Fatalf("%q became an event of no kind", value)
			}
		}
	})
}
