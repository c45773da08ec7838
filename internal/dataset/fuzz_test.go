package dataset

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// fuzz holds every format to the same: no panic, an end, each event usable, and
// no row unaccounted for.
func fuzz(f *testing.F, opts Options) {
	opts.Name = "fuzz"
	f.Fuzz(func(t *testing.T, text string) {
		r, err := NewReader(strings.NewReader(text), opts)
		if err != nil {
			return
		}
		for row, err := range r.Rows() {
			if err != nil {
				continue
			}
			e := row.Event
			if e.Kind < history.OrderPlaced || e.Kind > history.CustomerAcquired || e.AmountMinor < 0 || row.Line < 1 {
				t.Fatalf("row %+v is no event", row)
			}
			for _, id := range []string{e.CustomerID, e.ID} {
				if len(id) < 1 || len(id) > maxIDBytes || !utf8.ValidString(id) {
					t.Fatalf("id %q would be refused on the wire", id)
				}
			}
			if (e.OrderID == "") != !e.Kind.OfOrder() || !utf8.ValidString(e.OrderID+e.RefundID+e.Channel) {
				t.Fatalf("row %+v lacks its order", row)
			}
		}
		if s := r.Stats(); s.RefusedRows()+s.AsideRows() > s.Rows || s.Rows > s.Lines || s.Lines > strings.Count(text, "\n")+1 {
			t.Fatalf("stats %+v do not fit %d lines", s, strings.Count(text, "\n")+1)
		}
	})
}

func FuzzCDNOW(f *testing.F) {
	f.Add(" customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n")
	f.Add(" 00004 0001 19970101  2   29.33\n\n 00004 0001 19970118  2   x\n")
	fuzz(f, Options{Format: CDNOW})
}

func FuzzCSV(f *testing.F) {
	f.Add(retail)
	f.Add("customer;time;amount;order;refund;kind;channel;event;margin;currency\na;20260101;\"1,5\";o;r;refund;c;e;;EUR\n\"b\n\"\"\";1773480413;-1;;;;;;;\n")
	f.Add("customer,time\na,\"2026-01-01\nb,2026-01-01\n")
	eur, err := money.ParseCurrency("EUR")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(retailItems)
	f.Add("customer,order,date,total\na,1,1/13/2024,\"$1,234.50\"\nb,2,1/2/2024,5\na,1,1/3/2024,(3)\n,,,\n")
	fuzz(f, Options{Currency: eur, Cancellations: CancellationsRefund, ByTime: true, SortBytes: 1000})
}

func FuzzJSONL(f *testing.F) {
	f.Add(`{"type":"order.placed","event_id":"e","customer_id":"c","occurred_at":"2026-01-01T00:00:00Z","order_id":"o","amount":"1.00","currency":"USD"}`)
	f.Add("\ufeff{}\n[]\nnull\n")
	eur, err := money.ParseCurrency("EUR")
	if err != nil {
		f.Fatal(err)
	}
	fuzz(f, Options{Format: JSONL, Currency: eur})
}
