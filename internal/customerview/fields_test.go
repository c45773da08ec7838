package customerview

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/stream/change"
)

// shown is what a program reads of a view, by the paths of its JSON; null included.
func shown(t *testing.T, view any) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, v := range must(change.Parse([]byte(asJSON(view)))) {
		all[v.Path] = string(v.JSON)
	}
	return all
}

// Whatever fields the table of the change has, the views show: those of a move with
// the changes, the others of a customer too.
func TestEveryFieldIsShown(t *testing.T) {
	c := c42(t)
	tried := must(c.WhatIf([]history.Event{{
		Kind: history.OrderPlaced, ID: "1", CustomerID: c.ID, OrderID: "n1", AmountMinor: 5000, AtMicros: micros("2026-12-23T23:00:00Z"),
	}}, micros("2027-11-22T23:00:00Z")))
	full := changetest.Dormant()
	full.Current.ResidualKnown = true
	changed := shown(t, must(c.change(full)))
	for what, view := range map[string]any{"get": c.asOf(t, "now"), "whatif, now": tried.Now, "whatif, without": tried.Without, "whatif, with": tried.With} {
		has := shown(t, view)
		for f := range change.Fields() {
			if _, is := has[f.Path]; is == f.OfMove {
				t.Errorf("%s: that it has %s is %t", what, f.Path, is)
			}
		}
	}
	for f := range change.Fields() {
		if _, is := changed[f.Path]; !is {
			t.Errorf("a change that whatif shows has no %s", f.Path)
		}
	}
}

// A change that would be announced is shown as it would be published.
func TestChangesAreShownAsPublished(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	c := newCustomer(t)
	renderer := change.NewRenderer(c.Currency)
	for range 300 {
		would := changetest.Any(random)
		is := shown(t, must(c.change(would)))
		if delete(is, "brings"); asJSON(is) != asJSON(shown(t, json.RawMessage(renderer.Append(nil, would)))) {
			t.Fatalf("%+v is shown as %v", would, is)
		}
	}
}

// What get says of the instant of a change is what the change said.
func TestGetSaysWhatTheChangeSaid(t *testing.T) {
	c := newCustomer(t)
	changes := c.take(t, c.NowMicros, aLife()...)
	if len(changes) < 9 {
		t.Fatalf("%d changes", len(changes))
	}
	for i := range changes {
		said, is := must(c.published(&changes[i])), shown(t, c.asOf(t, Instant(changes[i].Current.AsOfMicros)))
		for _, v := range said {
			if f := change.Lookup(v.Path); !f.OfMove && is[f.Path] != string(v.JSON) {
				t.Errorf("version %d: %s was %s, and is %s", changes[i].Version, f.Path, v.JSON, is[f.Path])
			}
		}
	}
}
