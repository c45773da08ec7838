package dataset

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/shop"
	"github.com/clvstream/clvstream/stream/event"
)

// What the simulator writes is read back as it was, compressed or not.
func TestJSONLRoundTrip(t *testing.T) {
	c := shop.Default()
	c.Customers, c.Start = 100, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	c.End = c.Start.AddDate(1, 0, 0)
	seq, err := c.Events()
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Collect(seq)
	eur := currency(t, "EUR")
	var plain, packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	for _, e := range want {
		line := append(event.Append(nil, &e, eur), '\n')
		plain.Write(line)
		if _, err := zip.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plain": plain.String(), "gzip": packed.String()} {
		rows, refusals, _ := read(t, text, Options{Format: JSONL, Currency: eur})
		if len(refusals) > 0 {
			t.Fatalf("%s: %q", name, refusals)
		}
		var got []history.Event
		for _, row := range rows {
			got = append(got, row.Event)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d events came back, not the %d written", name, len(got), len(want))
		}
	}
}

func TestJSONLCurrenciesStayTheirOwn(t *testing.T) {
	const order = `{"type":"order.placed","event_id":"e","customer_id":"c","occurred_at":"2026-01-01T00:00:00Z","order_id":"o",`
	const text = order + `"amount":"10","currency":"JPY"}` + "\n" + order + `"amount":"10.00"}` + "\n" +
		order + `"amount":1000,"currency":"USD"}` + "\n" +
		`{"type":"churn.confirmed","event_id":"e","customer_id":"c","occurred_at":"2026-01-01T00:00:00Z"}` + "\n"
	rows, refusals, _ := read(t, text, Options{Format: JSONL, Currency: currency(t, "EUR")})
	if len(rows) != 4 {
		t.Fatalf("refusals %q", refusals)
	}
	for i, want := range []struct {
		code  string
		minor int64
	}{{"JPY", 10}, {"EUR", 1000}, {"USD", 1000}, {"", 0}} {
		if rows[i].Currency.String() != want.code || rows[i].Event.AmountMinor != want.minor {
			t.Errorf("row %d is %d %s, want %+v", i, rows[i].Event.AmountMinor, rows[i].Currency, want)
		}
	}
}

func TestJSONLRefusals(t *testing.T) {
	const common = `"event_id":"e","customer_id":"c","occurred_at":"2026-01-01T00:00:00Z"`
	for name, tc := range map[string]struct{ line, want string }{
		"not JSON":         {"  order 17", "events.jsonl:2:3: undecodable"},
		"amount a float":   {`{"type":"order.placed",` + common + `,"order_id":"o","amount":29.33}`, "bad_amount"},
		"no such currency": {`{"type":"order.placed",` + common + `,"order_id":"o","amount":"1","currency":"XXX"}`, "unknown_currency"},
		"no order id":      {`{"type":"order.placed",` + common + `,"amount":"1"}`, "missing_field"},
		"longer than 1 MB": {`{"type":"` + strings.Repeat("x", 2<<20) + `"}`, ":2:1: too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			const good = `{"type":"churn.confirmed",` + common + `}` + "\n"
			rows, refusals, _ := read(t, good+tc.line+"\n\n"+good, Options{Format: JSONL, Name: "events.jsonl", Currency: currency(t, "EUR")})
			if len(rows) != 2 || len(refusals) != 1 || !strings.Contains(refusals[0], tc.want) {
				t.Errorf("%d rows, refusals %q, want %q", len(rows), refusals, tc.want)
			}
		})
	}
}
