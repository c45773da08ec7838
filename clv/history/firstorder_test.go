package history_test

import (
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

func placed(day int, id, channel string) history.Event {
	return eventtest.Event(history.OrderPlaced, day, history.Event{ID: id, OrderID: id, AmountMinor: 100, Channel: channel})
}

// The first order is the earliest one, whatever comes first and whatever becomes of it.
func TestFirstChannel(t *testing.T) {
	cancel := eventtest.Event(history.OrderCancelled, 3, history.Event{ID: "x", OrderID: "b"})
	edited := eventtest.Event(history.OrderPlaced, 4, history.Event{ID: "b2", OrderID: "b", AmountMinor: 90, Channel: "tv"})
	for name, test := range map[string]struct {
		events []history.Event
		want   string
	}{
		"none":                          {nil, ""},
		"the only one":                  {[]history.Event{placed(2, "b", "web")}, "web"},
		"one without a channel":         {[]history.Event{placed(2, "b", ""), placed(3, "c", "store")}, ""},
		"an earlier one comes late":     {[]history.Event{placed(5, "c", "store"), placed(2, "b", "web")}, "web"},
		"it is cancelled":               {[]history.Event{placed(2, "b", "web"), cancel, placed(5, "c", "store")}, "web"},
		"it is edited":                  {[]history.Event{placed(2, "b", "web"), edited}, "web"},
		"its edit comes first":          {[]history.Event{edited, placed(2, "b", "web")}, "web"},
		"two at once":                   {[]history.Event{placed(2, "b", "web"), placed(2, "c", "store")}, "store"},
		"two at once, the other way":    {[]history.Event{placed(2, "c", "store"), placed(2, "b", "web")}, "store"},
		"sealed long ago":               {[]history.Event{placed(2, "b", "web"), placed(80, "c", "store")}, "web"},
		"an earlier one is refused":     {[]history.Event{placed(80, "c", "store"), placed(2, "b", "web")}, "store"},
		"a cost of acquisition is none": {[]history.Event{eventtest.Event(history.CustomerAcquired, 1, history.Event{ID: "w", Channel: "tv"}), placed(2, "b", "web")}, "web"},
	} {
		rules := eventtest.TenDays(t)
		var h history.History
		for i := range test.events {
			h.Fold(&test.events[i], rules)
		}
		if got := h.FirstChannel(&rules.Calendar); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// A version of the program that does not know the first order has folded an order, so
// it is unknown, and stays so.
func TestFirstChannelIsUnknownAfterAVersionBefore(t *testing.T) {
	for name, test := range map[string]struct {
		own, before []history.Event // folded by this version first, then by the version before
		want        string
	}{
		"all":                {nil, []history.Event{placed(2, "b", "web")}, ""},
		"all are sealed":     {nil, []history.Event{placed(2, "b", "web"), placed(80, "c", "store")}, ""},
		"a later one":        {[]history.Event{placed(2, "b", "web")}, []history.Event{placed(5, "c", "store")}, "web"},
		"an earlier one":     {[]history.Event{placed(5, "c", "store")}, []history.Event{placed(2, "b", "web")}, ""},
		"an earlier, sealed": {[]history.Event{placed(5, "c", "store")}, []history.Event{placed(2, "b", "web"), placed(80, "d", "store")}, ""},
	} {
		rules := eventtest.TenDays(t)
		var h history.History
		for i := range test.own {
			h.Fold(&test.own[i], rules)
		}
		kept := h.First
		for i := range test.before {
			h.Fold(&test.before[i], rules)
			h.First = kept
		}
		for _, later := range []history.Event{placed(81, "e", "tv"), placed(82, "f", "tv")} {
			if got := h.FirstChannel(&rules.Calendar); got != test.want {
				t.Errorf("%s: %q, want %q", name, got, test.want)
			}
			h.Fold(&later, rules)
		}
	}
}
