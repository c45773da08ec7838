package backtest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/internal/forecast"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds a text to a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != got {
		t.Errorf("%s is not what is printed (%v):\n%s", path, err, got)
	}
}

// Whoever reads the warnings sees which are of purchases and which of spend, and what a
// parameter at its limit means.
func TestWarningsAreOfPurchasesOrOfSpend(t *testing.T) {
	same := fit.Bound{Parameter: "beta", Limit: 1e6, Means: "everybody leaves at the same rate, s ÷ β"}
	r := reportOf(1)
	r.Models = append([]Scored{{Model: "paretonbd", Fitted: newFitted(&fit.Result{Warnings: []fit.Warning{fit.WarnBound}, Bounds: []fit.Bound{same}})}}, r.Models...)
	r.Spend = &Spend{"gammagamma", *newFitted(&fit.Result{Warnings: []fit.Warning{fit.WarnFewRepeaters, fit.WarnQBelowOne}})}
	var out bytes.Buffer
	r.writeWarnings(&out)
	golden(t, "warnings.txt", out.String())
}

// reportOf is a report of one model with revenue and one without, over so many weeks.
func reportOf(weeks int) *Report {
	bins := []Bin{{Frequency: "0", Customers: 3, Predicted: 0.5, Actual: 0.25}, {Frequency: "7+", Customers: 1, Predicted: 2, Actual: 3}}
	r := &Report{Customers: 4, Models: []Scored{
		{Model: "nbd", Predicted: 3, Interval: &forecast.Limits{Low: 2, High: 4}, Actual: 2, Calibration: bins, Fitted: newFitted(&fit.Result{Warnings: []fit.Warning{fit.WarnRidge}}), Revenue: &Revenue{Predicted: 10, Actual: 0}},
		{Model: "naive", Calibration: bins},
	}}
	for week := range weeks {
		r.Weeks = append(r.Weeks, Week{Week: week + 1, Actual: float64(week)})
		r.Models[0].Tracking = append(r.Models[0].Tracking, float64(10*week))
	}
	return r
}

func text(t *testing.T, r *Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// However long the time, about a dozen weeks are shown, and only of models that track.
func TestTrackingIsShort(t *testing.T) {
	for weeks, want := range map[int]int{5: 5, 12: 12, 78: 13, 500: 12} {
		_, tracking, _ := strings.Cut(text(t, reportOf(weeks)), "cumulated\n")
		tracking, _, _ = strings.Cut(tracking, "purchases, nbd: warning")
		lines := strings.Split(strings.TrimSpace(tracking), "\n")
		if len(lines)-1 != want || strings.Contains(lines[0], "naive") {
			t.Errorf("of %d weeks %d are shown:\n%s", weeks, len(lines)-1, tracking)
		}
	}
}

// Revenue is shown of whom it is predicted for, and nothing is divided by nothing.
func TestOrdersAndRevenue(t *testing.T) {
	out := text(t, reportOf(12))
	for _, want := range []string{"nbd     3.00       2 to 4     +50.0 %", "naive   0.00                  +0.0 %", "nbd      10.00                 +0.0 %", "7+", "purchases, nbd: warning ridge: the orders show no dropout"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Count(out, "naive") != 2 {
		t.Errorf("revenue of a baseline that has none:\n%s", out)
	}
	none := reportOf(1)
	none.Models[0].Revenue = nil
	if strings.Contains(text(t, none), "REVENUE") {
		t.Error("revenue is shown where nobody predicts it")
	}
}
