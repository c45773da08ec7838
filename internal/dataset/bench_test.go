package dataset

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/money"
)

func benchmark(b *testing.B, text []byte, opts Options) {
	rows := 0
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(text), opts)
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range r.Rows() {
			if err != nil {
				b.Fatal(err)
			}
			rows++
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkCDNOW(b *testing.B) {
	text, err := os.ReadFile("testdata/CDNOW_master.txt")
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, text, Options{Format: CDNOW})
}

// csvOf has each order of another customer, as in a file sorted by time.
func csvOf(format string) []byte {
	var s strings.Builder
	s.WriteString("customer,time,amount,order,currency,channel\n")
	for i := range 100_000 {
		fmt.Fprintf(&s, format, i)
	}
	return []byte(s.String())
}

func BenchmarkCSV(b *testing.B) {
	benchmark(b, csvOf("c%07[1]d,2026-03-14 09:26:53,29.33,o%[1]d,EUR,web\n"), Options{Format: CSV})
}

func BenchmarkCSVQuoted(b *testing.B) {
	benchmark(b, csvOf("\"c%07[1]d\",\"2026-03-14\",\"29.33\",\"o%[1]d\",\"EUR\",\"web\"\n"), Options{Format: CSV})
}

func BenchmarkJSONL(b *testing.B) {
	var s bytes.Buffer
	for i := range 20_000 {
		fmt.Fprintf(&s, `{"type":"order.placed","event_id":"e%[1]d","customer_id":"c%[1]d","occurred_at":"2026-03-14T09:26:53Z","order_id":"o%[1]d","amount":"29.33","currency":"EUR","channel":"web"}`+"\n", i)
	}
	eur, err := money.ParseCurrency("EUR")
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, s.Bytes(), Options{Format: JSONL, Currency: eur})
}
