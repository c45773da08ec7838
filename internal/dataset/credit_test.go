package dataset

import (
	"fmt"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
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

func readRetail(t *testing.T, credits Credits) (money []string, refusals []string) {
	t.Helper()
	rows, refusals, stats := read(t, retail, Options{
		Format: CSV, Currency: currency(t, "GBP"), Credits: credits,
		Columns: columns(t, "time=ts,order=invoice_no,customer=customer_id,kind=type,amount=amount"),
	})
	if stats.Events+stats.RefusedRows() != 6 {
		t.Errorf("%d events and %d refused of 6 rows", stats.Events, stats.RefusedRows())
	}
	for _, row := range rows {
		e := row.Event
		if e.Kind == history.OrderPlaced {
			money = append(money, fmt.Sprintf("+%d %s", e.AmountMinor, e.OrderID))
		} else {
			money = append(money, fmt.Sprintf("-%d %s by %s", e.AmountMinor, e.OrderID, e.RefundID))
		}
	}
	return money, refusals
}

func TestCredits(t *testing.T) {
	orders := "+13912 536365, +2220 536366"
	for credits, want := range map[Credits]struct {
		money    string
		refusals int
	}{
		CreditsRefuse: {orders, 4},
		"":            {orders, 4},
		// 27.50 exceeds the latest order; 112.00 exceeds what is then left of
		// the first; 17548 has no order; 22.20 is the latest order whole.
		CreditsLatest: {orders + ", -2750 536365 by C536379, -2220 536366 by C536392", 2},
	} {
		money, refusals := readRetail(t, credits)
		if got := strings.Join(money, ", "); got != want.money || len(refusals) != want.refusals {
			t.Errorf("credits %q: got %s and refusals %q, want %+v", credits, got, refusals, want)
		}
	}
}

func TestCreditsThatNameTheirOrder(t *testing.T) {
	const text = "customer,time,order,amount\na,2026-01-01,1,10\na,2026-01-02,1,-4\na,2026-01-03,,-4\n"
	rows, refusals, _ := read(t, text, Options{Format: CSV, Currency: currency(t, "EUR"), Credits: CreditsNamed})
	if len(rows) != 2 || len(refusals) != 1 {
		t.Fatalf("rows %+v, refusals %q", rows, refusals)
	}
	if e := rows[1].Event; e.Kind != history.OrderRefunded || e.OrderID != "1" || e.AmountMinor != 400 || e.RefundID != "orders-3" {
		t.Errorf("got %+v", e)
	}
}

// Refunds and cancellations that name their order leave less for credits.
func TestLatestCreditsSeeNamedRefunds(t *testing.T) {
	const text = "customer,time,kind,order,amount\n" +
		"a,2026-01-01,order,1,10\na,2026-01-01,order,2,10\na,2026-01-01,order,3,10\n" +
		"a,2026-01-02,cancellation,3,\na,2026-01-02,refund,2,5\na,2026-01-03,refund,,6\n"
	rows, refusals, _ := read(t, text, Options{Format: CSV, Currency: currency(t, "EUR"), Credits: CreditsLatest})
	if len(refusals) != 0 {
		t.Fatal(refusals)
	}
	if e := rows[len(rows)-1].Event; e.OrderID != "1" || e.AmountMinor != 600 {
		t.Errorf("the credit of 6 went to order %s, want 1: %+v", e.OrderID, e)
	}
}

func TestLatestCreditsKeepFewOrders(t *testing.T) {
	open := openOrders{}
	eur := currency(t, "EUR")
	for i := range 20 {
		open.add("a", openOrder{fmt.Sprint(i), 100, eur})
	}
	if len(open["a"]) != keptOrders {
		t.Fatalf("%d orders kept", len(open["a"]))
	}
	for want := 19; want > 19-keptOrders; want-- {
		if id, ok := open.latest("a", 60, eur); !ok || id != fmt.Sprint(want) {
			t.Fatalf("got %s, want %d", id, want)
		}
	}
	if id, ok := open.latest("a", 60, eur); ok {
		t.Errorf("order %s was taken below zero", id)
	}
	if _, ok := open.latest("a", 10, currency(t, "USD")); ok {
		t.Error("an order of another currency was taken")
	}
}
