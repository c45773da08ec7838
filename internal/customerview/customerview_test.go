package customerview

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/event"
)

var update = flag.Bool("update", false, "write testdata/c42.json anew")

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func micros(text string) int64 { return must(time.Parse(time.RFC3339, text)).UnixMicro() }

// newCustomer is the shop of docs/asof.md, and a customer of whom nothing is known.
func newCustomer(t *testing.T) *Customer {
	t.Helper()
	cfg := config.Default()
	cfg.Business.TimeZone = must(time.LoadLocation("Europe/Berlin"))
	cfg.Tiers.Borders, cfg.Tiers.Approaching = []config.TierBorder{{Name: "silver", From: "60"}, {Name: "gold", From: "150"}}, "20"
	cfg.Awake.Dormant, cfg.Awake.AliveLevels = config.Stage{SilenceDays: 125}, []config.AliveLevel{{Below: 0.6}, {Below: 0.3}}
	return &Customer{
		ID: "c42", Stored: &clv.Customer{}, Currency: cfg.Business.Currency, NowMicros: micros("2026-11-25T22:37:40Z"),
		Valuation: clv.Valuation{
			Basis: standing.Basis{
				Rules: history.Rules{
					Calendar: calendar.NewCalendar(cfg.Business.TimeZone), Margins: must(cfg.Business.Margins()), LatenessDays: 60, LedgerLimit: cfg.Business.LedgerLimit,
				},
				Model: must(must(modelfile.Load("../../docs/examples/cdnow-mbgnbd.yaml")).Build()).Model, Awake: must(cfg.Watched()),
			},
			Policy: must(cfg.AnnouncementPolicy()),
		},
		Decoding: event.Rules{
			Rates: must(cfg.Business.Rates()), Calendar: calendar.NewCalendar(cfg.Business.TimeZone), Oldest: cfg.Events.Oldest,
			FutureTolerance: cfg.Events.FutureTolerance, MaxAmountMinor: 100_000_000,
		},
	}
}

// take brings events to the customer as the live path does, and fires what is due by
// an instant.
func (c *Customer) take(t *testing.T, untilMicros int64, events ...history.Event) (announced []clv.Change) {
	t.Helper()
	tell := func(change clv.Change) { announced = append(announced, change) }
	for i := range events {
		e := &events[i]
		e.ID, e.CustomerID = cmp.Or(e.ID, fmt.Sprintf("%s of %s at %d", e.Kind, e.OrderID, e.AtMicros)), c.ID
		if did := c.Stored.Advance(c.ID, clv.Occasion{Event: e}, &c.Valuation, tell); did.Refused != nil {
			t.Fatal(did.Refused)
		}
	}
	c.Stored.Advance(c.ID, clv.Occasion{UntilMicros: untilMicros}, &c.Valuation, tell)
	return announced
}

func order(at, id string, amountMinor int64) history.Event {
	return history.Event{Kind: history.OrderPlaced, OrderID: id, AtMicros: micros(at), AmountMinor: amountMinor}
}

// aLife has a cost, and three orders of which a part went back.
func aLife() []history.Event {
	return []history.Event{
		{Kind: history.CustomerAcquired, AtMicros: micros("2026-06-18T09:12:00Z"), AmountMinor: 1500, Channel: "search"},
		order("2026-06-18T09:15:00Z", "o1", 2000), order("2026-07-08T17:40:00Z", "o2", 4000), order("2026-07-18T20:05:00Z", "o3", 3000),
		{Kind: history.OrderRefunded, OrderID: "o3", RefundID: "r1", AtMicros: micros("2026-08-07T08:00:00Z"), AmountMinor: 1000},
	}
}

// c42 has a life, and a silence since.
func c42(t *testing.T) *Customer {
	t.Helper()
	c := newCustomer(t)
	c.take(t, c.NowMicros, aLife()...)
	return c
}

func (c *Customer) asOf(t *testing.T, at string) change.Values {
	t.Helper()
	v, err := c.AsOf(must(c.ParseInstant(at)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func asJSON(v any) string { return string(must(json.MarshalIndent(v, "", "  "))) }

// digits are floats whose last bits depend on the processor.
var digits = regexp.MustCompile(`\d+\.\d{10,}`)

// The names of JSON are what programs read: they are held here, and so are the values.
func TestViewsAsJSON(t *testing.T) {
	c := c42(t)
	stored := fmt.Sprintf("%+v", c.Stored)
	got := digits.ReplaceAllFunc([]byte(asJSON(map[string]any{
		"now":     c.asOf(t, "now"),
		"past":    c.asOf(t, "2026-07-20"),
		"future":  c.asOf(t, "2027-08-01T12:00"),
		"history": must(c.History(micros("2027-01-01T00:00:00Z"))),
		"whatif": must(c.WhatIf([]history.Event{
			{Kind: history.OrderPlaced, ID: "1", CustomerID: c.ID, OrderID: "n1", AmountMinor: 5000, AtMicros: micros("2026-12-23T23:00:00Z")},
			{Kind: history.OrderRefunded, ID: "2", CustomerID: c.ID, OrderID: "n7", RefundID: "r", AmountMinor: 500, AtMicros: micros("2026-12-24T23:00:00Z")},
			{Kind: history.OrderPlaced, ID: "3", CustomerID: c.ID, OrderID: "n2", AmountMinor: 100_000_001, AtMicros: micros("2026-12-25T23:00:00Z")},
		}, micros("2027-01-22T23:00:00Z"))),
	})+"\n"), func(long []byte) []byte { return fmt.Appendf(nil, "%.9g", must(strconv.ParseFloat(string(long), 64))) })
	if now := fmt.Sprintf("%+v", c.Stored); now != stored {
		t.Errorf("looking has changed\n%s into\n%s", stored, now)
	}
	const path = "testdata/c42.json"
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want := must(os.ReadFile(path)); !bytes.Equal(got, want) {
		t.Errorf("differs from %s; with -update it is\n%s", path, got)
	}
}

// What comes next is what the customer is found with then.
func TestNextComesTrue(t *testing.T) {
	c := c42(t)
	instants := 0
	for v := c.asOf(t, "2026-08-08T08:00:00Z"); v.Text("next_due.at") != ""; instants++ {
		then := c.asOf(t, v.Text("next_due.at"))
		if then.Text("clv.current") != v.Text("next_due.clv") || then.Text("p_alive") != v.Text("next_due.p_alive") || len(change.As[[]string](v, "next_due.brings")) == 0 {
			t.Errorf("%s was to come with it, and is %s", asJSON(v), asJSON(then))
		}
		v = then
	}
	if instants == 0 {
		t.Error("nothing comes")
	}
}
