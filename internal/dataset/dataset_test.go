package dataset

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/money"
)

func currency(t testing.TB, code string) money.Currency {
	t.Helper()
	c, err := money.ParseCurrency(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// read collects a text's rows and what was said about refused ones.
func read(t *testing.T, text string, opts Options) (rows []Row, refusals []string, stats Stats) {
	t.Helper()
	if opts.Name == "" {
		opts.Name = "shop/orders.csv"
	}
	r, err := NewReader(strings.NewReader(text), opts)
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range r.Rows() {
		switch {
		case err == nil:
			rows = append(rows, row)
		case IsRefusal(err):
			refusals = append(refusals, err.Error())
		default:
			t.Fatal(err)
		}
	}
	return rows, refusals, r.Stats()
}

func micros(year int, month time.Month, day, hour, minute, second int) int64 {
	return time.Date(year, month, day, hour, minute, second, 0, time.UTC).UnixMicro()
}

// summary holds the figures that the literature's files are checked by.
type summary struct {
	rows, customers, customerDays, zeros int
	cents                                int64
	first, last                          int64
}

func summarise(t testing.TB, opts Options, file string) summary {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	opts.Name = file
	r, err := NewReader(f, opts)
	if err != nil {
		t.Fatal(err)
	}
	type customerDay struct {
		customer string
		at       int64
	}
	var s summary
	customers, days := map[string]bool{}, map[customerDay]bool{}
	for row, err := range r.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		e := row.Event
		s.rows++
		s.cents += e.AmountMinor
		if e.AmountMinor == 0 {
			s.zeros++
		}
		customers[e.CustomerID] = true
		days[customerDay{e.CustomerID, e.AtMicros}] = true
		if s.first == 0 || e.AtMicros < s.first {
			s.first = e.AtMicros
		}
		s.last = max(s.last, e.AtMicros)
	}
	s.customers, s.customerDays = len(customers), len(days)
	return s
}

// Each row has the literature's figures for the file: rows, customers, purchase
// days, orders of amount zero, spend, first and last day.
func TestCDNOWFigures(t *testing.T) {
	from, to := micros(1997, 1, 1, 0, 0, 0), micros(1998, 6, 30, 0, 0, 0)
	for file, want := range map[string]summary{
		"testdata/CDNOW_sample.txt": {6_919, 2_357, 6_696, 8, 244_091_94, from, to},
		"testdata/CDNOW_master.txt": {69_659, 23_570, 67_591, 80, 2_500_315_63, from, to},
	} {
		if got := summarise(t, Options{Format: CDNOW}, file); got != want {
			t.Errorf("%s: got %+v, want %+v", file, got, want)
		}
	}
}

func TestRefusalsAreCountedByKind(t *testing.T) {
	text := "customer,time,amount,currency\n" + strings.Repeat("a,yesterday,1,EUR\n", 5) + "a,2026-01-01,1,EUR\na,2026-01-01,x,EUR\n"
	rows, refusals, stats := read(t, text, Options{Format: CSV})
	if len(rows) != 1 || len(refusals) != 6 || stats.RefusedRows() != 6 || stats.Events != 1 || stats.Rows != 7 || stats.Lines != 8 {
		t.Fatalf("got %d rows, refusals %q, stats %+v", len(rows), refusals, stats)
	}
	err := stats.Enough("orders.csv", 0.8)
	const want = `read orders.csv: 6 of its 7 rows are refused, more than 80 %; --max-refused allows more:
  5 times in another form than the file's, such as line 2: the time "yesterday" is not in the form ymd, such as 2024-01-31; cure: --date-format
  1 amounts that are no numbers, such as line 8: the amount "x" is not a number such as 1234.50, 1,234.50, 1.234,50, $12.50, (12.50) or 12.50-, with a decimal point; cure: --decimal, or --columns`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := stats.Enough("orders.csv", 0.9); err != nil {
		t.Error(err)
	}
}

func TestEnough(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"nothing":     {"customer,time,amount\n", "there is no row below the header"},
		"all refused": {"customer,time,amount\na,soon,1\nb,later,1\n", "every one of its 2 rows is refused:\n  2 times in"},
		"all aside":   {"customer,time,amount\n,2024-01-01,1\n", "none of its 1 rows is an event of a customer's:\n  1 rows without a customer, such as line 2: the customer id is empty; 1.00 EUR"},
	} {
		_, _, stats := read(t, tc.text, Options{Currency: currency(t, "EUR")})
		if err := stats.Enough("orders.csv", 1); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}

func TestReadingStopsWhenAsked(t *testing.T) {
	r, err := NewReader(strings.NewReader("customer,time\na,x\nb,2026-01-01\nc,2026-01-01\n"), Options{Format: CSV})
	if err != nil {
		t.Fatal(err)
	}
	for range r.Rows() {
		break
	}
	if s := r.Stats(); s.Lines != 2 {
		t.Errorf("read %d lines after the first row was enough", s.Lines)
	}
}
