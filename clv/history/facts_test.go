package history_test

import (
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// The fixture of the literature's summary statistics, published with the
// package lifetimes: as of 2015-02-07, (x, t_x, T, m).
func TestSummaryFixture(t *testing.T) {
	type purchase struct {
		date   string
		amount int64
	}
	for _, c := range []struct {
		customer   string
		purchases  []purchase
		x, tx, age int
		m          float64
	}{
		{"1", []purchase{{"2015-01-01", 1}, {"2015-02-06", 2}}, 1, 36, 37, 2},
		{"2", []purchase{{"2015-01-01", 2}}, 0, 0, 37, 0},
		{"3", []purchase{{"2015-01-01", 3}, {"2015-01-02", 1}, {"2015-01-05", 5}}, 2, 4, 37, 3},
		{"4", []purchase{{"2015-01-16", 6}, {"2015-02-02", 3}, {"2015-02-05", 3}}, 2, 20, 22, 3},
		{"4, twice on a day", []purchase{{"2015-01-16", 6}, {"2015-02-02", 3}, {"2015-02-05", 3}, {"2015-02-05", 6}}, 2, 20, 22, 6},
		{"5", []purchase{{"2015-01-16", 3}, {"2015-01-17", 1}, {"2015-01-18", 8}}, 2, 2, 22, 4.5},
		{"6", []purchase{{"2015-02-02", 5}}, 0, 0, 5, 0},
		{"twice on the first day", []purchase{{"2015-02-02", 5}, {"2015-02-02", 4}}, 0, 0, 5, 0},
	} {
		rules := eventtest.NewRules(t, "UTC", 90)
		h := &history.History{}
		for i, p := range c.purchases {
			e := history.Event{
				Kind: history.OrderPlaced, ID: "e" + string(rune('0'+i)), OrderID: "o" + string(rune('0'+i)),
				AtMicros: date(t, p.date).UnixMicro(), AmountMinor: p.amount,
			}
			if _, refused := h.Fold(&e, &rules); refused != nil {
				t.Fatal(refused)
			}
		}
		f := h.Facts(&rules, date(t, "2015-02-07").UnixMicro())
		if f.Frequency != c.x || f.RecencyDays != c.tx || f.AgeDays != c.age || f.RepeatMeanMinor != c.m {
			t.Errorf("customer %s: (%d, %d, %d, %v), want (%d, %d, %d, %v)", c.customer,
				f.Frequency, f.RecencyDays, f.AgeDays, f.RepeatMeanMinor, c.x, c.tx, c.age, c.m)
		}
	}
}

func date(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.Add(15 * time.Hour)
}

func TestFactsOfNobody(t *testing.T) {
	rules := eventtest.NewRules(t, "UTC", 90)
	if got, want := (&history.History{}).Facts(&rules, 0), (history.Facts{MarginRatio: 0.3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestMarginOfARefundedOrder(t *testing.T) {
	rules := eventtest.TenDays(t)
	known := eventtest.Order(0, "a", 1000)
	known.MarginMinor, known.MarginKnown = 333, true
	web := eventtest.Order(1, "b", 1000)
	web.Channel = "web" // 40 % by then
	h := eventtest.Fold(t, rules, known, web, eventtest.Refund(2, "a", "r", 500), eventtest.Refund(3, "b", "r", 250))
	f := h.Facts(rules, 0)
	if f.RevenueMinor != 1250 || f.MarginMinor != 167+300 {
		t.Errorf("revenue %d, margin %d; want 1250, 467: half of 333 and three quarters of 400", f.RevenueMinor, f.MarginMinor)
	}
	if want := 467.0 / 1250; f.MarginRatio != want {
		t.Errorf("margin ratio %v, want %v", f.MarginRatio, want)
	}
}
