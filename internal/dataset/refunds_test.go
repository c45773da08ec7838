package dataset

import (
	"fmt"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/dataset/amounts"
)

// retail is written as the Online Retail data are: cancellations have a negative
// amount and an invoice number of their own.
const retail = `ts,invoice_no,customer_id,type,amount,lines,units,country
2010-12-01 08:26:00,536365,17850,order,139.12,7,40,United Kingdom
2010-12-01 08:28:00,536366,17850,order,22.2,2,12,United Kingdom
2010-12-01 09:41:00,C536379,17850,cancellation,-27.5,1,-1,United Kingdom
2010-12-01 09:49:00,C536383,17850,cancellation,-112,1,-1,United Kingdom
2010-12-01 10:24:00,C536391,17548,cancellation,-141.48,7,-132,United Kingdom
2010-12-01 10:25:00,C536392,17850,cancellation,-22.20,7,-132,United Kingdom
`

func readRetail(t *testing.T, text string, cancellations Cancellations) (money []string, stats Stats) {
	t.Helper()
	rows, _, stats := read(t, text, Options{Format: CSV, Currency: currency(t, "GBP"), Cancellations: cancellations})
	if stats.RefusedRows() != 0 {
		t.Errorf("refused: %v", stats.Refused)
	}
	for _, row := range rows {
		e := row.Event
		if e.Kind == history.OrderPlaced {
			money = append(money, fmt.Sprintf("+%d %s", e.AmountMinor, e.OrderID))
		} else {
			money = append(money, fmt.Sprintf("-%d %s by %s", e.AmountMinor, e.OrderID, e.RefundID))
		}
	}
	return money, stats
}

// aside is what was set aside, in short.
func aside(tallies []Tally) string {
	var all []string
	for _, tally := range tallies {
		text := fmt.Sprintf("%d %s", tally.Rows, tally.Kind)
		for _, c := range Currencies(tally.Minor) {
			text += fmt.Sprintf(" %d %s", tally.Minor[c], c)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func TestCancellations(t *testing.T) {
	orders := "+13912 536365, +2220 536366"
	for cancellations, want := range map[Cancellations]struct{ money, aside string }{
		CancellationsSkip: {orders, "4 " + namesNone.Kind + " -30318 GBP"},
		"":                {orders, "4 " + namesNone.Kind + " -30318 GBP"},
		// 27.50 exceeds the latest order; 112.00 exceeds what is then left of
		// the first; 17548 has no order; 22.20 is the latest order whole.
		CancellationsRefund: {orders + ", -2750 536365 by C536379, -2220 536366 by C536392", "2 " + fitsNone.Kind + " -25348 GBP"},
	} {
		money, stats := readRetail(t, retail, cancellations)
		if got := strings.Join(money, ", "); got != want.money || aside(stats.Aside) != want.aside {
			t.Errorf("cancellations %q: got %s and aside %q, want %+v", cancellations, got, aside(stats.Aside), want)
		}
	}
}

// retailItems is written as the raw Online Retail data are.
const retailItems = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,"HOLDER, WHITE",6,2010-12-01 08:26:00,2.55,17850,United Kingdom
536365,71053,LANTERN,6,2010-12-01 08:26:00,3.39,17850,United Kingdom
536370,71053,LANTERN,2,2010-12-02 08:26:00,3.39,17850,United Kingdom
536371,22086,CHAIN,80,2010-12-02 09:00:00,2.55,,United Kingdom
C536379,71053,LANTERN,-3,2010-12-03 09:41:00,3.39,17850,United Kingdom
C536379,85123A,"HOLDER, WHITE",-1,2010-12-03 09:41:00,2.55,17850,United Kingdom
C536379,D,Discount,-1,2010-12-03 09:41:00,27.50,17850,United Kingdom
C536380,71053,LANTERN,-4,2010-12-03 10:00:00,3.39,17850,United Kingdom
536381,71053,LANTERN,10,2010-12-04 10:00:00,3.39,17850,United Kingdom
`

// A cancellation finds the latest order before it that holds the item and as many of it: three
// lanterns of the first order, not of the second; then four are nowhere, for the order that has
// them comes later.
func TestCancellationsFindTheirItems(t *testing.T) {
	orders := "+3564 536365, +678 536370"
	money, stats := readRetail(t, retailItems, CancellationsRefund)
	want := orders + ", -1272 536365 by C536379, +3390 536381"
	if got := strings.Join(money, ", "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := aside(stats.Aside), "1 "+noCustomer.Kind+" 20400 GBP, 2 "+fitsNone.Kind+" -4106 GBP"; got != want {
		t.Errorf("aside %s, want %s", got, want)
	}
	if got, want := aside(stats.Notes), "2 "+matchedBest.Kind+" -1272 GBP"; got != want {
		t.Errorf("notes %s, want %s", got, want)
	}
	money, stats = readRetail(t, retailItems, CancellationsSkip)
	if got := strings.Join(money, ", "); got != orders+", +3390 536381" || stats.Aside[1].Rows != 4 || stats.Aside[1].Line != 6 {
		t.Errorf("skipped: %s, %+v", got, stats.Aside)
	}
}

func TestCancellationsThatNameTheirOrder(t *testing.T) {
	const text = "customer,time,order,amount\na,2026-01-01,1,10\na,2026-01-02,1,-4\na,2026-01-03,,-4\n"
	rows, refusals, _ := read(t, text, Options{Format: CSV, Currency: currency(t, "EUR"), Cancellations: CancellationsNamed})
	if len(rows) != 2 || len(refusals) != 1 {
		t.Fatalf("rows %+v, refusals %q", rows, refusals)
	}
	e := rows[1].Event
	if rows[0].Event.Kind == history.OrderRefunded {
		e = rows[0].Event
	}
	if e.Kind != history.OrderRefunded || e.OrderID != "1" || e.AmountMinor != 400 || e.RefundID != "orders-3" {
		t.Errorf("got %+v", e)
	}
}

// Refunds and cancellations that name their order leave less for the others.
func TestMatchingSeesNamedRefunds(t *testing.T) {
	const text = "customer,time,kind,order,amount\n" +
		"a,2026-01-01,order,1,10\na,2026-01-01,order,2,10\na,2026-01-01,order,3,10\n" +
		"a,2026-01-02,cancellation,3,\na,2026-01-02,refund,2,5\na,2026-01-03,refund,,6\n"
	rows, refusals, _ := read(t, text, Options{Format: CSV, Currency: currency(t, "EUR"), Cancellations: CancellationsRefund})
	if len(refusals) != 0 {
		t.Fatal(refusals)
	}
	if e := rows[len(rows)-1].Event; e.OrderID != "1" || e.AmountMinor != 600 {
		t.Errorf("the refund of 6 went to order %s, want 1: %+v", e.OrderID, e)
	}
}

func TestMatchingKeepsFewOrders(t *testing.T) {
	open := openOrders{}
	value := func(text string) amounts.Decimal {
		n, err := amounts.Read([]byte(text), amounts.Point)
		if err != nil {
			t.Fatal(err)
		}
		return n.Decimal
	}
	eur := currency(t, "EUR")
	for i := range 2 * keptOrders {
		open.add("a", openOrder{id: fmt.Sprint(i), left: value("1"), currency: eur})
	}
	if len(open["a"]) != keptOrders {
		t.Fatalf("%d orders kept", len(open["a"]))
	}
	credit := &Row{Event: history.Event{CustomerID: "a"}, Currency: eur}
	for want := 2*keptOrders - 1; want >= keptOrders; want-- {
		if id, ok := open.latest(credit, item{value: value("-0.6")}); !ok || id != fmt.Sprint(want) {
			t.Fatalf("got %s, want %d", id, want)
		}
	}
	if id, ok := open.latest(credit, item{value: value("-0.6")}); ok {
		t.Errorf("order %s was taken below zero", id)
	}
	credit.Currency = currency(t, "USD")
	if _, ok := open.latest(credit, item{value: value("-0.1")}); ok {
		t.Error("an order of another currency was taken")
	}
}
