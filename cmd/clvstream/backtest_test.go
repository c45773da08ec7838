package main

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/backtest"
	"github.com/clvstream/clvstream/internal/cli"
)

func backtested(t *testing.T, args ...string) backtest.Report {
	t.Helper()
	out, errs, status := command(t, append([]string{"backtest", "--json"}, args...)...)
	if status != 0 {
		t.Fatalf("backtest %v: status %d: %s", args, status, errs)
	}
	var r backtest.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return r
}

func of(r *backtest.Report, model string) *backtest.Scored {
	i := slices.IndexFunc(r.Models, func(m backtest.Scored) bool { return m.Model == model })
	if i < 0 {
		return &backtest.Scored{}
	}
	return &r.Models[i]
}

var cdnowHalves = []string{"--input", sample, "--format", "cdnow", "--split", "1997-09-30", "--until", "1998-06-30"}

// The CDNOW sample, 39 weeks predicted from the 39 before. Sums of the data come
// with them; the scores were derived independently.
func TestBacktestOfCDNOW(t *testing.T) {
	r := backtested(t, cdnowHalves...)
	if r.Customers != 2357 || r.Actual != 1882 || r.HoldoutDays != 273 {
		t.Errorf("%d customers made %v orders in %d days", r.Customers, r.Actual, r.HoldoutDays)
	}
	for model, want := range map[string]struct{ mae, rmse, predicted float64 }{
		"bgnbd":      {.78545, 1.60798, 1653.41},
		"mbgnbd":     {.76478, 1.60718, 1576.73},
		"paretonbd":  {.75452, 1.60285, 1665.51},
		"naive_rate": {1.02367, 2.21192, 2930.10},
	} {
		m := of(&r, model)
		if math.Abs(m.MAE-want.mae) > 5e-6 || math.Abs(m.RMSE-want.rmse) > 5e-6 || math.Abs(m.Predicted-want.predicted) > 5e-3 {
			t.Errorf("%s: MAE %.5f, RMSE %.5f, predicted %.2f; want %+v", model, m.MAE, m.RMSE, m.Predicted, want)
		}
		near(t, model+" bias", m.Bias, (m.Predicted-1882)/2357, 1e-9)
		if m.Revenue == nil || math.Abs(m.Revenue.Actual-70976.39) > 1e-6 || len(m.Gains) != 10 || m.TopLift < 3 {
			t.Errorf("%s: %+v", model, m)
		}
	}
	if len(r.Models) != 7 {
		t.Errorf("%d models and baselines", len(r.Models))
	}
}

// Cumulative repeat purchases of the sample by week, and the sizes of its bins:
// the figures of the literature's tracking and conditional-expectation plots.
func TestBacktestTracksCDNOW(t *testing.T) {
	r := backtested(t, append([]string{"--models", "mbgnbd"}, cdnowHalves...)...)
	if len(r.Weeks) != 78 || len(of(&r, "mbgnbd").Tracking) != 78 {
		t.Fatalf("%d weeks", len(r.Weeks))
	}
	for week, want := range map[int]float64{1: 0, 2: 19, 3: 42, 13: 828, 26: 1746, 39: 2457, 52: 3183, 78: 4339} {
		if got := r.Weeks[week-1]; got.Actual != want || got.Week != week {
			t.Errorf("week %d: %+v, want %v", week, got, want)
		}
	}
	bins := of(&r, "mbgnbd").Calibration
	sizes := []int{1411, 439, 214, 100, 62, 38, 29, 64}
	for i, bin := range bins {
		if bin.Customers != sizes[i] {
			t.Errorf("%s repeat purchases: %d customers, want %d", bin.Frequency, bin.Customers, sizes[i])
		}
	}
	if len(bins) != 8 || bins[7].Frequency != "7+" || of(&r, "naive_rate").Tracking != nil {
		t.Errorf("bins %+v", bins)
	}
}

// Without --until everything after the split is predicted.
func TestBacktestToTheLastOrder(t *testing.T) {
	r := backtested(t, "--input", sample, "--format", "cdnow", "--split", "1997-09-30", "--models", "nbd")
	if r.Until != "1998-06-30" || r.Actual != 1882 {
		t.Errorf("%+v", r)
	}
}

func TestBacktestWithoutAmounts(t *testing.T) {
	var text strings.Builder
	text.WriteString("customer,time\n")
	for c := range 60 {
		for _, day := range []string{"01-05", "02-05", "03-05", "04-05"}[:1+c%4] {
			text.WriteString(strings.Repeat("c", 1+c) + ",2024-" + day + "\n")
		}
	}
	r := backtested(t, "--input", written(t, "plain.csv", text.String()), "--split", "2024-03-01", "--until", "2024-04-30")
	if r.Customers != 60 || r.Actual != 45 || of(&r, "nbd").Revenue != nil {
		t.Errorf("%+v", r)
	}
	near(t, "naive_last_period", of(&r, "naive_last_period").Predicted, 60+45, 1e-12)
}

func TestBacktestForPeople(t *testing.T) {
	out, errs, status := command(t, append([]string{"backtest"}, cdnowHalves...)...)
	for _, want := range []string{"1882 orders", "0.76478", "naive_average", "REVENUE", "7+", "WEEK"} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("status %d, no %q in: %s%s", status, want, out, errs)
		}
	}
}

func TestBacktestMisuse(t *testing.T) {
	few := written(t, "few.csv", "customer,time,amount\na,2024-01-01,5\nb,2024-01-03,5\na,2024-02-01,5\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "--split is missing"},
		{[]string{"--split", "1997-09-30"}, "--input is missing"},
		{[]string{"--split", "soon", "--input", few}, "want a date"},
		{[]string{"--split", "2024-01-31", "--until", "2024-01-31", "--input", few}, "before --until"},
		{[]string{"--split", "2024-01-31", "--until", "2024-01-01", "--input", few}, "before --until"},
		{[]string{"--split", "2024-02-01", "--input", few}, "before --until"},
		{[]string{"--split", "2024-03-01", "--until", "2024-04-01", "--input", few}, "no later orders"},
		{[]string{"--split", "2023-01-01", "--input", few}, "no customer has bought anything up to 2023-01-01"},
		{[]string{"--split", "2024-01-31", "--input", few}, "no customer bought on a second day"},
		{[]string{"--split", "2024-01-31", "--input", written(t, "header.csv", "customer,time\n")}, "no customer has bought"},
		{[]string{"--split", "2024-01-31", "--input", few, "--models", "bgnbd,arima"}, "arima"},
		{[]string{"--split", "2024-01-31", "--input", few, "--models", "nbd,nbd"}, "twice"},
		{[]string{"--split", "2024-01-31", "--input", few, "--models", ""}, "--models"},
		{[]string{"--split", "2024-01-31", "--input", few, "--time-unit", "hour"}, "day, week or month"},
	} {
		out, errs, status := command(t, append([]string{"backtest"}, c.args...)...)
		if status != cli.StatusUsage || !strings.Contains(errs, c.want) || out != "" {
			t.Errorf("%v: status %d, want 2 and %q in: %s%s", c.args, status, c.want, errs, out)
		}
	}
}
