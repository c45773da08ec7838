package dataset

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/dataset/amounts"
)

// orders are the events of a text in short, and what was said beside them.
func orders(t *testing.T, text string, opts Options) (events string, stats Stats) {
	t.Helper()
	if opts.Currency.String() == "" {
		opts.Currency = currency(t, "EUR")
	}
	rows, _, stats := read(t, text, opts)
	var all []string
	for _, row := range rows {
		e := row.Event
		all = append(all, fmt.Sprintf("%s:%s=%d@%d", e.CustomerID, e.OrderID, e.AmountMinor, row.Line))
	}
	return strings.Join(all, " "), stats
}

// A row per item is one order with their sum, exactly, wherever the rows stand.
func TestOrdersAreSummed(t *testing.T) {
	const head = "customer,order,date,quantity,price\n"
	for name, tc := range map[string]struct {
		text, want string
		opts       Options
	}{
		"together": {head + "a,1,2024-01-01,3,0.1\na,1,2024-01-01,1,0.10\nb,2,2024-01-02,2,5\n", "a:1=40@2 b:2=1000@4", Options{}},
		"scattered, in order of ids": {head + "b,2,2024-01-02,2,5\na,1,2024-01-03,3,0.1\nb,2,2024-01-02,1,1\n",
			"a:1=30@3 b:2=1100@2", Options{}},
		"scattered, by time": {head + "b,2,2024-01-02,2,5\na,1,2024-01-03,3,0.1\nb,2,2024-01-02,1,1\n",
			"b:2=1100@2 a:1=30@3", Options{ByTime: true}},
		"fractions that only the sum has not": {head + "a,1,2024-01-01,0.5,0.01\na,1,2024-01-01,0.5,0.01\n", "a:1=1@2", Options{}},
		"a discount":                          {head + "a,1,2024-01-01,3,10\na,1,2024-01-01,-1,4.5\n", "a:1=2550@2", Options{}},
		"amounts of items":                    {"customer,order,date,sales\na,1,2024-01-01,5\na,1,2024-01-01,6\n", "a:1=1100@2", Options{}},
		"said to be items":                    {"customer,order,date,sales\na,1,2024-01-01,5\na,1,2024-01-01,5\n", "a:1=1000@2", Options{Repeated: RepeatedItems}},
		"said to be totals":                   {"customer,order,date,sales\na,1,2024-01-01,5\na,1,2024-01-01,5\n", "a:1=500@2", Options{Repeated: RepeatedTotal}},
		"said to be versions":                 {"customer,order,date,sales\na,1,2024-01-01,5\na,1,2024-01-01,6\n", "a:1=500@2 a:1=600@3", Options{Repeated: RepeatedLatest}},
		"orders of no customer":               {head + "a,1,2024-01-01,1,1\n,2,2024-01-01,1,7\n", "a:1=100@2", Options{}},
		"rows between that name no order": {"customer,order,date,sales\na,1,2024-01-01,5\nb,,2024-01-01,7\na,1,2024-01-01,6\n", "a:1=1100@2 b:orders-3=700@3",
			Options{ByTime: true}},
		"refunds between": {"customer,order,date,sales,kind\na,1,2024-01-01,5,order\na,1,2024-01-01,2,refund\nb,2,2024-01-01,3,refund\na,1,2024-01-01,6,order\n",
			"a:1=1100@2 a:1=200@3 b:2=300@4", Options{ByTime: true}},
		"rows of nothing": {"customer,date,sales\na,2024-01-01,5\n,,\n\"\",,\n", "a:orders-2=500@2", Options{}},
		"chosen by name": {"Who,Nr,When,How many,Each\na,1,2024-01-01,3,1.5\n", "a:1=450@2",
			Options{Columns: columns(t, "customer=Who,order=Nr,time=When,quantity=How many,price=Each")}},
	} {
		if got, stats := orders(t, tc.text, tc.opts); got != tc.want || stats.RefusedRows() > 0 {
			t.Errorf("%s: got %s, want %s; %v", name, got, tc.want, stats.Refused)
		}
	}
}

// Rows of an order that do not agree are told; an order with a row that is refused is not sent
// with less than it is worth.
func TestOrdersWhoseRowsDisagree(t *testing.T) {
	const head = "customer,order,date,quantity,price,currency\n"
	for name, tc := range map[string]struct{ text, want, refused, notes string }{
		"two customers": {head + "a,1,2024-01-01,1,1,\nb,1,2024-01-01,1,2,\n", "a:1=100@2 b:1=200@3", "", "1 " + manyCustomers.Kind},
		"two days":      {head + "a,1,2024-01-05,1,1,\na,1,2024-01-01,1,2,\na,1,2024-01-09,1,2,\n", "a:1=500@2", "", "1 " + manyDays.Kind},
		"a bad row": {head + "a,1,2024-01-01,1,1,\na,1,2024-01-01,x,2,\na,1,2024-01-01,1,2,\nb,2,2024-01-01,1,2,\n", "b:2=200@5",
			"1 " + badNumber.Kind + ", 2 " + torn.Kind, ""},
		"a bad first row": {head + "a,1,soon,1,1,\na,1,2024-01-01,1,2,\n", "", "1 " + badTime.Kind + ", 1 " + torn.Kind, ""},
		"two currencies":  {head + "a,1,2024-01-01,1,1,\na,1,2024-01-01,1,2,USD\n", "", "1 " + twoMoneys.Kind + ", 1 " + torn.Kind, ""},
		"too much":        {head + "a,1,2024-01-01,1,9e,\na,1,2024-01-01,4000000000,4000000000,USD\n", "", "1 " + badUnit.Kind + ", 1 " + tooMuch.Kind, ""},
	} {
		got, stats := orders(t, tc.text, Options{})
		if got != tc.want || aside(stats.Refused) != tc.refused || aside(stats.Notes) != tc.notes {
			t.Errorf("%s: got %s, refused %s, notes %s", name, got, aside(stats.Refused), aside(stats.Notes))
		}
	}
	got, stats := orders(t, "customer,order,date,sales\na,1,2024-01-01,5\na,1,2024-01-01,6\n", Options{Repeated: RepeatedTotal})
	if got != "" || aside(stats.Refused) != "1 "+twoTotals.Kind+", 1 "+torn.Kind {
		t.Errorf("totals that differ: %s, %s", got, aside(stats.Refused))
	}
}

func TestRounding(t *testing.T) {
	const text = "customer,date,sales\na,2024-01-01,0.125\na,2024-01-01,0.375\n"
	for rounding, want := range map[amounts.Rounding]string{"": "", amounts.RoundHalfEven: "a:orders-2=12@2 a:orders-3=38@3", amounts.RoundHalfUp: "a:orders-2=13@2 a:orders-3=38@3"} {
		got, stats := orders(t, text, Options{Rounding: rounding})
		if got != want || rounding == "" && (stats.RefusedRows() != 2 || !strings.Contains(stats.Refused[0].Cure, "--round")) {
			t.Errorf("%q: got %s, want %s; %v", rounding, got, want, stats.Refused)
		}
	}
}

func TestCurrenciesBesideAmounts(t *testing.T) {
	const text = "customer,date,sales\na,2024-01-01,$1\na,2024-01-01,2 £\na,2024-01-01,3 EUR\na,2024-01-01,4\na,2024-01-01,5 pc\n"
	rows, _, stats := read(t, text, Options{Currency: currency(t, "CAD")})
	var got []string
	for _, row := range rows {
		got = append(got, row.Currency.String())
	}
	if !slices.Equal(got, []string{"CAD", "GBP", "EUR", "CAD"}) || aside(stats.Refused) != "1 "+badUnit.Kind {
		t.Errorf("got %v, refused %s", got, aside(stats.Refused))
	}
	_, _, stats = read(t, "customer,date,sales,currency\na,2024-01-01,$1,EUR\na,2024-01-01,€1,EUR\n", Options{Currency: currency(t, "EUR")})
	if stats.Events != 1 || aside(stats.Refused) != "1 "+badUnit.Kind {
		t.Errorf("%+v", stats)
	}
}

// Memory bounds a sort and changes nothing.
func TestSortingThroughFiles(t *testing.T) {
	var text strings.Builder
	text.WriteString("customer,order,date,quantity,price,sku\n")
	for i := range 2000 {
		fmt.Fprintf(&text, "c%d,%d,2024-%02d-%02d,%d,1.25,s%d\n", i%7, i%500, 1+i%11, 1+i%500%27, 1+i%3, i%13)
	}
	whole, _ := orders(t, text.String(), Options{ByTime: true, Cancellations: CancellationsRefund})
	parts, _ := orders(t, text.String(), Options{ByTime: true, Cancellations: CancellationsRefund, SortBytes: 20_000})
	if whole != parts || strings.Count(whole, "=") != 2000 && len(whole) < 1000 {
		t.Errorf("through files:\n%s\nin memory:\n%s", parts, whole)
	}
}

// A row for a temporary file is the same when it comes back, whatever an event has.
func TestRowCode(t *testing.T) {
	d := func(text string) amounts.Decimal {
		n, err := amounts.Read([]byte(text), amounts.Point)
		if err != nil {
			t.Fatal(err)
		}
		return n.Decimal
	}
	row := Row{
		Currency: currency(t, "JPY"), Line: 7, rows: 3, lost: 1, column: 9, ofOrder: true, exact: d("-12.345"), margin: d("1"),
		back: true, credit: true, torn: true, apart: true, items: []item{{"a", d("-1"), d("2.5")}, {"b", d("3"), d("0.000001")}},
	}
	e := reflect.ValueOf(&row.Event).Elem()
	for i := range e.NumField() {
		switch f := e.Field(i); {
		case e.Type().Field(i).Name == "Own" || e.Type().Field(i).Name == "Place": // no file's events have them
		case f.Kind() == reflect.String:
			f.SetString(fmt.Sprintf("text %d", i))
		case f.CanInt():
			f.SetInt(-int64(i) - 1)
		case f.CanUint():
			f.SetUint(uint64(history.OrderRefunded))
		case f.CanFloat():
			f.SetFloat(0.5)
		case f.Kind() == reflect.Bool:
			f.SetBool(true)
		default:
			t.Fatalf("a new field %s", e.Type().Field(i).Name)
		}
	}
	text := encodeRow(nil, &row)
	var back Row
	if err := decodeRow(text, &back); err != nil || !reflect.DeepEqual(back, row) {
		t.Errorf("got  %+v, %v\nwant %+v", back, err, row)
	}
	for cut := range text {
		if decodeRow(text[:cut], &back) == nil {
			t.Errorf("%d of %d bytes are a row", cut, len(text))
		}
	}
}
