package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/fitting"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// fitted runs fit and reads its JSON.
func fitted(t *testing.T, args ...string) fitting.Report {
	t.Helper()
	out, errs, status := command(t, append([]string{"fit", "--json"}, args...)...)
	if status != 0 {
		t.Fatalf("fit %v: status %d: %s", args, status, errs)
	}
	var r fitting.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return r
}

// written is a file of the test's.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// near fails unless got is want within a relative tolerance.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s = %.10g, want %.10g", what, got, want)
	}
}

var calibrated = []string{"--input", sample, "--format", "cdnow", "--until", "1997-09-30"}

// The CDNOW sample to 1997-09-30, 2,357 customers, in weeks. Published with three
// digits in Fader, Hardie and Lee (2005), Batislam, Denizel and Filiztekin (2007)
// and Fader and Hardie (2013); the further digits were derived independently.
func TestFitOfCDNOW(t *testing.T) {
	for _, row := range []struct {
		model         string
		parameters    map[string]float64
		logLikelihood float64
		customers     int
	}{
		{"bgnbd", map[string]float64{"r": .2425945, "alpha": 4.4136018, "a": .7929220, "b": 2.4259068}, -9582.429207, 2357},
		{"mbgnbd", map[string]float64{"r": .5248432, "alpha": 6.1830860, "a": .8913593, "b": 1.6140021}, -9582.135716, 2357},
		{"paretonbd", map[string]float64{"r": .5532771, "alpha": 10.5776837, "s": .6062402, "beta": 11.6687402}, -9594.976179, 2357},
		{"nbd", map[string]float64{"r": .3847661, "alpha": 12.0720232}, -9763.657615, 2357},
		{"gammagamma", map[string]float64{"p": 6.2495733, "q": 3.7442249, "gamma": 15.4435186}, -4055.917695, 946},
	} {
		r := fitted(t, append([]string{"--model", row.model}, calibrated...)...)
		if math.Abs(r.LogLikelihood-row.logLikelihood) > 1e-4 {
			t.Errorf("%s: log-likelihood %.6f, want %.6f", row.model, r.LogLikelihood, row.logLikelihood)
		}
		if len(r.Parameters) != len(row.parameters) || len(r.StandardErrors) != len(row.parameters) {
			t.Errorf("%s has the parameters %v and errors %v", row.model, r.Parameters, r.StandardErrors)
		}
		for name, want := range row.parameters {
			near(t, row.model+" "+name, r.Parameters[name], want, 1e-4)
		}
		if r.Model != row.model || r.Customers != row.customers || r.Repeaters != 946 || r.TimeUnit != "week" || len(r.Warnings) > 0 || r.DistinctRows == 0 {
			t.Errorf("%s: %+v", row.model, r)
		}
	}
}

// Another unit changes the rates by its length, and nothing else.
func TestTimeUnitScalesRatesAlone(t *testing.T) {
	weeks := fitted(t, append([]string{"--model", "bgnbd"}, calibrated...)...)
	for unit, days := range map[string]float64{"day": 1, "month": 365.25 / 12} {
		r := fitted(t, append([]string{"--model", "bgnbd", "--time-unit", unit}, calibrated...)...)
		near(t, unit+" alpha", r.Parameters["alpha"]*days, weeks.Parameters["alpha"]*7, 1e-6)
		near(t, unit+" r", r.Parameters["r"], weeks.Parameters["r"], 1e-6)
	}
}

// The two cohorts of Fader and Hardie (2007): parameters as printed.
func TestFitOfCohorts(t *testing.T) {
	path := written(t, "cohorts.csv", `year,regular_pct,highend_pct
0,100.0,100.0
1,63.1,86.9
2,46.8,74.3
3,38.2,65.3
4,32.6,59.3
5,28.9,55.1
6,26.2,51.7
7,24.1,49.1
8,22.3,46.8
`)
	for _, row := range []struct {
		column             string
		alpha, beta, s12   float64
		logLikelihoodAbove float64
	}{{"regular_pct", .704, 1.182, .170037, -1680.27}, {"highend_pct", .668, 3.806, .377999, -1611.17}} {
		out := filepath.Join(t.TempDir(), "model.yaml")
		r := fitted(t, "--input", path, "--format", "survival", "--columns", "period=year,survivors="+row.column, "--cohort", "1000",
			"--until", "7", "--time-unit", "month", "--period", "12", "--out", out)
		if math.Abs(r.Parameters["alpha"]-row.alpha) > .0005 || math.Abs(r.Parameters["beta"]-row.beta) > .0005 || r.Model != "sbg" || r.Customers != 1000 {
			t.Errorf("%s: %+v", row.column, r)
		}
		if r.LogLikelihood < row.logLikelihoodAbove || r.StandardErrors["alpha"] <= 0 {
			t.Errorf("%s: log-likelihood %v, errors %v", row.column, r.LogLikelihood, r.StandardErrors)
		}
		file, err := modelfile.Load(out)
		if err != nil {
			t.Fatal(err)
		}
		sbg := model.SBGParams{Period: file.Unit.Span(file.PeriodUnits), Alpha: file.Parameters.Values["alpha"], Beta: file.Parameters.Values["beta"]}
		near(t, row.column+" S(12)", sbg.Survival(12), row.s12, 5e-6)
		if file.PeriodUnits != 12 || file.Unit != model.UnitMonth {
			t.Errorf("a period is %v %ss", file.PeriodUnits, file.Unit)
		}
	}
}

// donations are the orders of the donors of Fader, Hardie and Shang (2010): who first
// gave in July 1995, and gave again in x of the six years after that, the last time in
// the t_x-th; when between is not published, and drawn.
func donations(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("customer,time,amount\n")
	donor, rng := 0, rand.New(rand.NewPCG(1, 2))
	for _, row := range [][3]int{
		{0, 0, 3464}, {1, 1, 1091}, {1, 2, 277}, {1, 3, 129}, {1, 4, 78}, {1, 5, 119}, {1, 6, 129}, {2, 2, 613}, {2, 3, 255}, {2, 4, 155}, {2, 5, 173},
		{2, 6, 234}, {3, 3, 322}, {3, 4, 181}, {3, 5, 225}, {3, 6, 357}, {4, 4, 240}, {4, 5, 284}, {4, 6, 512}, {5, 5, 335}, {5, 6, 728}, {6, 6, 1203},
	} {
		for range row[2] {
			donor++
			years := []int{0, row[1]}[:1+min(1, row[0])]
			if row[0] > 1 {
				for _, before := range rng.Perm(row[1] - 1)[:row[0]-1] {
					years = append(years, 1+before)
				}
			}
			slices.Sort(years)
			for _, year := range years {
				fmt.Fprintf(&text, "d%d,%d-07-01,%d.00\n", donor, 1995+year, 10+donor%40)
			}
		}
	}
	return written(t, "donations.csv", text.String())
}

// From orders to a model file of BG/BB, with the parameters that the paper prints, to
// an explanation and a report; and no worse a forecast than the naive ones.
func TestDonationsEndToEnd(t *testing.T) {
	orders, out := donations(t), filepath.Join(t.TempDir(), "bgbb.yaml")
	yearly := []string{"--input", orders, "--time-unit", "month", "--period", "12"}
	r := fitted(t, append([]string{"--model", "bgbb", "--out", out}, yearly...)...)
	for name, want := range map[string]float64{"alpha": 1.204, "beta": .750, "gamma": .657, "delta": 2.783} {
		if math.Abs(r.Parameters[name]-want) > .0005 {
			t.Errorf("%s is %v, published %v", name, r.Parameters[name], want)
		}
	}
	if math.Abs(r.LogLikelihood - -33225.6) > .05 || r.PeriodUnits != 12 || r.Model != "bgbb" {
		t.Errorf("%+v", r)
	}
	file, err := modelfile.Load(out)
	if err != nil || file.PeriodUnits != 12 || file.Unit != model.UnitMonth {
		t.Fatalf("%+v, %v", file, err)
	}
	text, errs, status := command(t, "explain", "--x", "6", "--t_x", "72", "--T", "72", "--m", "20", "--model", out)
	if status != 0 || !strings.Contains(text, "P(alive)") || !strings.Contains(text, "0.9") {
		t.Errorf("explain: status %d: %s%s", status, text, errs)
	}
	page := filepath.Join(t.TempDir(), "report.html")
	if _, errs, status := command(t, "report", "--model", out, "--input", orders, "-o", page); status != 0 {
		t.Errorf("report: status %d: %s", status, errs)
	}
	if html, err := os.ReadFile(page); err != nil || !strings.Contains(string(html), "Customers and the BG/BB model") || strings.Contains(string(html), "BG/NBD") {
		t.Errorf("the report is of another model, %v", err)
	}
	b := backtested(t, append([]string{"--models", "bgbb", "--split", "1998-12-31"}, yearly...)...)
	held, naive := of(&b, "bgbb"), of(&b, "naive_rate")
	if held.RMSE >= naive.RMSE || math.Abs(held.Predicted/held.Actual-1) > .03 {
		t.Errorf("BG/BB %+v, naive %+v", held, naive)
	}
}

// auto says why, and what it takes is fitted to everything.
func TestFitChoosesAModel(t *testing.T) {
	r := fitted(t, calibrated...)
	if r.Choice == nil || r.Choice.Reason == "" || len(r.Choice.Candidates) != 4 || r.Choice.Split != "1997-07-02" {
		t.Fatalf("choice %+v", r.Choice)
	}
	best := slices.MinFunc(r.Choice.Candidates, func(a, b fitting.Candidate) int { return int(math.Copysign(1, a.RMSE-b.RMSE)) })
	if alike := append(r.Choice.Alike, r.Model); !slices.Contains(alike, best.Model) || slices.Contains(alike, "nbd") || r.Customers != 2357 {
		t.Errorf("chose %s, which is like %v, of %+v", r.Model, r.Choice.Alike, r.Choice.Candidates)
	}
}

// What is written is a model file that the consumer takes.
func TestFitWritesAModelFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "model.yaml")
	r := fitted(t, append([]string{"--model", "mbgnbd", "--out", out, "--horizon-days", "730", "--discount", ".15", "--margin", ".3"}, calibrated...)...)
	file, err := modelfile.Load(out)
	if err != nil {
		t.Fatal(err)
	}
	if file.Version() != r.ModelVersion || file.HorizonDays != 730 || file.AnnualDiscount != .15 || file.MarginRatio != .3 {
		t.Errorf("%+v, version %s, want %s", file, file.Version(), r.ModelVersion)
	}
	if on := file.FittedOn; on.Customers != 2357 || on.Repeaters != 946 || on.Until.Format("20060102") != "19970930" {
		t.Errorf("fitted on %+v", on)
	}
	near(t, "p", file.Spend.Values["p"], 6.2495733, 1e-4)
	configured := filepath.Join(t.TempDir(), "not-yet-there.yaml") // the first fit writes what the programs will read
	if status := commandStatus(t, append([]string{"fit", "--set", "model.file=" + configured, "--model", "mbgnbd", "--out", configured}, calibrated...)...); status != 0 {
		t.Errorf("the configured file is not written: status %d", status)
	}
	if status := commandStatus(t, "demo", "--input", sample, "--format", "cdnow", "--model", out); status != 0 {
		t.Errorf("the demo does not run with it: status %d", status)
	}
}

func commandStatus(t *testing.T, args ...string) int {
	t.Helper()
	_, errs, status := command(t, args...)
	if status != 0 {
		t.Log(errs)
	}
	return status
}

// Where nobody leaves, NBD is fitted in the other models' place.
func TestFitFallsBackToNBD(t *testing.T) {
	var text strings.Builder
	text.WriteString("customer,time\n")
	for c := range 200 {
		for day := c % 7; day < 300; day += 5 + c%40 {
			text.WriteString("c" + string(rune('a'+c%26)) + strings.Repeat("x", c/26) + "," + calendar.Day(19000+day).String() + "\n")
		}
	}
	path := written(t, "steady.csv", text.String())
	r := fitted(t, "--input", path, "--model", "bgnbd")
	if r.Model != "nbd" || r.FallbackFrom != "bgnbd" || !slices.Contains(r.Warnings, "ridge") || len(r.Parameters) != 2 {
		t.Errorf("%+v", r)
	}
	if r.Spend != nil {
		t.Error("spend without amounts")
	}
	out, errs, status := command(t, "fit", "--input", path, "--model", "bgnbd")
	if status != 0 || !strings.Contains(out, "nbd is fitted instead") || !strings.Contains(out, "warning ridge") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}

func TestFitForPeople(t *testing.T) {
	out, errs, status := command(t, append([]string{"fit"}, calibrated...)...)
	for _, want := range []string{"CANDIDATE", "2357 customers", "946", "± ", "gammagamma on the 946", "cannot be told apart on this file", "ORDERS OF ALL", "log-likelihood -959"} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("status %d, no %q in: %s%s", status, want, out, errs)
		}
	}
}

// What cannot be fitted is answered with status 2, and why.
func TestFitMisuse(t *testing.T) {
	one := written(t, "one.csv", "customer,time,amount\na,2024-01-01,5\n")
	once := written(t, "once.csv", "customer,time,amount\na,2024-01-01,5\nb,2024-01-01,5\nb,2024-01-01,5\nc,2024-02-01,1\n")
	plain := written(t, "plain.csv", "customer,time\na,2024-01-01\na,2024-01-05\nb,2024-01-05\n")
	cohort := written(t, "cohort.csv", "period,share\n0,100\n1,63.1\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "--input is missing"},
		{[]string{"--input", "nowhere.csv"}, "nowhere.csv"},
		{[]string{"--input", written(t, "empty.csv", "")}, "empty"},
		{[]string{"--input", written(t, "header.csv", "customer,time,amount\n")}, "no customer has bought"},
		{[]string{"--input", one, "--model", "bgnbd"}, "no customer bought on a second day"},
		{[]string{"--input", one}, "no customer bought on a second day"},
		{[]string{"--input", once, "--model", "mbgnbd"}, "no customer bought on a second day"},
		{[]string{"--input", once, "--model", "gammagamma"}, "fewer than two repeat buyers"},
		{[]string{"--input", one, "--until", "2023-12-31"}, "up to 2023-12-31"},
		{[]string{"--input", one, "--until", "yesterday"}, "want a date"},
		{[]string{"--input", one, "--model", "lstm"}, "choose from auto, bgnbd"},
		{[]string{"--input", one, "--model", "sbg"}, "--format survival"},
		{[]string{"--input", one, "--time-unit", "year"}, "day, week or month"},
		{[]string{"--input", one, "--from-topic"}, "exclude each other"},
		{[]string{"--input", one, "--from-state"}, "--from-state excludes"},
		{[]string{"--input", one, "--format", "tsv"}, "cdnow, csv, jsonl"},
		{[]string{"--input", one, "--columns", "who=a"}, "none of customer"},
		{[]string{"--input", one, "--format", "cdnow"}, "a CDNOW file has 4"},
		{[]string{"--input", plain, "--model", "gammagamma"}, "no amounts"},
		{[]string{"--input", plain, "--model", "nbd", "--out", "x.yaml"}, "needs amounts"},
		{[]string{"--input", one, "--model", "gammagamma", "--out", "x.yaml"}, "needs a purchase model"},
		{[]string{"--input", one, "--horizon-days", "0"}, "--horizon-days"},
		{[]string{"--input", one, "--discount", "-1"}, "--discount"},
		{[]string{"--input", one, "--margin", "2"}, "--margin"},
		{[]string{"--input", cohort, "--format", "survival"}, "cohort's size"},
		{[]string{"--input", cohort, "--format", "survival", "--cohort", "-5"}, "--cohort"},
		{[]string{"--input", cohort, "--format", "survival", "--cohort", "1000", "--period", "0"}, "--period"},
		{[]string{"--input", cohort, "--format", "survival", "--cohort", "1000", "--until", "1997-09-30"}, "last period"},
		{[]string{"--input", cohort, "--format", "survival", "--model", "bgnbd"}, "contracts"},
		{[]string{"--format", "survival"}, "--input"},
	} {
		out, errs, status := command(t, append([]string{"fit"}, c.args...)...)
		if status != cli.StatusUsage || !strings.Contains(errs, c.want) || out != "" {
			t.Errorf("%v: status %d, want 2 and %q in: %s%s", c.args, status, c.want, errs, out)
		}
	}
}

// The log and the state of a deployment give what the file gave that they were
// made from.
func TestFitFromTopicAndState(t *testing.T) {
	p := deployment(t)
	on := []string{"--brokers", strings.Join(p.cfg.Kafka.Brokers, ","), "--redis", p.cfg.Redis.Addresses[0]}
	if status := commandStatus(t, append([]string{"replay", "--input", sample, "--format", "cdnow"}, on...)...); status != 0 {
		t.Fatal("replay failed")
	}
	for range 2 { // told twice, and one that is no event
		if err := p.cluster.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Key: []byte("k"), Value: []byte("no JSON")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := fitted(t, "--input", sample, "--format", "cdnow", "--model", "mbgnbd")
	for _, from := range []string{"--from-topic", "--from-state"} {
		r := fitted(t, append([]string{from, "--model", "mbgnbd"}, on...)...)
		near(t, from+" log-likelihood", r.LogLikelihood, file.LogLikelihood, 1e-9)
		if r.Customers != file.Customers || r.DistinctRows != file.DistinctRows || r.Until != "1998-06-30" {
			t.Errorf("%s: %+v, want %+v", from, r, file)
		}
		near(t, from+" spend", r.Spend.Parameters["p"], file.Spend.Parameters["p"], 1e-9)
	}
	early := fitted(t, append([]string{"--from-topic", "--model", "bgnbd", "--until", "1997-09-30"}, on...)...)
	near(t, "log-likelihood up to the split", early.LogLikelihood, -9582.429207, 1e-8)

	if chosen := fitted(t, append([]string{"--from-state"}, on...)...); chosen.Choice == nil || !strings.Contains(chosen.Choice.Reason, "nothing could be held out") {
		t.Errorf("%+v", chosen.Choice)
	}
	_, errs, status := command(t, append([]string{"fit", "--from-state", "--until", "1997-09-30"}, on...)...)
	if status != cli.StatusUsage || !strings.Contains(errs, "not their past") {
		t.Errorf("status %d: %s", status, errs)
	}
	_, errs, status = command(t, append([]string{"backtest", "--from-topic", "--split", "1997-09-30", "--models", "nbd"}, on...)...)
	if status != 0 || !strings.Contains(errs, "undecodable") {
		t.Errorf("status %d: %s", status, errs)
	}
}
