package scenario

import (
	"strings"
	"testing"
	"time"
)

const small = "scenario: s\nwhy: w\nsteps:\n  - P o1 01-01 50\n"

// Whatever a file has wrong, the message names the line and what to write.
func TestWhatIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                                "it is not YAML",
		"- a":                                             "it has no keys; there are scenario, why",
		"scenario: s\nsteps: []":                          "`why:` why that is right",
		small + "stpes: []":                               `line 5: "stpes" is no key of a scenario; there are scenario, why`,
		small + "why: again":                              "line 5: why is given twice",
		"scenario: s\nwhy: w":                             "`steps:` has no step",
		small + "  - Q o1 01-01 5":                        `line 5: "Q" is no step; there are P, R, U, X, acquired`,
		small + "  - P o1 01-01":                          "line 5: P wants order_id, occurred_at, amount: `P o1 01-31 50`",
		small + "  - P o1 1-1 5":                          `line 5: "1-1" is no time: write 01-31`,
		small + "  - P o1 01-01 5 price 3":                `line 5: "price 3" is no pair of words for an event; there are cost, margin`,
		small + "  - P o1 01-01 5 cost":                   `line 5: "cost" is no pair of words`,
		small + "  - P o1 01-01 5 refused late":           `line 5: "late" is no reason of dead letters`,
		small + "  - P o1 01-01 5 on orders":              `line 5: "orders" is no place: write`,
		small + "  - U o1 01-01":                          "line 5: a refund is undone by its id",
		small + "  - pause soon":                          `line 5: "soon" is no span of time: write 30s`,
		small + "  - at 01-02: {clvv: 3}":                 `line 5: "clvv" is no field of a change`,
		small + "  - at 01-02: {clv: much}":               `line 5: clv: "much" is no number`,
		small + "  - at 01-02: {stage: asleep}":           `line 5: stage: "asleep" is not among none, active, cooling`,
		small + "  - at 01-02: 3":                         "line 5: `at` wants values",
		small + "  - by 01-02: {clv: 3}":                  `line 5: "by 01-02" is no step; with a colon`,
		small + "  - repeat none: P o 01-01 1":            "line 5: repeat wants a count",
		small + "ways: [backwards]":                       `line 5: "backwards" is no way; there are ["as written"`,
		small + "changes: [{reason: purchases}]":          `line 5: reason: "purchases" is not among first, purchase`,
		small + "changes: {}":                             "line 5: a list is wanted",
		small + "clock: now":                              `line 5: "now" is no time`,
		small + "settings:\n  businesses: {}":             "f.yaml:6:1: businesses: unknown key",
		small + "settings:\n  business: {currency: EURO}": "business.currency",
		small + "model: 3":                                "settings:",
	} {
		if _, err := Parse("f.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nis refused by %v\nwant %s", text, err, want)
		}
	}
}

// An event of one line is the JSON that its producer would send.
func TestEventsOfOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"P o1 01-31 50": `{"amount":"50","customer_id":"c","event_id":"P o1 01-31","occurred_at":"2026-01-31T10:00:00Z","order_id":"o1","type":"order.placed"}`,
		"P o1 01-31T08:15 5.10 in EUR cost 3 channel web by ann id e1": `{"amount":"5.10","channel":"web","cost":"3","currency":"EUR","customer_id":"ann","event_id":"e1",` +
			`"occurred_at":"2026-01-31T08:15:00Z","order_id":"o1","type":"order.placed"}`,
		"P o1 01-31 5 version 12 updated 02-01": `{"amount":"5","customer_id":"c","event_id":"P o1 01-31 version 12 updated 02-01","occurred_at":"2026-01-31T10:00:00Z",` +
			`"order_id":"o1","type":"order.placed","updated_at":"2026-02-01T10:00:00Z","version":12}`,
		"R o1 2025-12-24 5":        `{"amount":"5","customer_id":"c","event_id":"R o1 2025-12-24","occurred_at":"2025-12-24T10:00:00Z","order_id":"o1","refund_id":"R o1 2025-12-24","type":"order.refunded"}`,
		"U o1 01-31 refund r1":     `{"customer_id":"c","event_id":"U o1 01-31 r1","occurred_at":"2026-01-31T10:00:00Z","order_id":"o1","refund_id":"r1","type":"refund.reverted"}`,
		"leaving 01-31 0.80":       `{"customer_id":"c","event_id":"leaving 01-31","occurred_at":"2026-01-31T10:00:00Z","probability":0.80,"type":"churn.predicted"}`,
		"acquired 01-31 12 by ann": `{"cost":"12","customer_id":"ann","event_id":"acquired 01-31","occurred_at":"2026-01-31T10:00:00Z","type":"customer.acquired"}`,
	} {
		e, err := parseEvent(1, strings.Fields(text), 0)
		if err != nil || string(e.Value) != want {
			t.Errorf("%s is %s, %v\nwant %s", text, e.Value, err, want)
		}
	}
}

// What differs is said with its line, what was wanted and what was seen.
func TestDifferencesAreLegible(t *testing.T) {
	f, err := Parse("f.yaml", []byte(small+`  - P o2 01-02 10 refused too_late
  - at 01-03: {clv: 60.00, orders: 2, stage: dormant, alive: 0.7}
changes:
  - {reason: refund, clv: 0 -> 150.00}
never:
  - {reason: purchase}
`))
	if err != nil {
		t.Fatal(err)
	}
	steps := AsWritten.Steps(f)
	seen, err := Fold(f, steps)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range f.Differences(steps, seen) {
		lines = append(lines, d.String())
	}
	got := strings.Join(lines, "\n")
	for _, want := range []string{
		"line 5: expected the dead letter too_late, got [] (fold)",
		"line 6: expected clv.current 60.00, got 180.00 (fold)",
		"line 6: expected stage.current dormant, got active (fold)",
		"line 6: expected p_alive 0.7, got none (fold)",
		"line 8: expected reason refund, got first (fold)",
		"fold: a change of customer c that is not expected: {reason: purchase, cause: P o2 01-02",
		"line 10: expected no such change, got {reason: purchase",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("it is not said that %s, in\n%s", want, got)
		}
	}
	if strings.Contains(got, "orders") {
		t.Errorf("two orders are as wanted, and yet:\n%s", got)
	}
}

// The rule of stream time, by its words.
func TestInputTime(t *testing.T) {
	at := func(text string) time.Time { m, _ := parseMoment(text); return m }
	times := newInputTime()
	if !times.at(at("02-01")).IsZero() {
		t.Error("time is known without an event")
	}
	times.take("old", at("1997-01-01"), at("02-01T10:00:00"))
	for clock, want := range map[string]string{"02-01T10:00:00": "1997-01-01T10:00:00", "02-01T10:05:00": "1997-01-01T10:05:00"} {
		if got := times.at(at(clock)); !got.Equal(at(want)) {
			t.Errorf("of a past alone, at %s it is %s, want %s", clock, got, want)
		}
	}
	times.take("live", at("02-01T10:05:50"), at("02-01T10:06:00"))
	times.take("old", at("1997-02-01"), at("02-01T10:06:10"))
	for clock, want := range map[string]string{
		"02-01T10:06:20": "1997-02-01T10:00:10", // the lowest, while it brings something
		"02-01T10:07:09": "1997-02-01T10:00:59",
		"02-01T10:07:10": "02-01T10:07:00", // quiet for a minute: it holds nobody back
	} {
		if got := times.at(at(clock)); !got.Equal(at(want)) {
			t.Errorf("at %s it is %s, want %s", clock, got, want)
		}
	}
}
