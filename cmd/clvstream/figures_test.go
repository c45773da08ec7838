package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/figures"
	"github.com/clvstream/clvstream/internal/inforce"
)

// asked is what a command answers on a deployment.
type asked struct {
	t  *testing.T
	on []string
}

func (a *asked) text(args ...string) string {
	a.t.Helper()
	out, errs, status := command(a.t, append(args, a.on...)...)
	if status != 0 {
		a.t.Fatalf("%v: status %d: %s%s", args, status, out, errs)
	}
	return out
}

func (a *asked) json(into any, args ...string) {
	a.t.Helper()
	out := a.text(append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		a.t.Fatalf("%v: %v in %s", args, err, out)
	}
}

// csv checks that every line has as many fields as the header.
func (a *asked) csv(args ...string) [][]string {
	a.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(a.text(append(args, "--csv")...))).ReadAll()
	if err != nil || len(rows) < 2 {
		a.t.Fatalf("%v: %d lines, %v", args, len(rows), err)
	}
	return rows
}

// What the commands print as JSON, by the names that are documented.
type (
	sumsJSON struct {
		Customers, Orders int64
		Revenue           string
		AcquisitionCost   string  `json:"acquisition_cost"`
		CLVToCAC          float64 `json:"clv_to_cac"`
	}
	spreadJSON struct {
		Customers     int64
		RelativeError float64 `json:"relative_error"`
		Bins          []struct{ Customers int64 }
	}
	statsJSON struct {
		Currency string
		Total    sumsJSON
		CLV      spreadJSON
		PAlive   spreadJSON `json:"p_alive"`
		Days     spreadJSON `json:"days_between_orders"`
	}
	segmentsJSON struct {
		By       string
		Segments []struct {
			Segment string
			sumsJSON
			BrokenEven *bool   `json:"broken_even"`
			BreakEven  *string `json:"break_even"`
		}
		Total sumsJSON
	}
	monthJSON struct {
		Month, Revenue, Margin string
		Orders, Buyers, New    int64
		WonBack                int64 `json:"won_back"`
		Lost, Churned          int64
		AcquisitionCost        string `json:"acquisition_cost"`
	}
	trendJSON struct{ Months []monthJSON }
	topJSON   struct {
		Customers, Of  int64
		Value          string
		ValueOfAll     string `json:"value_of_all"`
		Holds          float64
		HoldsLeast     float64 `json:"holds_least"`
		HoldsMost      float64 `json:"holds_most"`
		AmongBestLeast int64   `json:"among_best_least"`
		AmongBestMost  int64   `json:"among_best_most"`
	}
)

// The figures that come with the data, whatever the commands are asked for.
func TestFiguresOnADeployment(t *testing.T) {
	p := deployment(t)
	a := &asked{t: t, on: []string{"--redis", p.cfg.Redis.Addresses[0]}}
	if out := a.text("stats"); !strings.Contains(out, nobody) {
		t.Errorf("of nobody: %s", out)
	}
	for name, want := range map[string]string{
		"segments": nobody, "cohorts": nobodyBought, "trend": "no events yet", "top": nobodyBought,
		"stats --by tier": nobody, "cohorts --by stage": nobody, "trend --by channel": nobody, "top --by cohort": nobody,
	} {
		if out := a.text(strings.Fields(name)...); !strings.Contains(out, want) {
			t.Errorf("%s of nobody: %s", name, out)
		}
	}
	command(t, "replay", "--input", sample, "--format", "cdnow", "--brokers", strings.Join(p.cfg.Kafka.Brokers, ","))
	acquired := `{"type":"customer.acquired","event_id":"won","customer_id":"00004","occurred_at":"1997-01-01T00:00:00Z","cost":"50.25","currency":"USD","channel":"tv"}`
	if err := p.cluster.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Key: []byte("00004"), Value: []byte(acquired)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := p.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Run("stats", func(t *testing.T) { a.t = t; a.wantStats() })
	t.Run("segments", func(t *testing.T) { a.t = t; a.wantSegments() })
	t.Run("cohorts", func(t *testing.T) { a.t = t; a.wantCohorts() })
	t.Run("trend", func(t *testing.T) { a.t = t; a.wantTrend() })
	t.Run("top", func(t *testing.T) { a.t = t; a.wantTop() })
	t.Run("groups", func(t *testing.T) { a.t = t; a.wantGroups() })
	t.Run("a scan", func(t *testing.T) { wantScanned(t, p) })
}

func (a *asked) wantStats() {
	var view statsJSON
	a.json(&view, "stats")
	if s := view.Total; s.Customers != 2357 || s.Orders != 6919 || s.Revenue != "244091.94" || s.AcquisitionCost != "50.25" || view.Currency != "USD" {
		a.t.Errorf("%+v", view)
	}
	var counted int64
	for _, bin := range view.CLV.Bins {
		counted += bin.Customers
	}
	if counted != 2357 || view.CLV.Customers != 2357 || view.PAlive.Customers != 0 || view.Days.Customers != 1139 || view.CLV.RelativeError != 0.05 {
		a.t.Errorf("%d customers in %+v", counted, view)
	}
	out := a.text("stats")
	if !strings.Contains(out, "revenue USD") || !strings.Contains(out, "244091.94") || strings.Contains(out, "█") {
		a.t.Error(out)
	}
	if rows := a.csv("stats"); strings.Join(rows[2], ",") != "total_revenue,,,2357,244091.94,USD" {
		a.t.Error(rows[2])
	}
}

func (a *asked) wantSegments() {
	for _, by := range figures.Traits {
		var view segmentsJSON
		a.json(&view, "segments", "--by", by)
		var customers, orders int64
		for _, s := range view.Segments {
			customers, orders = customers+s.Customers, orders+s.Orders
		}
		if customers != 2357 || orders != 6919 || view.Total.Revenue != "244091.94" || view.By != by {
			a.t.Errorf("by %s: %d customers with %d orders of %+v", by, customers, orders, view)
		}
		if rows := a.csv("segments", "--by", by); rows[0][0] != by || len(rows) != len(view.Segments)+1 {
			a.t.Errorf("by %s: %v", by, rows)
		}
	}
	var view segmentsJSON
	a.json(&view, "segments", "--by", "channel")
	for i, s := range view.Segments {
		if known := s.AcquisitionCost != "0.00"; known != (s.BrokenEven != nil) {
			a.t.Errorf("channel %d, %s: broken even %v at a cost of %s", i, s.Segment, s.BrokenEven, s.AcquisitionCost)
		}
	}
	if tv := view.Segments[1]; !*tv.BrokenEven || *tv.BreakEven != "1997-01-31" { // 29.33 and 29.73 in January, for 50.25
		a.t.Errorf("%+v", tv)
	}
	if tv := view.Segments[1]; tv.Segment != "tv" || tv.Customers != 1 || tv.Orders != 4 || tv.Revenue != "100.50" || tv.CLVToCAC < 2 {
		a.t.Errorf("%+v", tv)
	}
	if out := a.text("segments", "--by", "cohort"); !strings.Contains(out, "1997-02  857") {
		a.t.Error(out)
	}
}

func (a *asked) wantCohorts() {
	var view figures.Cohorts
	a.json(&view, "cohorts", "--months", "0")
	if len(view.Cohorts) != 3 || view.Cohorts[1].Cohort != "1997-02" || view.Cohorts[1].Customers != 857 || len(view.Cohorts[0].Bought) != 18 || view.Cohorts[2].Share[0] != 1 {
		a.t.Errorf("%+v", view)
	}
	if rows := a.csv("cohorts"); len(rows) != 1+3*13 || strings.Join(rows[1], ",") != "1997-01,1997-01,0,781,1.0000" {
		a.t.Error(len(rows), rows[1])
	}
	if out := a.text("cohorts", "--months", "2"); strings.Contains(out, "+3") || !strings.Contains(out, "+2") {
		a.t.Error(out)
	}
}

func (a *asked) wantTrend() {
	var view trendJSON
	a.json(&view, "trend")
	var orders, fresh int64
	for _, m := range view.Months {
		orders, fresh = orders+m.Orders, fresh+m.New
	}
	if first := view.Months[0]; orders != 6919 || fresh != 2357 || first.Month != "1997-01" || first.Buyers != 781 || first.New != 781 || first.Revenue != "28592.70" {
		a.t.Errorf("%d orders, %d new, first %+v", orders, fresh, first)
	}
	if rows := a.csv("trend", "--months", "2"); len(rows) != 3 {
		a.t.Error(rows)
	}
	if out := a.text("trend"); !strings.Contains(out, "REVENUE USD") {
		a.t.Error(out)
	}
}

func (a *asked) wantTop() {
	var view topJSON
	a.json(&view, "top", "--share", "100")
	if view.Customers != 2357 || view.Value != view.ValueOfAll || view.Holds != 1 {
		a.t.Errorf("%+v", view)
	}
	a.json(&view, "top")
	if view.Customers != 472 || view.Of != 2357 || view.HoldsLeast > view.Holds || view.Holds > view.HoldsMost || view.Holds < 0.5 || view.Holds > 0.8 {
		a.t.Errorf("%+v", view)
	}
	if rows := a.csv("top", "--share", "3"); len(rows) != 7 {
		a.t.Error(rows)
	}
	if out := a.text("top"); !strings.Contains(out, "The best 20.0 % of 2357") {
		a.t.Error(out)
	}
}

// wantGroups adds the groups of each trait up, in every form of every command.
func (a *asked) wantGroups() {
	var everybody trendJSON
	a.json(&everybody, "trend")
	for _, by := range figures.Traits {
		var stats struct {
			By       string
			Segments []struct {
				Segment string
				statsJSON
			}
		}
		a.json(&stats, "stats", "--by", by)
		var customers, clvCustomers, days int64
		for _, s := range stats.Segments {
			customers, clvCustomers, days = customers+s.Total.Customers, clvCustomers+s.CLV.Customers, days+s.Days.Customers
		}
		if stats.By != by || customers != 2357 || clvCustomers != 2357 || days != 1139 {
			a.t.Errorf("by %s: %d customers, %d by value and %d by days", by, customers, clvCustomers, days)
		}
		a.wantTrendsBy(by, &everybody)
		a.wantTopsBy(by)
		var cohorts struct{ Segments []figures.Cohorts }
		a.json(&cohorts, "cohorts", "--by", by, "--months", "0")
		bought := map[string]int64{}
		for _, s := range cohorts.Segments {
			for _, row := range s.Cohorts {
				bought[row.Cohort] += row.Bought[1]
			}
		}
		if len(bought) != 3 || bought["1997-01"] != 124 {
			a.t.Errorf("by %s: %v bought a month after their first", by, bought)
		}
		for _, name := range []string{"stats", "trend", "cohorts", "top"} {
			if rows := a.csv(name, "--by", by); rows[0][0] != by || rows[1][0] != stats.Segments[0].Segment {
				a.t.Errorf("%s by %s: %v", name, by, rows[:2])
			}
			if out := a.text(name, "--by", by); !strings.Contains(out, strings.ToUpper(by)) || strings.Contains(out, "█") {
				a.t.Errorf("%s by %s: %s", name, by, out)
			}
		}
	}
}

func (a *asked) wantTrendsBy(by string, everybody *trendJSON) {
	var view struct{ Segments []trendJSON }
	a.json(&view, "trend", "--by", by)
	sums := map[string]monthJSON{}
	for _, s := range view.Segments {
		for _, m := range s.Months {
			sum := sums[m.Month]
			sum.Orders, sum.Buyers, sum.New = sum.Orders+m.Orders, sum.Buyers+m.Buyers, sum.New+m.New
			sum.WonBack, sum.Lost, sum.Churned = sum.WonBack+m.WonBack, sum.Lost+m.Lost, sum.Churned+m.Churned
			sums[m.Month] = sum
		}
	}
	for _, want := range everybody.Months {
		got := sums[want.Month]
		got.Month, got.Revenue, got.Margin, got.AcquisitionCost = want.Month, want.Revenue, want.Margin, want.AcquisitionCost
		if got != want {
			a.t.Errorf("by %s: %+v, want %+v", by, got, want)
		}
	}
}

func (a *asked) wantTopsBy(by string) {
	var view struct{ Segments []topJSON }
	a.json(&view, "top", "--by", by)
	var of, least, most int64
	for _, s := range view.Segments {
		of, least, most = of+s.Of, least+s.AmongBestLeast, most+s.AmongBestMost
	}
	if of != 2357 || least > 472 || most < 472 || most-least > 60 {
		a.t.Errorf("by %s: %d customers, %d to %d of the best 472", by, of, least, most)
	}
}

// wantScanned holds what the commands read against all customers, while due times
// fire.
func wantScanned(t *testing.T, p *pipeline) {
	valuation, err := inforce.Resolver{Config: p.cfg}.Valuation()
	if err != nil {
		t.Fatal(err)
	}
	var customers int64
	for shard := range p.store.Shards() {
		audit, err := p.store.AuditStatistics(t.Context(), shard, &valuation.Rules)
		if err != nil {
			t.Fatal(err)
		}
		if off := audit.Kept.Different(audit.Scanned); len(off) > 0 {
			t.Errorf("shard %d: a scan has more by %+v", shard, off)
		}
		customers += audit.Customers
	}
	if customers != 2357 {
		t.Errorf("%d customers were scanned, want 2357", customers)
	}
}

func TestFiguresMisuse(t *testing.T) {
	p := deployment(t)
	for args, want := range map[string]string{
		"segments --by colour": "channel, tier, cohort, stage, status",
		"trend --by colour":    "channel, tier, cohort, stage, status",
		"stats --json --csv":   "give one",
		"top --share 0":        "want above 0, up to 100",
		"top --share 101":      "up to 100",
		"top --share NaN":      "want above 0, up to 100",
		"cohorts --months -1":  "want 0 or more",
		"trend --months -1":    "want 0 or more",
		"trend now":            "unexpected argument",
	} {
		out, errs, status := command(t, append(strings.Fields(args), "--redis", p.cfg.Redis.Addresses[0])...)
		if status != cli.StatusUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: status %d, want 2 and %q in: %s%s", args, status, want, out, errs)
		}
	}
}

// someBase is two customers of two months, one of whom bought again; the third
// owes money and has never bought.
func someBase(t *testing.T, more ...clv.Customer) *figures.Base {
	t.Helper()
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	b := &figures.Base{Statistics: &statistics.Statistics{}, Currency: usd, Tiers: []config.TierBorder{{Name: "gold"}}}
	order := func(day calendar.Day) history.Order {
		return history.Order{ID: day.String(), Tellings: history.Tellings{Day: day, FirstDay: day}, Placed: true, Worth: history.Worth{AmountMinor: 1000}}
	}
	for _, c := range append(more,
		clv.Customer{
			History:  history.History{Orders: []history.Order{order(0), order(40)}},
			Value:    estimate.Valued{Status: history.Active, CLVMinor: 5000, PAlive: 0.5, AliveKnown: true},
			Standing: standing.Standing{Stage: standing.StageActive, Tier: 1},
		},
		clv.Customer{
			History:  history.History{Orders: []history.Order{order(50)}},
			Value:    estimate.Valued{Status: history.Active, CLVMinor: 1000, PAlive: 0.25, AliveKnown: true},
			Standing: standing.Standing{Stage: standing.StageCooling, Tier: 2},
		},
		clv.Customer{History: history.History{LatestMicros: 1}},
	) {
		p, _ := c.Contribution(&history.Rules{}, nil)
		b.Add(&p)
	}
	return b
}

// In a terminal there are bars, and nowhere else.
func TestFiguresAreDrawn(t *testing.T) {
	cohorts := question[figures.Cohorts]{text: printCohorts, of: func(b *figures.Base, f *statistics.Figures) figures.Cohorts { return b.Cohorts(f, 0) }}
	trend := question[figures.Trend]{text: printTrend, of: func(b *figures.Base, f *statistics.Figures) figures.Trend { return b.Trend(f, 0) }}
	top := question[figures.Top]{text: printTop, groups: printTops, of: func(b *figures.Base, f *statistics.Figures) figures.Top { return b.Top(f, 0.5) }}
	stats := question[figures.Stats]{text: printStats, groups: printStatsBeside, of: (*figures.Base).Stats}
	for _, by := range []string{"", "tier"} {
		for name, ask := range map[string]func(*figures.Base, string) (shown, error){
			"stats": stats.ask, "top": top.ask, "cohorts": cohorts.ask, "trend": trend.ask, "segments": askSegments,
		} {
			a, err := ask(someBase(t), by)
			for _, charts := range []bool{false, true} {
				if out := textOf(t, a, err, charts); strings.ContainsAny(out, "█▉▊▋▌▍▎▏▁▂▃▄▅▆▇") != charts {
					t.Errorf("%s by %q, charts %v:\n%s", name, by, charts, out)
				}
			}
		}
	}
}

func askSegments(b *figures.Base, by string) (shown, error) {
	v, err := b.Segments(cmp.Or(by, "stage"))
	return shown{Figure: v, text: func(out io.Writer, charts bool) error { return printSegments(out, &v, charts) }}, err
}

func textOf(t *testing.T, a shown, err error, charts bool) string {
	t.Helper()
	var out strings.Builder
	if err := errors.Join(err, a.text(&out, charts)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A channel's name is what events say; it does not steer the terminal.
func TestNamesDoNotSteerTheTerminal(t *testing.T) {
	b := someBase(t, clv.Customer{History: history.History{LatestMicros: 1, Acquisition: history.Acquisition{Known: true, Channel: "tv\x1b[2J\nall"}}})
	trend := question[figures.Trend]{text: printTrend, of: func(b *figures.Base, f *statistics.Figures) figures.Trend { return b.Trend(f, 0) }}
	for name, ask := range map[string]func(*figures.Base, string) (shown, error){"segments": askSegments, "trend": trend.ask} {
		a, err := ask(b, "channel")
		if out := textOf(t, a, err, true); strings.Contains(out, "\x1b") || !strings.Contains(out, `"tv\x1b[2J\nall"`) {
			t.Errorf("%s: %q", name, out)
		}
	}
}

func TestBars(t *testing.T) {
	for share, want := range map[float64]string{-1: "", 0: "", 0.5: "██", 1: "████", 2: "████", 0.03: "▏", 0.3: "█▎"} {
		if got := bar(share, 4); got != want {
			t.Errorf("%v of 4 cells is %q, want %q", share, got, want)
		}
	}
}
