package history_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

func dayOf(t *testing.T, text string) calendar.Day {
	t.Helper()
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return calendar.Day(at.Unix() / 86_400)
}

func TestRenewalsCountFromTheLastOne(t *testing.T) {
	month, week, year := history.Period{Months: 1}, history.Period{Days: 7}, history.Period{Months: 12}
	for _, c := range []struct {
		what     string
		period   history.Period
		days     []string
		renewals int
		due      string
	}{
		{"a first payment", month, []string{"2026-01-15"}, 1, "2026-02-15"},
		{"on the day", month, []string{"2026-01-15", "2026-02-15", "2026-03-15"}, 3, "2026-04-15"},
		{"at the end of months", month, []string{"2026-01-31", "2026-02-28", "2026-03-31"}, 3, "2026-04-30"},
		{"in a leap year", month, []string{"2024-01-31"}, 1, "2024-02-29"},
		{"yearly from a leap day", year, []string{"2024-02-29"}, 1, "2025-02-28"},
		{"a month skipped", month, []string{"2026-01-15", "2026-02-15", "2026-03-15", "2026-05-15", "2026-06-15", "2026-07-15"}, 6, "2026-08-15"},
		{"extra orders", month, []string{"2026-01-15", "2026-02-15", "2026-02-16", "2026-02-20", "2026-03-05", "2026-03-07"}, 2, "2026-03-15"},
		{"a week early", month, []string{"2026-02-15", "2026-03-08"}, 2, "2026-04-08"},
		{"extra orders, then the renewal", month, []string{"2026-01-15", "2026-01-20", "2026-02-15", "2026-02-16", "2026-03-16"}, 3, "2026-04-16"},
		{"weekly", week, []string{"2026-01-05", "2026-01-12", "2026-01-15", "2026-01-18"}, 3, "2026-01-25"}, // the 18th is a day early
		{"weekly, two days early", week, []string{"2026-01-05", "2026-01-10"}, 1, "2026-01-12"},
	} {
		rules := eventtest.NewRules(t, "UTC", 10)
		rules.Contract = c.period
		for _, limit := range []int{2, 1024} { // sealed early, and in the ledger
			rules.LedgerLimit = limit
			var h history.History
			for _, day := range c.days {
				e := eventtest.Order(int(dayOf(t, day)-eventtest.Day0), day, 100)
				if _, refused := h.Fold(&e, &rules); refused != nil {
					t.Fatal(refused)
				}
			}
			f := h.Facts(&rules, h.LatestMicros)
			if due := dayOf(t, c.days[0]) + calendar.Day(f.DueDays); f.Renewals != c.renewals || due != dayOf(t, c.due) {
				t.Errorf("%s, ledger limit %d: %d renewals, the next due on %s; want %d, %s", c.what, limit, f.Renewals, due, c.renewals, c.due)
			}
		}
	}
}

// Whatever comes in whatever order, and whatever is sealed: the renewals are those that
// the purchase days in their order give.
func TestRenewalsFollowFromThePurchaseDays(t *testing.T) {
	eventtest.EachLife(t, func(t *testing.T, rnd *rand.Rand, events []history.Event, rules *history.Rules) {
		rules.Contract = []history.Period{{Months: 1}, {Days: 7}, {Months: 12}, {Days: 3}}[rnd.IntN(4)]
		var h history.History
		for _, e := range eventtest.Deliver(rnd, events, rules) {
			_, _ = h.Fold(e, rules)
		}
		want := eventtest.Recompute(events, rules)
		if got := h.Facts(rules, h.LatestMicros); got.Renewals != want.Facts.Renewals || got.DueDays != want.Facts.DueDays {
			t.Errorf("%d renewals, the next due %d days after the first; want %d, %d", got.Renewals, got.DueDays, want.Facts.Renewals, want.Facts.DueDays)
		}
	})
}

// Under another model nothing is counted; what was sealed meanwhile is guessed later: in
// time, as often as there are days.
func TestAnotherModelsSealedDaysAreGuessed(t *testing.T) {
	rules := eventtest.NewRules(t, "UTC", 10)
	h := &history.History{}
	fold := func(day int) {
		e := eventtest.Order(day, "o"+time.Duration(day).String(), 100)
		h.Fold(&e, &rules)
	}
	for day := 0; day < 70; day += 7 {
		fold(day)
	}
	if f := h.Facts(&rules, h.LatestMicros); f.Renewals != 0 || f.DueDays != 0 {
		t.Errorf("without a contract %d renewals, due %d", f.Renewals, f.DueDays)
	}
	rules.Contract = history.Period{Days: 7}
	for day := 70; day < 210; day += 7 {
		fold(day)
	}
	f := h.Facts(&rules, h.LatestMicros)
	if f.Renewals != 30 || f.DueDays != 210 || !h.Sealed.Contract.Guessed {
		t.Errorf("%d renewals, due %d, guessed %v; want 30, 210, guessed", f.Renewals, f.DueDays, h.Sealed.Contract.Guessed)
	}
	rules.Contract = history.Period{Months: 1}
	if f := h.Facts(&rules, h.LatestMicros); f.Renewals < 7 || f.Renewals > 8 {
		t.Errorf("by the month %d renewals of seven months", f.Renewals)
	}
}
