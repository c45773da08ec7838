package clv_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

func erasedOn(day int) history.Event { return eventtest.Churn(history.CustomerErased, day) }

// taken takes a customer through events, each at once, and tells the changes.
func taken(c *clv.Customer, v *clv.Valuation, events ...history.Event) (told []clv.Change, refused []string) {
	for i := range events {
		did := c.Advance("c", clv.Occasion{Event: &events[i]}, v, func(change clv.Change) { told = append(told, change) })
		if did.Refused != nil {
			refused = append(refused, did.Refused.Reason.String()+" "+events[i].OrderID)
		}
	}
	return told, refused
}

// What an erasure leaves, what it tells, and what comes of events after it.
func TestErasureForgetsTheCustomer(t *testing.T) {
	order := eventtest.Order
	for name, c := range map[string]struct {
		later    history.LaterEvents
		events   []history.Event
		told     string // reasons with their versions
		refused  string
		erased   bool
		day      int // of the erasure that is kept
		orders   int
		versions uint64 // that the customer has in the end
	}{
		"refuse":                                    {0, []history.Event{order(0, "a", 9), erasedOn(5)}, "first1 erased2", "", true, 5, 0, 0},
		"of nobody who is known":                    {0, []history.Event{erasedOn(5)}, "erased1", "", true, 5, 0, 0},
		"told again":                                {0, []history.Event{order(0, "a", 9), erasedOn(5), erasedOn(5)}, "first1 erased2", "", true, 5, 0, 0},
		"told again later":                          {0, []history.Event{order(0, "a", 9), erasedOn(5), erasedOn(7), erasedOn(6)}, "first1 erased2", "", true, 7, 0, 0},
		"an order before it":                        {0, []history.Event{erasedOn(5), order(4, "a", 9)}, "erased1", "erased a", true, 5, 0, 0},
		"an order after it":                         {0, []history.Event{erasedOn(5), order(6, "a", 9)}, "erased1", "erased a", true, 5, 0, 0},
		"an order that had come and is later":       {0, []history.Event{order(8, "a", 9), erasedOn(5), order(8, "a", 9)}, "first1 erased2", "erased a", true, 5, 0, 0},
		"anew: an order before it":                  {1, []history.Event{erasedOn(5), order(5, "a", 9)}, "erased1", "erased a", true, 5, 0, 1},
		"anew: an order after it":                   {1, []history.Event{order(0, "a", 9), order(1, "b", 9), erasedOn(5), order(6, "a", 9)}, "first1 purchase2 erased3 first4", "", false, 5, 1, 4},
		"anew: an order that had come and is later": {1, []history.Event{order(8, "a", 9), erasedOn(5), order(8, "a", 9)}, "first1 erased2", "erased a", true, 8, 0, 2},
		"anew: the erasure again":                   {1, []history.Event{order(0, "a", 9), erasedOn(5), order(6, "b", 9), erasedOn(5)}, "first1 erased2 first3", "", false, 5, 1, 3},
		"anew: another erasure":                     {1, []history.Event{order(0, "a", 9), erasedOn(5), order(6, "b", 9), erasedOn(7), order(8, "c", 9)}, "first1 erased2 first3 erased4 first5", "", false, 7, 1, 5},
		"anew: a refund, then its order":            {1, []history.Event{erasedOn(5), eventtest.Refund(6, "a", "r", 5), order(6, "a", 9)}, "erased1 first2", "", false, 5, 1, 2},
		"anew: churn before it":                     {1, []history.Event{erasedOn(5), eventtest.Churn(history.ChurnConfirmed, 3)}, "erased1", "erased ", true, 5, 0, 1},
	} {
		v := &clv.Valuation{}
		v.Rules = *eventtest.TenDays(t)
		v.Rules.LaterEvents = c.later
		v.By(models(t)["simple"])
		var customer clv.Customer
		changes, refused := taken(&customer, v, c.events...)
		var told []string
		for i := range changes {
			told = append(told, changes[i].Reason.String()+string(rune('0'+changes[i].Version)))
		}
		if got := strings.Join(told, " "); got != c.told {
			t.Errorf("%s: told %q, want %q", name, got, c.told)
		}
		if got := strings.Join(refused, ", "); got != c.refused {
			t.Errorf("%s: refused %q, want %q", name, got, c.refused)
		}
		at := (eventtest.Day0 + int64(c.day)) * eventtest.DayMicros
		if customer.Erased() != c.erased || customer.Erasure.AtMicros != at || customer.History.Facts(&v.Rules, at+9*eventtest.DayMicros).Orders != c.orders || customer.Version != c.versions {
			t.Errorf("%s: left %+v with version %d", name, customer.Erasure, customer.Version)
		}
	}
}

// Nothing of a customer is left, and the change that says so has no figure. An erasure tells
// nothing but itself, also where something is due before it.
func TestErasureTellsNoFigure(t *testing.T) {
	byName := models(t)
	eventtest.EachLife(t, func(t *testing.T, rnd *rand.Rand, events []history.Event, rules *history.Rules) {
		v := watchful(t, byName["mbgnbd"])
		v.Rules = *rules
		v.Rules.LaterEvents = history.LaterEvents(rnd.IntN(2))
		var c clv.Customer
		var last clv.Change
		tell := func(change clv.Change) { last = change }
		for _, e := range eventtest.Deliver(rnd, events, rules) {
			c.Advance("c", clv.Occasion{Event: e}, v, tell)
		}
		known := last
		erased := history.Event{Kind: history.CustomerErased, ID: "x", CustomerID: "c", AtMicros: c.History.LatestMicros + rnd.Int64N(400*eventtest.DayMicros)}
		var told []clv.Change
		did := c.Advance("c", clv.Occasion{Event: &erased, UntilMicros: erased.AtMicros}, v, func(change clv.Change) { told = append(told, change) })
		if !did.Changed || did.Refused != nil || len(told) != 1 {
			t.Fatalf("did %+v, told %d changes", did, len(told))
		}
		got := told[0]
		want := clv.Change{
			CustomerID: "c", Version: known.Version + 1, Reason: announce.ReasonErased,
			Cause:     clv.Cause{EventID: "x", Kind: history.CustomerErased, AtMicros: erased.AtMicros},
			ModelName: v.Model.Name(), ModelVersion: v.Model.Version(),
		}
		want.Current.AsOfMicros, want.Current.Status = max(erased.AtMicros, known.Current.AsOfMicros), history.Prospect
		if got != want {
			t.Fatalf("told %+v, want %+v", got, want)
		}
		left := clv.Customer{Erasure: c.Erasure, Version: c.Erasure.Version}
		if eventtest.Content(&c.History) != eventtest.Content(&left.History) || c.DueMicros != 0 || c.Value != left.Value || c.Announced != left.Announced {
			t.Fatalf("left %+v", c)
		}
		if contribution, _ := c.Contribution(&v.Rules, nil); contribution.Known {
			t.Fatalf("they still count: %+v", contribution)
		}
	})
}

// A history that is folded offline forgets as well.
func TestFoldForgets(t *testing.T) {
	for _, later := range []history.LaterEvents{history.RefuseLater, history.BeginAnew} {
		rules := eventtest.TenDays(t)
		rules.LaterEvents = later
		h := eventtest.Fold(t, rules, eventtest.Order(0, "a", 9), erasedOn(1))
		if h.Exists() {
			t.Errorf("left %s", eventtest.Content(h))
		}
		again := eventtest.Order(2, "b", 9)
		if _, refused := h.Fold(&again, rules); (refused == nil) != (later == history.BeginAnew) {
			t.Errorf("an order after it: %v", refused)
		}
	}
}
