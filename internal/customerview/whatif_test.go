package customerview

import (
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

// What is tried is what comes of it: the value, the standing, and every change.
func TestWhatIfIsWhatComesOfIt(t *testing.T) {
	event := func(kind history.Kind, at, orderID, refundID string, amountMinor int64) history.Event {
		return history.Event{Kind: kind, ID: at, CustomerID: "c42", OrderID: orderID, RefundID: refundID, AmountMinor: amountMinor, AtMicros: micros(at)}
	}
	for what, events := range map[string][]history.Event{
		"silence":          nil,
		"an order":         {event(history.OrderPlaced, "2026-12-24T12:00:00Z", "n1", "", 5000)},
		"order and refund": {event(history.OrderPlaced, "2026-12-24T12:00:00Z", "n1", "", 7000), event(history.OrderRefunded, "2027-01-24T12:00:00Z", "n1", "r", 2000)},
		"a late cancel":    {event(history.OrderCancelled, "2026-09-10T12:00:00Z", "o3", "", 0)},
		"churn":            {event(history.ChurnConfirmed, "2026-12-01T12:00:00Z", "", "", 0)},
	} {
		until := "2027-09-01T00:00:00Z"
		c := c42(t)
		tried := must(c.WhatIf(events, micros(until)))
		if asJSON(tried.Now) != asJSON(must(c.at(c.NowMicros))) || asJSON(tried.Without) != asJSON(must(c.at(micros(until)))) {
			t.Errorf("%s: %s", what, asJSON(tried))
		}
		changes := c.take(t, micros(until), events...)
		if with := must(c.at(micros(until))); asJSON(tried.With) != asJSON(with) {
			t.Errorf("%s would make\n%s\nmakes\n%s", what, asJSON(tried.With), asJSON(with))
		}
		if len(changes) != len(tried.Changes) || len(changes) == 0 {
			t.Errorf("%s: %d changes are announced, %d would be", what, len(changes), len(tried.Changes))
			continue
		}
		for i := range changes {
			if is := must(c.change(&changes[i])); asJSON(is) != asJSON(tried.Changes[i]) {
				t.Errorf("%s would announce\n%s\nannounces\n%s", what, asJSON(tried.Changes[i]), asJSON(is))
			}
		}
	}
}

// What the live path would refuse changes nothing, and is said with its reason.
func TestWhatIfSaysWhyAnEventIsRefused(t *testing.T) {
	c := c42(t)
	of := func(kind history.Kind, at, orderID string, amountMinor int64) history.Event {
		return history.Event{Kind: kind, ID: "e", CustomerID: c.ID, OrderID: orderID, AmountMinor: amountMinor, AtMicros: micros(at)}
	}
	accepted := of(history.OrderPlaced, "2026-11-20T00:00:00Z", "n", 500)
	for reason, e := range map[string]history.Event{
		"too_late":   of(history.OrderPlaced, "2026-04-01T00:00:00Z", "n", 500),
		"bad_amount": of(history.OrderPlaced, "2026-11-25T00:00:00Z", "n", 1e12),
		"bad_time":   of(history.OrderPlaced, "1960-01-01T00:00:00Z", "n", 500),
		"bad_id":     of(history.OrderCancelled, "2026-11-25T00:00:00Z", strings.Repeat("x", 300), 0),
	} {
		v := must(c.WhatIf([]history.Event{e}, c.NowMicros))
		if refused := v.Events[0].Refused; refused == nil || refused.Reason != reason || refused.Detail == "" || asJSON(v.With) != asJSON(v.Without) {
			t.Errorf("want %s: %+v", reason, v.Events[0])
		}
		v = must(c.WhatIf([]history.Event{e, accepted}, c.NowMicros))
		if v.Events[0].Refused == nil || v.Events[1].Refused != nil || v.With.Text("orders") != "4" {
			t.Errorf("%s beside one that is accepted: %+v", reason, v.Events)
		}
	}
	v := must(c.WhatIf([]history.Event{of(history.OrderCancelled, "2026-11-25T00:00:00Z", "o77", 0)}, c.NowMicros))
	if !v.Events[0].Waiting || v.Events[0].Refused != nil {
		t.Errorf("a cancel of an unknown order does not wait for it: %+v", v.Events[0])
	}
}
