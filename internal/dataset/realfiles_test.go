package dataset

import (
	"strings"
	"testing"
)

// Formats are recognised by the first lines.
func TestFormatsAreRecognised(t *testing.T) {
	for text, want := range map[string]Format{
		" customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n":                 CDNOW,
		" 00004 0001 19970101  2   29.33\n":                                                                CDNOW,
		"customer,time\na,2024-01-01\n":                                                                    CSV,
		"\ufeffcustomer;time\na;2024-01-01\n":                                                              CSV,
		`{"type":"churn.confirmed","event_id":"e","customer_id":"c","occurred_at":"2026-01-01T00:00:00Z"}`: JSONL,
	} {
		opts, err := Survey(strings.NewReader(text), Options{Currency: currency(t, "EUR")})
		if err != nil || opts.Format != want || opts.Found().Format != want {
			t.Errorf("%q is %s, want %s: %v", text, opts.Format, want, err)
		}
	}
}

// What a file shows of itself.
func TestFound(t *testing.T) {
	const text = "Order Date;Customer ID;Order No;Sales;Ship Date\n13.02.2024;a;1;1.234,50;x\n02.01.2024 9:05;b;2;5;x\n03.01.2024 9:05 UTC;a;1;7;x\n"
	opts, err := Survey(strings.NewReader(text), Options{Currency: currency(t, "EUR")})
	if err != nil {
		t.Fatal(err)
	}
	found := *opts.Found()
	var columns []string
	for _, c := range found.Columns {
		columns = append(columns, c.Field+"="+c.Column)
	}
	if got := strings.Join(columns, ","); got != "customer=Customer ID,time=Order Date,amount=Sales,order=Order No" {
		t.Errorf("columns %s", got)
	}
	if found.Delimiter != ';' || found.Dates.String() != "dmy" || found.Decimal.String() != "comma" || found.Zoneless != 2 || found.Backwards != 1 || found.Repeats != 1 || !found.Scattered {
		t.Errorf("%+v", found)
	}
}
