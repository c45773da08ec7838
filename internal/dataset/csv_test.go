package dataset

import (
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/dataset/amounts"
	"github.com/clvstream/clvstream/internal/dataset/dates"
)

func columns(t testing.TB, list string) Columns {
	t.Helper()
	c, err := ParseColumns(list)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCSVForms(t *testing.T) {
	eur := currency(t, "EUR")
	want := history.Event{Kind: history.OrderPlaced, CustomerID: "17", AtMicros: micros(2026, 3, 14, 9, 26, 53), OrderID: "o1", AmountMinor: 2933, Channel: "web"}
	for name, tc := range map[string]struct {
		text string
		opts Options
	}{
		"header's own names": {"customer,time,amount,order,channel,kind\n17,2026-03-14 09:26:53,29.33,o1,web,order\n", Options{Currency: eur}},
		"the wire's names":   {"type,order_id,customer_id,occurred_at,amount,currency,channel\norder.placed,o1,17,2026-03-14T09:26:53Z,29.33,EUR,web\n", Options{}},
		"bars":               {"customer|time|amount|order|channel\n17|2026-03-14 09:26:53|29.33|o1|web\n", Options{Currency: eur}},
		"usual names":        {"Customer ID,Order Date,Sales,Invoice No.,channel,Row ID\n17,3/14/2026 9:26:53 AM,\"€29.33\",o1,web,1\n", Options{}},
		"semicolons, comma":  {"customer;time;amount;order;channel\n17;2026-03-14 09:26:53;29,33;o1;web\n", Options{Currency: eur, Decimal: amounts.Comma}},
		"tabs, CRLF, BOM":    {"\ufeffcustomer\ttime\tamount\torder\tchannel\r\n\r\n17\t2026-03-14 09:26:53\t29.33\to1\tweb\r\n", Options{Currency: eur}},
		"quotes and spaces":  {"customer,time,amount,order,channel,note\n \"17\" , 2026-03-14T10:26:53+01:00,\"29.33\",\"o1\",web,\"says \"\"hi\"\",\nbye\"\n", Options{Currency: eur}},
		"chosen by name": {"When,Who,What,Nr,Via,type\n2026-03-14 09:26:53,17,29.33,o1,web,ignored\n",
			Options{Currency: eur, Columns: columns(t, "customer=who, time=When,amount=What,order=Nr,channel=Via")}},
		"chosen by number": {"2026-03-14 09:26:53;17;29.33;o1;web\n",
			Options{Currency: eur, Columns: columns(t, "customer=2,time=1,amount=3,order=4,channel=5")}},
		"seconds of the epoch": {"customer,time,amount,order,channel\n17,1773480413,29.33,o1,web\n", Options{Currency: eur}},
		"another zone": {"customer,time,amount,order,channel\n17,2026-03-14 10:26:53,29.33,o1,web\n",
			Options{Currency: eur, Location: time.FixedZone("", 3600)}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.opts.Format = CSV
			rows, refusals, _ := read(t, tc.text, tc.opts)
			if len(rows) != 1 || len(refusals) != 0 {
				t.Fatalf("rows %+v, refusals %q", rows, refusals)
			}
			got := rows[0].Event
			if !strings.HasPrefix(got.ID, "orders-") {
				t.Errorf("id %q does not come from the file's name", got.ID)
			}
			got.ID = ""
			if got != want || rows[0].Currency != eur {
				t.Errorf("got %+v in %s, want %+v", got, rows[0].Currency, want)
			}
		})
	}
}

func TestCSVKinds(t *testing.T) {
	const header = "event,customer,time,kind,order,refund,amount,currency,channel,margin\n"
	at := micros(2026, 1, 2, 0, 0, 0)
	for name, tc := range map[string]struct {
		line string
		want history.Event
	}{
		"order with margin":  {"e,c,2026-01-02,Order,o,,10,EUR,app,-2.5", history.Event{Kind: history.OrderPlaced, OrderID: "o", AmountMinor: 1000, Channel: "app", MarginMinor: -250, MarginKnown: true}},
		"order in yen":       {"e,c,20260102,sale,o,,10,JPY,,", history.Event{Kind: history.OrderPlaced, OrderID: "o", AmountMinor: 10}},
		"free order":         {"e,c,20260102,order,o,,0.00,EUR,,", history.Event{Kind: history.OrderPlaced, OrderID: "o"}},
		"refund":             {"e,c,2026-01-02,refund,o,r,3.50,EUR,,", history.Event{Kind: history.OrderRefunded, OrderID: "o", RefundID: "r", AmountMinor: 350}},
		"refund, minus sign": {"e,c,2026-01-02,return,o,,-3.50,EUR,,", history.Event{Kind: history.OrderRefunded, OrderID: "o", RefundID: "orders-2", AmountMinor: 350}},
		"cancellation":       {"e,c,2026-01-02,cancellation,o,,,,,", history.Event{Kind: history.OrderCancelled, OrderID: "o"}},
		"churn":              {"e,c,2026-01-02,churn.confirmed,,,,,,", history.Event{Kind: history.ChurnConfirmed}},
		"churn taken back":   {"e,c,2026-01-02,churn.reverted,,,,,,", history.Event{Kind: history.ChurnReverted}},
		"acquired":           {"e,c,2026-01-02,customer.acquired,,,20,EUR,ads,", history.Event{Kind: history.CustomerAcquired, AmountMinor: 2000, Channel: "ads"}},
	} {
		t.Run(name, func(t *testing.T) {
			rows, refusals, _ := read(t, header+tc.line+"\n", Options{Format: CSV})
			if len(rows) != 1 {
				t.Fatalf("refused: %q", refusals)
			}
			tc.want.ID, tc.want.CustomerID, tc.want.AtMicros = "e", "c", at
			if rows[0].Event != tc.want {
				t.Errorf("got %+v, want %+v", rows[0].Event, tc.want)
			}
		})
	}
}

func TestCSVRefusals(t *testing.T) {
	const header = "customer,time,amount,currency,kind,order,channel\n"
	const good = "c,2026-01-01,1.25,EUR,order,,web\n"
	for name, tc := range map[string]struct{ line, want string }{
		"no customer":           {",2026-01-01,1,EUR,order,o,", "shop/orders.csv:3:1: bad_id: the customer id is empty"},
		"bad time":              {"c,01/02/2026,1,EUR,order,o,", `:3:3: bad_time: the time "01/02/2026" is not in the form ymd`},
		"milliseconds":          {"c,1773480413000,1,EUR,order,o,", ":3:3: bad_time"},
		"no amount":             {"c,2026-01-01,,EUR,order,o,", ":3:14: missing_field: the amount is empty"},
		"bad amount":            {"c,2026-01-01,1e3,EUR,order,o,", `:3:14: bad_amount: the amount "1e3"`},
		"comma":                 {"c,2026-01-01,\"1,50\",EUR,order,o,", "with a decimal point"},
		"many decimals":         {"c,2026-01-01,1.5,JPY,order,o,", ":3:14: bad_amount: the amount 1.5 has more decimals than JPY, which has 0"},
		"no currency":           {"c,2026-01-01,1,,order,o,", "unknown_currency"},
		"no such currency":      {"c,2026-01-01,1,eur,order,o,", `:3:16: unknown_currency: the currency "eur" is not an ISO 4217`},
		"no such kind":          {"c,2026-01-01,1,EUR,gift,o,", `:3:20: unknown_type: the kind "gift" is none of order`},
		"prediction":            {"c,2026-01-01,1,EUR,churn.predicted,o,", "jsonl"},
		"negative":              {"c,2026-01-01,-1,EUR,order,p,", "bad_amount: a refund without an order"},
		"cancels nothing":       {"c,2026-01-01,,EUR,cancel,,", "missing_field: a cancellation needs the order id"},
		"credit note":           {"c,2026-01-01,-1,EUR,cancellation,C1,", "a refund without an order"},
		"refund of nothing":     {"c,2026-01-01,1,EUR,refund,,", "a refund without an order"},
		"free acquisition":      {"c,2026-01-01,-1,EUR,customer.acquired,,", "negative"},
		"too few columns":       {"c,2026-01-01,1,EUR", "undecodable: the row has 4 columns, the first has 7"},
		"too many columns":      {"c,2026-01-01,1,EUR,order,o,web,x", "has 8 columns"},
		"id not UTF-8":          {"\xff,2026-01-01,1,EUR,order,o,", "not UTF-8"},
		"channel not UTF-8":     {"c,2026-01-01,1,EUR,order,o,\xff", ":3:28: undecodable: the channel"},
		"long channel":          {"c,2026-01-01,1,EUR,order,o," + strings.Repeat("x", 65), "bad_field: the channel has 65 bytes"},
		"long order id":         {"c,2026-01-01,1,EUR,order," + strings.Repeat("x", 257) + ",", "bad_id: the order id has 257"},
		"text after quote":      {`c,"2026-01-01"x,1,EUR,order,o,`, ":3:3: undecodable: there is text after the closing quote"},
		"quote never closed":    {`c,"2026-01-01,1,EUR,order,o,`, ":3:3: undecodable: the quote is not closed"},
		"long line":             {strings.Repeat("x", 70_000), ":3:1: too_large"},
		"absurd amount":         {"c,2026-01-01,99999999999999999999,EUR,order,o,", "bad_amount"},
		"place in quoted lines": {"\"c\n2\",2026-01-01,1,EUR,order,o,\"a\nb\",x", "orders.csv:3:1: undecodable: the row has 8 columns"},
		"place after newline":   {"\"c\n2\",2026-13-01,1,EUR,order,o,web", "orders.csv:4:4: bad_time"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, refusals, _ := read(t, header+good+tc.line+"\n"+good+good, Options{Format: CSV, Dates: dates.YearFirst, Decimal: amounts.Point})
			if len(rows) != 3 || len(refusals) != 1 {
				t.Fatalf("got %d rows and refusals %q, want the three good rows and one refusal", len(rows), refusals)
			}
			if !strings.Contains(refusals[0], tc.want) {
				t.Errorf("refusal %q does not say %q", refusals[0], tc.want)
			}
			if want := 5 + strings.Count(tc.line, "\n"); rows[2].Line != want {
				t.Errorf("the last row is of line %d, want %d", rows[2].Line, want)
			}
		})
	}
}

func TestCSVRefusesFilesItCannotRead(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		opts Options
		want string
	}{
		"empty":            {"", Options{}, "the file is empty"},
		"blank":            {"\n \n", Options{}, "the file is empty"},
		"no customer":      {"who,time,total\n", Options{}, `no column is recognised as the customer: name it with --columns "customer=COLUMN,time=time,amount=total"; the header has who, time, total`},
		"no time":          {"customer,when\n", Options{}, `recognised as the time: name it with --columns "customer=customer,time=COLUMN,amount=COLUMN"`},
		"two times":        {"customer,order date,invoicedate,sales\n", Options{}, `"order date" and "invoicedate" may both be the time: choose one, as with --columns "customer=customer,time=order date,amount=sales"; the header has customer, order date, invoicedate, sales`},
		"no price":         {"customer,time,qty\n", Options{}, `there is a column for quantity and none is recognised for price or amount: name one with --columns "customer=customer,time=time,amount=COLUMN,quantity=qty"`},
		"a summary":        {"ID,frequency,recency,T\n", Options{}, "It sums customers up (frequency, recency) and has no orders"},
		"survival":         {"year,pct\n", Options{}, "fit --format survival"},
		"no such column":   {"customer,time\n", Options{Columns: columns(t, "customer=customer,time=when")}, `no column "when" for time`},
		"same name twice":  {"customer,customer,time\n", Options{}, `"customer" twice`},
		"chosen twice":     {"who,who,time\n", Options{Columns: columns(t, "customer=who,time=time")}, `"who" twice`},
		"UTF-16":           {"\xff\xfec\x00", Options{}, "UTF-16"},
		"Parquet":          {"PAR1\x15\x04", Options{}, "the file is Parquet, which is not read"},
		"Excel":            {"PK\x03\x04xl", Options{}, "a workbook"},
		"mixed choice":     {"a,b\n", Options{Columns: columns(t, "customer=1,time=b")}, "some columns are chosen by number"},
		"column 0":         {"a,b\n", Options{Columns: columns(t, "customer=0,time=1")}, "column 0 of customer"},
		"time not chosen":  {"a,b\n", Options{Columns: columns(t, "customer=1")}, "no column is recognised as the time"},
		"unknown choice":   {"customer,time\n", Options{Cancellations: "maybe"}, `"maybe" is none of skip, refund, named`},
		"damaged gzip":     {"\x1f\x8bxxxxxxxxxxxx", Options{}, "gzip"},
		"header too long":  {strings.Repeat("x", 1<<17), Options{}, "too_large"},
		"header not ended": {"customer,\"time\n", Options{}, "not closed"},
		"which day":        {"customer,order_date\na,1/2/2024\n", Options{}, `the times in column "order_date": more than one reading is possible: "1/2/2024" in line 2, as all other times, can be dmy or mdy (such as 31/01/2024 or 01/31/2024); settle it with --date-format`},
		"which sign":       {"customer,date,sales\na,2024-01-01,\"1,234\"\n", Options{}, `"1,234" in line 2, as all other numbers, can be read either way; settle it with --decimal`},
		"whose total":      {"customer,date,order,total\na,2024-01-01,1,5\na,2024-01-01,1,5\n", Options{}, "1 rows repeat an order and its amount, the first in line 3: say --repeated total if that is the whole order's, or --repeated items"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.opts.Format, tc.opts.Name = CSV, "a.csv"
			_, err := NewReader(strings.NewReader(tc.text), tc.opts)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "a.csv") {
				t.Errorf("got %v, want an error about a.csv that says %q", err, tc.want)
			}
		})
	}
}

// A quote that is never closed costs its own line, not the rows after it.
func TestStrayQuoteCostsOneLine(t *testing.T) {
	text := "customer,time\na,2026-01-01\n\"b,2026-01-01\n" + strings.Repeat("c,2026-01-01\n", 2*maxRowLines)
	rows, refusals, stats := read(t, text, Options{Format: CSV})
	if len(rows) != 1+2*maxRowLines || len(refusals) != 1 || stats.Lines != 3+2*maxRowLines {
		t.Errorf("%d rows of %d lines, refusals %q", len(rows), stats.Lines, refusals)
	}
}

func TestParseColumnsRefusesNonsense(t *testing.T) {
	for list, want := range map[string]string{
		"customer":                "not field=column",
		"customer=":               "not field=column",
		"who=a":                   `"who" is none of customer, time, amount`,
		"customer=a,customer=b":   "named twice",
		"customer=a,,time=b":      "not field=column",
		"customer=a,time=b,x=y=z": `"x" is none of`,
	} {
		if _, err := ParseColumns(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", list, err, want)
		}
	}
}
