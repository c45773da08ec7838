package eventtest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// zones have clock changes, skip a day, or lie far from UTC.
var zones = []string{"UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati", "America/Havana"}

// lives are what to draw histories from: small ones, where every rule meets
// every other, and long ones, where most of the life is sealed.
var lives = []struct {
	name                  string
	rounds                int
	events, orders        int
	spanDays, latenessDay int
}{
	{"a week, no lateness", 400, 12, 3, 7, 0},
	{"a month, lateness 3 days", 4000, 14, 3, 30, 3},
	{"a season, lateness 7 days", 2000, 30, 6, 120, 7},
	{"years, lateness 30 days", 300, 150, 60, 1500, 30},
	{"years, lateness 90 days", 100, 300, 150, 2500, 90},
}

// NewRules are rules with margins by channel and from a day on.
func NewRules(t testing.TB, zone string, latenessDays int) history.Rules {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	margins, err := money.NewMargins(decimal(t, "0.3"),
		money.MarginRate{Channel: "web", From: 0, Share: decimal(t, "0.25")},
		money.MarginRate{Channel: "web", From: 15_100, Share: decimal(t, "0.4")},
		money.MarginRate{From: 15_050, Share: decimal(t, "0.35")})
	if err != nil {
		t.Fatal(err)
	}
	return history.Rules{
		Calendar:     calendar.NewCalendar(location),
		Margins:      margins,
		LatenessDays: calendar.Day(latenessDays),
		LedgerLimit:  history.DefaultLedgerLimit,
	}
}

func decimal(t testing.TB, text string) money.Decimal {
	t.Helper()
	d, err := money.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// EachLife draws many lives and calls check with each, under a seed that the
// failure names.
func EachLife(t *testing.T, check func(t *testing.T, rnd *rand.Rand, events []history.Event, rules *history.Rules)) {
	seed := rand.Uint64()
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			rounds := life.rounds
			if testing.Short() {
				rounds = rounds/10 + 1
			}
			for round := range rounds {
				rnd := rand.New(rand.NewPCG(seed, uint64(round)))
				rules := NewRules(t, zones[round%len(zones)], life.latenessDay)
				events := Life{
					CustomerID: "c", Events: 1 + rnd.IntN(life.events), Orders: life.orders,
					StartMicros: 1_300_000_000_000_000, // 2011-03-13: Apia skips a day that year
					SpanDays:    life.spanDays, LatenessDays: life.latenessDay,
				}.Draw(rnd)
				check(t, rnd, events, &rules)
				if t.Failed() {
					t.Fatalf("seed %d, round %d, zone %s", seed, round, zones[round%len(zones)])
				}
			}
		})
	}
}

// Content is all that a history holds, except what it remembers of its sums.
func Content(h *history.History) string {
	return fmt.Sprintf("%+v", []any{h.Orders, h.Sealed, h.SealedMonths, h.SealedWorth, h.RefundHashes, h.Churn, h.Acquisition, h.First, h.Waiting, h.LatestMicros})
}
