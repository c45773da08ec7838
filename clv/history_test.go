package clv_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
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

// newRules are rules with margins by channel and from a day on.
func newRules(t testing.TB, zone string, latenessDays int) history.Rules {
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

// eachLife draws many lives and calls check with each, under a seed that the
// failure names.
func eachLife(t *testing.T, check func(t *testing.T, rnd *rand.Rand, events []history.Event, rules *history.Rules)) {
	seed := rand.Uint64()
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			rounds := life.rounds
			if testing.Short() {
				rounds = rounds/10 + 1
			}
			for round := range rounds {
				rnd := rand.New(rand.NewPCG(seed, uint64(round)))
				rules := newRules(t, zones[round%len(zones)], life.latenessDay)
				events := eventtest.Life{
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

func TestHistoryIsAFunctionOfTheSetOfEvents(t *testing.T) {
	eachLife(t, func(t *testing.T, rnd *rand.Rand, events []history.Event, rules *history.Rules) {
		want := recompute(events, rules)
		var first string
		for range 3 {
			arrived := eventtest.Deliver(rnd, events, rules)
			h := foldAll(t, arrived, rules, want)
			compare(t, h, rules, want)
			if all := content(h); first == "" {
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

// content is all that a history holds, except what it remembers of its sums.
func content(h *history.History) string {
	return fmt.Sprintf("%+v", []any{h.Orders, h.Sealed, h.SealedMonths, h.Churn, h.Acquisition, h.LatestMicros})
}

// foldAll folds what arrives and checks that exactly what is to be refused is.
func foldAll(t *testing.T, arrived []*history.Event, rules *history.Rules, want *naive) *history.History {
	t.Helper()
	h := &history.History{}
	for _, e := range arrived {
		if _, refused := h.Fold(e, rules); (refused == nil) != want.kept[e] {
			t.Errorf("%s: refused is %v, want %v", e.ID, refused, !want.kept[e])
		} else if refused != nil && refused.Reason != history.TooLate {
			t.Errorf("%s: refused for %s, want too_late", e.ID, refused.Reason)
		}
	}
	return h
}

// compare compares everything that a history says.
func compare(t *testing.T, h *history.History, rules *history.Rules, want *naive) {
	t.Helper()
	if got := h.Facts(rules, h.LatestMicros); got != want.facts {
		t.Errorf("facts:\n got %+v\nwant %+v", got, want.facts)
	}
	months := h.Months([]history.MonthSum{{Month: -1}}, rules)[1:]
	if !slices.IsSortedFunc(months, func(a, b history.MonthSum) int { return int(a.Month - b.Month) }) || len(months) != len(want.months) {
		t.Errorf("months: got %+v, want %+v", months, want.months)
	}
	for _, month := range months {
		if month != want.months[month.Month] {
			t.Errorf("month %s: got %+v, want %+v", month.Month, month, want.months[month.Month])
		}
	}
	if h.LatestMicros != want.latestMicros {
		t.Errorf("latest event: got %d, want %d", h.LatestMicros, want.latestMicros)
	}
	if h.Churn != want.churn() {
		t.Errorf("churn: got %+v, want %+v", h.Churn, want.churn())
	}
	if h.Acquisition != want.acquisition() {
		t.Errorf("acquisition: got %+v, want %+v", h.Acquisition, want.acquisition())
	}
	if got := estimate.Of(h, rules, steady{}, h.LatestMicros).Status; got != want.status() {
		t.Errorf("status: got %s, want %s", got, want.status())
	}
	if h.Sealed.Early {
		t.Error("sealed early, far below the limit")
	}
}

func describe(arrived []*history.Event, rules *history.Rules) string {
	text := ""
	for _, e := range arrived {
		text += fmt.Sprintf("%-5s day %d %-18s %s %s %d at %d\n", e.ID, rules.Calendar.Day(e.AtMicros), e.Kind, e.OrderID, e.RefundID, e.AmountMinor, e.AtMicros)
	}
	return text
}

// steady is a model whose figures follow from the facts in plain sight.
type steady struct{ model.OwnRhythm }

func (steady) Name() string    { return "steady" }
func (steady) Version() string { return "1" }

func (steady) Predict(f history.Facts) model.Prediction {
	return model.Prediction{
		PAlive:            1 / float64(1+f.AgeDays-f.RecencyDays),
		OrdersIfAlive:     float64(f.PurchaseDays),
		ValueIfAliveMinor: math.Max(0, float64(f.RevenueMinor)),
		SpendMinor:        f.RepeatMeanMinor,
	}
}

// The live path values a customer after every event; a batch job sorts
// everything and folds once. Both must say the same.
func TestIncrementalEqualsRecomputed(t *testing.T) {
	eachLife(t, func(t *testing.T, rnd *rand.Rand, events []history.Event, rules *history.Rules) {
		valuation := &clv.Valuation{Basis: standing.Basis{Rules: *rules, Model: steady{}}}
		var live clv.Customer
		for _, e := range eventtest.Deliver(rnd, events, rules) {
			_, _, _ = live.Apply(e, valuation)
		}
		sorted := slices.SortedFunc(slices.Values(events), func(a, b history.Event) int { return int(a.AtMicros - b.AtMicros) })
		var batch clv.Customer
		for i := range sorted {
			_, _, _ = batch.Apply(&sorted[i], valuation)
		}
		if live.Value != batch.Value {
			t.Errorf("values:\n live %+v\nbatch %+v", live.Value, batch.Value)
		}
		if got, want := content(&live.History), content(&batch.History); got != want {
			t.Errorf("histories:\n live %s\nbatch %s", got, want)
		}
	})
}
