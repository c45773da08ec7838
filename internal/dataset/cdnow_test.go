package dataset

import (
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

func TestCDNOWLayouts(t *testing.T) {
	const (
		header4 = " customer_id  date number_of_cds  dollar_value\r\n"
		header5 = "master_id sample_id date n dollars\n"
	)
	for name, text := range map[string]string{
		"master":                " 00004 19970101  2   29.33\r\n 00004 19970118  0   0.00\r\n",
		"master with header":    header4 + " 00004 19970101  2   29.33\r\n 00004 19970118  0   0.00",
		"sample":                " 00004 0001 19970101  2   29.33\n\n 00004 0001 19970118  0   0.00\n\n",
		"sample with header":    header5 + "00004\t0001\t19970101\t2\t29.33\n00004 0001 19970118 0 0.00\n",
		"sample with mark, BOM": "\ufeff" + header5 + "00004 0001 19970101 2 29.33\n00004 0001 19970118 0 0\n",
	} {
		t.Run(name, func(t *testing.T) {
			rows, refusals, _ := read(t, text, Options{Format: CDNOW, Name: "x/CDNOW_a.b.txt"})
			if len(rows) != 2 || len(refusals) != 0 {
				t.Fatalf("rows %+v, refusals %q", rows, refusals)
			}
			first, second := rows[0], rows[1]
			want := history.Event{Kind: history.OrderPlaced, CustomerID: "00004", AtMicros: micros(1997, 1, 1, 0, 0, 0), AmountMinor: 2933,
				ID: first.Event.ID, OrderID: first.Event.ID}
			if first.Event != want || first.Currency.String() != "USD" {
				t.Errorf("got %+v in %s, want %+v", first.Event, first.Currency, want)
			}
			if second.Event.AmountMinor != 0 || second.Event.AtMicros != micros(1997, 1, 18, 0, 0, 0) || second.Event.ID == first.Event.ID {
				t.Errorf("second row is %+v", second)
			}
			if !strings.HasPrefix(first.Event.ID, "CDNOW_a-") {
				t.Errorf("id %q does not come from the file's name", first.Event.ID)
			}
		})
	}
}

func TestCDNOWRefusals(t *testing.T) {
	const good = "00004 19970101 2 29.33\n"
	for name, tc := range map[string]struct{ line, want string }{
		"no such day":      {"00004 19970230 2 29.33", "orders.txt:2:7: bad_time: the date \"19970230\" is not a day as YYYYMMDD"},
		"other date form":  {"00004 1997-01-01 2 29.33", ":2:7: bad_time"},
		"half a CD":        {"00004 19970101 0.5 29.33", ":2:16: bad_field"},
		"three decimals":   {"00004 19970101 2 29.333", ":2:18: bad_amount: the amount \"29.333\" has more decimals than USD"},
		"not a number":     {"00004 19970101 2 NaN", ":2:18: bad_amount"},
		"negative":         {"00004 19970101 2 -1", ":2:18: bad_amount: the amount is negative"},
		"sample's columns": {"00004 0001 19970101 2 29.33", ":2:1: undecodable: the line has 5 columns, the first has 4"},
		"very many":        {"1 2 3 4 5 6 7 8", "more than 5 columns"},
		"long id":          {strings.Repeat("4", 300) + " 19970101 2 29.33", "bad_id: the customer id has 300 bytes: at most 256"},
		"not UTF-8":        {"\xff\xfe 19970101 2 29.33", "undecodable: the customer id is not UTF-8"},
		"longer than rows": {strings.Repeat("4", 1<<17), "too_large: the line has more than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, refusals, stats := read(t, good+tc.line+"\n"+good, Options{Format: CDNOW, Name: "orders.txt"})
			if len(rows) != 2 || len(refusals) != 1 || stats.RefusedRows() != 1 {
				t.Fatalf("got %d rows and refusals %q, want the two good rows and one refusal", len(rows), refusals)
			}
			if !strings.Contains(refusals[0], tc.want) {
				t.Errorf("refusal %q does not say %q", refusals[0], tc.want)
			}
			if rows[1].Line != 3 {
				t.Errorf("the row after is of line %d, want 3", rows[1].Line)
			}
		})
	}
}

func TestCDNOWRefusesOtherFiles(t *testing.T) {
	_, err := NewReader(strings.NewReader("customer,time,amount\n1,2,3\n"), Options{Format: CDNOW, Name: "a.csv"})
	if err == nil || IsRefusal(err) || !strings.Contains(err.Error(), "read a.csv: line 1 has 1 columns: a CDNOW file has 4") {
		t.Errorf("got %v", err)
	}
}
