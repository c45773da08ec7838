package rehearse

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/mapping"
)

var update = flag.Bool("update", false, "write what is printed to the golden files")

func must[T any](t testing.TB) func(value T, err error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func dollars(t testing.TB) event.Rules {
	t.Helper()
	usd := must[money.Currency](t)(money.ParseCurrency("USD"))
	return event.Rules{
		Rates: must[*money.Rates](t)(money.NewRates(usd)), Calendar: calendar.NewCalendar(time.UTC), FutureTolerance: 24 * time.Hour,
	}
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const webhooks = `
{"headers": {"X-Shopify-Topic": "orders/updated", "X-Shopify-Event-Id": "e1"}, "timestamp_ms": 1800000000000, "value":
 {"id": 7, "processed_at": "2026-03-14T09:26:53Z", "currency": "USD", "total_price": "29.30", "customer": {"id": 42}, "refunds": [
  {"id": 9, "created_at": "2026-03-15T10:00:00Z", "transactions": [{"kind": "refund", "status": "success", "amount": "8.90", "currency": "USD"}]}]}}
{"headers": {"X-Shopify-Topic": "orders/create", "X-Shopify-Event-Id": "e2"}, "timestamp_ms": 1800000000000, "value": {"id": 8, "customer": null}}
{"headers": {"X-Shopify-Topic": "orders/create"}, "value": {"test": true}}
{"value_text": "no JSON", "key": "k"}
{"value": null}
{"op": "r", "source": {"connector": "postgresql"}, "after": {"id": 1}}
`

// Each record is shown with what became of it, field by field.
func TestResultsForPeople(t *testing.T) {
	shop := must[*mapping.Mapping](t)(ReadMapping(writeFile(t, "shop.yaml", "preset: shopify\nrecords: {topics: [webhooks]}\n")))
	records := must[[]Record](t)(ReadRecords(writeFile(t, "records.jsonl", webhooks)))
	var got bytes.Buffer
	run := New(dollars(t), shop.Everywhere())
	for i := range records {
		records[i].From = filepath.Base(records[i].From)
		result := must[Result](t)(run.Run(t.Context(), &records[i]))
		result.WriteText(&got)
	}
	golden(t, "results.txt", got.Bytes())
}

// What is too large for a consumer is too large here; what a mapping makes has no size.
func TestSizes(t *testing.T) {
	m := must[*mapping.Mapping](t)(mapping.Parse("m.yaml", []byte("records: {topics: [t]}\nrules: [{events: [{type: churn.confirmed, fields: "+
		"{event_id: {join: [value.i, "+strings.Repeat("long-", 900)+"]}, customer_id: value.c, occurred_at: value.at}}]}]")))
	rules := dollars(t)
	rules.MaxEventBytes, rules.MaxIDBytes = 4096, 8192
	run := New(rules, m.Everywhere())
	const value = `{"i":"1","c":"c","at":"2026-03-14T09:26:53Z"}`
	for text, want := range map[string]string{value: "", value + strings.Repeat(" ", 4096): "too_large"} {
		got := must[Result](t)(run.Run(t.Context(), &Record{Record: event.Record{Value: []byte(text), TimestampMillis: time.Now().UnixMilli()}}))
		if len(got.Events) != 1 || got.Events[0].Refused != want {
			t.Errorf("%d bytes: %+v, want %q", len(text), got, want)
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want := must[[]byte](t)(os.ReadFile(path)); !bytes.Equal(got, want) {
		t.Errorf("%s differs (-update writes it anew):\n%s", name, got)
	}
}

// Test cases that hold hold, and one that does not says what became otherwise.
func TestCases(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"shop.yaml": "preset: segment\nrecords: {topics: [tracks]}\n",
		"shop_test.yaml": `
cases:
  - name: an order
    record: &order {value: {type: track, event: Order Completed, messageId: m1, userId: u1, timestamp: 2026-03-14T09:26:53Z, properties: {order_id: o1, total: 29.3, currency: USD}}}
    events: [{type: order.placed, amount: "29.30", occurred_at: "2026-03-14T10:26:53+01:00", channel: null}]
  - name: a page
    record: {value: {type: page}}
    left_out: [not_track]
  - name: wrong in all
    record: *order
    events: [{type: order.refunded, amount: "29.31", customer_id: u2}]
  - name: wrong in number
    record: *order
    refused: [missing_field]
  - name: in a file
    record: {value_file: value.json}
    refused: [undecodable]
`,
		"value.json": "no JSON",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	report := must[Report](t)(Check(t.Context(), dollars(t), nil, []string{folder}))
	if report.Holds || report.Cases != 5 || len(report.Failures) != 2 {
		t.Fatalf("%+v", report)
	}
	var text bytes.Buffer
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"shop_test.yaml:9: wrong in all\n", `event 1: amount is "29.3", want "29.31"`, `event 1: customer_id is "u1", want "u2"`, `event 1: type is "order.placed", want "order.refunded"`,
		"refused [], want [missing_field]", "1 events, want 0", "2 of 5 cases do not hold",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, text.String())
		}
	}
}

func TestWrongFiles(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no cases":     {"mapping: x.yaml", "holds no cases"},
		"unknown key":  {"cases: [{name: a, events: [], result: 1}]", `unknown key "result" of a case`},
		"no mapping":   {"cases: [{name: a}]", "read mapping: open"},
		"not YAML":     {"cases: [", "read test cases"},
		"other fields": {"case: []", "field case not found"},
	} {
		_, err := Check(t.Context(), dollars(t), nil, []string{writeFile(t, "a_test.yaml", c.text)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	endless := filepath.Join(t.TempDir(), "a_test.yaml")
	for name, text := range map[string]string{
		endless: "cases: [{name: a, record: &r {value: {again: *r}}}]",
		filepath.Join(filepath.Dir(endless), "a.yaml"): "preset: segment\nrecords: {topics: [t]}\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Check(t.Context(), dollars(t), nil, []string{endless}); err == nil || !strings.Contains(err.Error(), "within itself") {
		t.Error(err)
	}
	if _, err := Check(t.Context(), dollars(t), nil, []string{t.TempDir()}); err == nil || !strings.Contains(err.Error(), "there are no test cases in") {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"":                                 "holds none",
		"{\"a\": 1} x":                     "value 2: it is not JSON",
		`{"value": 1, "headers": [1]}`:     "headers are an object of texts",
		`{"value_file": "not-there.json"}`: "not-there.json",
	} {
		if _, err := ReadRecords(writeFile(t, "r", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
