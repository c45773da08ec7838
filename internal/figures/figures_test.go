package figures

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/config"
)

var update = flag.Bool("update", false, "write testdata/figures.txt anew")

func dollars(t *testing.T) money.Currency {
	t.Helper()
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	return usd
}

// someBase is four customers: one of two purchase days, whom it cost to win; two who
// bought once, in the next month; and one who has never bought.
func someBase(t *testing.T) *Base {
	t.Helper()
	b := &Base{
		Statistics: &statistics.Statistics{}, Currency: dollars(t), Tiers: []config.TierBorder{{Name: "gold"}}, Today: 100,
		HorizonDays: func() (float64, error) { return 365, nil },
	}
	order := func(day calendar.Day) history.Order {
		return history.Order{ID: day.String(), Tellings: history.Tellings{Day: day, FirstDay: day}, Placed: true, Worth: history.Worth{AmountMinor: 1000, MarginMinor: 400}}
	}
	for _, c := range []clv.Customer{
		{
			History: history.History{
				Orders: []history.Order{order(0), order(40)}, Acquisition: history.Acquisition{Known: true, CostMinor: 1500, Channel: "tv"},
			},
			Value:    estimate.Valued{Status: history.Active, CLVMinor: 5000, HistoricMinor: 800, PredictedMinor: 4200, PAlive: 0.5, AliveKnown: true},
			Standing: standing.Standing{Stage: standing.StageActive, Tier: 1},
		},
		{
			History:  history.History{Orders: []history.Order{order(50)}},
			Value:    estimate.Valued{Status: history.Active, CLVMinor: 1000, HistoricMinor: 400, PredictedMinor: 600, PAlive: 0.25, AliveKnown: true},
			Standing: standing.Standing{Stage: standing.StageCooling, Tier: 2},
		},
		{
			History:  history.History{Orders: []history.Order{order(51)}},
			Value:    estimate.Valued{Status: history.Churned, CLVMinor: 400, HistoricMinor: 400},
			Standing: standing.Standing{Stage: standing.StageCooling},
		},
		{History: history.History{LatestMicros: 1}},
	} {
		p, _ := c.Contribution(&history.Rules{}, nil)
		b.Add(&p)
	}
	return b
}

// The names of JSON and CSV are what programs read: they are held here, and so are
// the values.
func TestFiguresAsJSONAndCSV(t *testing.T) {
	b := someBase(t)
	segments, err := b.Segments("channel")
	if err != nil {
		t.Fatal(err)
	}
	tops, err := GroupsOf(b, "tier", func(f *statistics.Figures) Top { return b.Top(f, 0.5) })
	if err != nil {
		t.Fatal(err)
	}
	nobody := &Base{Statistics: &statistics.Statistics{}, Currency: dollars(t)}
	var got bytes.Buffer
	for _, of := range []struct {
		name string
		Figure
	}{
		{"stats", b.Stats(b.Everybody())},
		{"segments", segments},
		{"cohorts", b.Cohorts(b.Everybody(), 0)},
		{"trend", b.Trend(b.Everybody(), 0)},
		{"top", b.Top(b.Everybody(), 0.3)},
		{"tops of groups", tops},
		{"stats of nobody", nobody.Stats(nobody.Everybody())},
		{"cohorts of nobody", nobody.Cohorts(nobody.Everybody(), 12)},
		{"trend of nobody", nobody.Trend(nobody.Everybody(), 0)},
		{"top of nobody", nobody.Top(nobody.Everybody(), 0.2)},
	} {
		fmt.Fprintf(&got, "# %s\n", of.name)
		encoder := json.NewEncoder(&got)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(of.Figure); err != nil {
			t.Fatal(err)
		}
		if err := of.Sheet().Write(&got); err != nil {
			t.Fatal(err)
		}
	}
	const path = "testdata/figures.txt"
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("differs from %s; with -update it is\n%s", path, got.String())
	}
}

func TestAmounts(t *testing.T) {
	a := Amount{-1005, 2}
	text, err := json.Marshal(map[string]Amount{"a": a})
	if err != nil || string(text) != `{"a":"-10.05"}` || a.String() != "-10.05" {
		t.Errorf("%s, %s, %v", text, a, err)
	}
	for of, want := range map[int64]string{0: "", 1: "-10.05", 2: "-5.03", 4: "-2.51"} {
		if got := a.Each(of); got != want {
			t.Errorf("%s for each of %d is %q, want %q", a, of, got, want)
		}
	}
}
