package event

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/money"
)

// The order of the throughput figures: 200 bytes of JSON.
const benchOrder = `{"type":"order.placed","event_id":"ev-000000123456","order_id":"o-000000123456","customer_id":"c-0000012345",` +
	`"occurred_at":"2026-03-14T09:26:53.589Z","amount":"29.33","currency":"EUR","channel":"web"}`

func BenchmarkDecode(b *testing.B) {
	decoder := NewDecoder(testRules(b))
	for name, value := range map[string]string{
		"order":       benchOrder,
		"escaped":     strings.Replace(benchOrder, `"web"`, `"w\u0065b"`, 1), // not plain
		"converted":   `{"type":"order.placed","event_id":"e","order_id":"o","customer_id":"c","occurred_at":"2026-03-14T09:26:53Z","amount":"29.33","currency":"USD"}`,
		"undecodable": `{"type":"order.placed",`,
	} {
		b.Run(name, func(b *testing.B) {
			record := Record{TimestampMillis: testRecordMillis, Value: []byte(value)}
			b.SetBytes(int64(len(value)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, refused := decoder.Decode(&record); (refused != nil) != (name == "undecodable") {
					b.Fatal(refused)
				}
			}
		})
	}
}

// The standard library on the same bytes, without any of the checks: what the
// codec is measured against.
func BenchmarkDecodeEncodingJSON(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var order struct {
			Type       string `json:"type"`
			EventID    string `json:"event_id"`
			OrderID    string `json:"order_id"`
			CustomerID string `json:"customer_id"`
			OccurredAt string `json:"occurred_at"`
			Amount     string `json:"amount"`
			Currency   string `json:"currency"`
			Channel    string `json:"channel"`
		}
		if err := json.Unmarshal([]byte(benchOrder), &order); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	e, _, refused := NewDecoder(testRules(b)).Decode(&Record{TimestampMillis: testRecordMillis, Value: []byte(benchOrder)})
	if refused != nil {
		b.Fatal(refused)
	}
	eur, err := money.ParseCurrency("EUR")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = Append(dst[:0], &e, eur)
	}
}
