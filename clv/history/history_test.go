package history_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

func TestHistoryIsAFunctionOfTheSetOfEvents(t *testing.T) {
	eventtest.EachLife(t, func(t *testing.T, rnd *rand.Rand, events []history.Event, rules *history.Rules) {
		want := eventtest.Recompute(events, rules)
		var first string
		for range 3 {
			arrived := eventtest.Deliver(rnd, events, rules)
			h := foldAll(t, arrived, rules, want)
			compare(t, h, rules, want)
			if all := eventtest.Content(h); first == "" {
				first = all
			} else if all != first {
				t.Errorf("another order of arrival gives another history:\n%s\n%s", first, all)
			}
			if t.Failed() {
				t.Log(describe(arrived, rules))
				return
			}
		}
	})
}

// foldAll folds what arrives and checks that exactly what is to be refused is.
func foldAll(t *testing.T, arrived []*history.Event, rules *history.Rules, want *eventtest.Naive) *history.History {
	t.Helper()
	h := &history.History{}
	for _, e := range arrived {
		if _, refused := h.Fold(e, rules); (refused == nil) != want.Kept[e] {
			t.Errorf("%s: refused is %v, want %v", e.ID, refused, !want.Kept[e])
		} else if refused != nil && refused.Reason != history.TooLate {
			t.Errorf("%s: refused for %s, want too_late", e.ID, refused.Reason)
		}
	}
	return h
}

// compare compares everything that a history says.
func compare(t *testing.T, h *history.History, rules *history.Rules, want *eventtest.Naive) {
	t.Helper()
	if got := h.Facts(rules, h.LatestMicros); got != want.Facts {
		t.Errorf("facts:\n got %+v\nwant %+v", got, want.Facts)
	}
	months := h.Months([]history.MonthSum{{Month: -1}}, rules)[1:]
	if !slices.IsSortedFunc(months, func(a, b history.MonthSum) int { return int(a.Month - b.Month) }) || len(months) != len(want.Months) {
		t.Errorf("months: got %+v, want %+v", months, want.Months)
	}
	for _, month := range months {
		if month != want.Months[month.Month] {
			t.Errorf("month %s: got %+v, want %+v", month.Month, month, want.Months[month.Month])
		}
	}
	if h.LatestMicros != want.LatestMicros {
		t.Errorf("latest event: got %d, want %d", h.LatestMicros, want.LatestMicros)
	}
	if h.Churn != want.Churn() {
		t.Errorf("churn: got %+v, want %+v", h.Churn, want.Churn())
	}
	if h.First != want.First() {
		t.Errorf("first order: got %+v, want %+v", h.First, want.First())
	}
	if h.Acquisition != want.Acquisition() {
		t.Errorf("acquisition: got %+v, want %+v", h.Acquisition, want.Acquisition())
	}
	sum := h.Sum(rules)
	if sum.ExcessMinor != want.ExcessMinor {
		t.Errorf("refunds exceed their orders by %d, want %d", sum.ExcessMinor, want.ExcessMinor)
	}
	if got := h.Status(&sum); got != want.Status() {
		t.Errorf("status: got %s, want %s", got, want.Status())
	}
	if h.Sealed.Early {
		t.Error("sealed early, far below the limit")
	}
}

func describe(arrived []*history.Event, rules *history.Rules) string {
	text := ""
	for _, e := range arrived {
		text += fmt.Sprintf("%-5s day %d %-18s %s %s %d at %d", e.ID, rules.Calendar.Day(e.AtMicros), e.Kind, e.OrderID, e.RefundID, e.AmountMinor, e.AtMicros)
		if e.UpdatedMicros != 0 {
			text += fmt.Sprintf(" updated day %d at %d", rules.Calendar.Day(e.UpdatedMicros), e.UpdatedMicros)
		}
		if e.Versioned {
			text += fmt.Sprintf(" version %d", e.Version)
		}
		if e.Own.Minor != 0 {
			text += " is " + e.Own.String()
		}
		text += "\n"
	}
	return text
}
