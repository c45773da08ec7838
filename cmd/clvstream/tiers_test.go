package main

import (
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/figures"
)

// Tiers by percentile get borders by command, which hold for everybody until the
// next cut, and which verify goes by.
func TestTiersAreCutByPercentile(t *testing.T) {
	w := configuredDeployment(t, `
tiers: {borders: [{name: silver, percentile: 50}, {name: gold, percentile: 90}]}
awake: {quiet_after: 1s}
`)
	a := &asked{t: t, on: w.on}
	if out := a.text("tiers", "list"); !strings.Contains(out, "not cut yet") || !strings.Contains(out, "tiers cut") {
		t.Error(out)
	}
	if _, errs, status := command(t, append([]string{"tiers", "cut"}, w.on...)...); status == 0 || !strings.Contains(errs, "no customers") {
		t.Errorf("of nobody: status %d, %s", status, errs)
	}
	command(t, append([]string{"replay", "--input", sample, "--format", "cdnow"}, w.on...)...)
	if err := w.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := a.text("tiers", "cut", "--dry-run"); !strings.Contains(out, "borders: [{name: silver, from: ") {
		t.Error(out)
	}
	var view figures.Tiers
	if a.json(&view, "tiers", "list"); view.Cut != nil || view.Tiers[0].From != nil {
		t.Errorf("a dry run has cut: %+v", view)
	}
	for range 2 { // the first time, values are of long ago: a cut values everybody anew
		if a.json(&view, "tiers", "cut", "--over", "0s"); view.Cut == nil || !view.Cut.Changed || view.Tiers[1].From == nil {
			t.Fatalf("the cut is %+v", view)
		}
		for deadline := time.Now().Add(30 * time.Second); view.Cut.Progress < 100; time.Sleep(50 * time.Millisecond) {
			if a.json(&view, "tiers", "list"); time.Now().After(deadline) {
				t.Fatalf("customers do not come to the cut: %+v", view.Cut)
			}
		}
		w.settle()
	}
	a.wantShares(map[string]float64{"silver": 0.4, "gold": 0.1})
	if out := a.text("verify"); !strings.Contains(out, "verified") || strings.Contains(out, "another cut") {
		t.Error(out)
	}
	if out := a.text("model", "list"); !strings.Contains(out, "tiers cut") {
		t.Error(out)
	}
}

// settle waits until the inputs are quiet, nothing is due, and everything is told of.
func (w *watched) settle() {
	w.t.Helper()
	time.Sleep(2 * w.cfg.Awake.QuietAfter)
	if err := w.drain(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// wantShares checks how many of the customers are in each tier, to 3 in 100: CLV
// is known to 5 %, and many bought once for the same price.
func (a *asked) wantShares(want map[string]float64) {
	a.t.Helper()
	var view segmentsJSON
	a.json(&view, "segments", "--by", "tier")
	found := 0
	for _, s := range view.Segments {
		share, ok := want[s.Segment]
		if !ok {
			continue
		}
		found++
		if got := float64(s.Customers) / float64(view.Total.Customers); got < share-0.03 || got > share+0.03 {
			a.t.Errorf("%s has %.3f of the customers, want about %.2f", s.Segment, got, share)
		}
	}
	if found != len(want) {
		a.t.Errorf("the segments are %+v", view.Segments)
	}
}

func TestBadTiersAreRefused(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"tiers cut gold", "NAME=PERCENTILE"},
		{"tiers cut gold=100", "below 100"},
		{"tiers cut gold=0", "above 0"},
		{"tiers cut gold=NaN", "NAME=PERCENTILE"},
		{"tiers cut silver=50 gold=50", "does not begin above silver"},
		{"tiers cut gold=50 gold=60", "two tiers have the name gold"},
		{"tiers cut --over=-1h", "want 0s to 744h"},
		{"tiers cat", "did you mean cut"},
		{`tiers list --set tiers.borders=[{name: a, from: 5}, {name: b, percentile: 90}]`, "the same kind of border"},
		{`tiers list --set tiers.borders=[{name: a}]`, "either from or a percentile"},
		{`tiers list --set tiers.borders=[{name: a, percentile: 100}]`, "above all others"},
		{`tiers list --set tiers.borders=[{name: a, percentile: 60}, {name: b, percentile: 50}]`, "does not begin above a"},
		{`tiers list --set tiers.by=historic --set tiers.borders=[{name: a, percentile: 60}]`, "need tiers.by: clv"},
		{`tiers list --set tiers.cut.cron=@daily`, "nothing to cut"},
		{`tiers list --set tiers.cut.cron=0 0 30 2 * --set tiers.borders=[{name: a, percentile: 60}]`, "never occurs"},
	} {
		if out, errs, status := command(t, arguments(c.args)...); status != cli.StatusUsage || !strings.Contains(errs, c.says) {
			t.Errorf("%s: status %d, %s%s; want it to say %q", c.args, status, out, errs, c.says)
		}
	}
}

// arguments splits a line before each word that begins an argument: values of
// --set keep their spaces.
func arguments(text string) (args []string) {
	parts := strings.Split(text, " --set ")
	args = strings.Fields(parts[0])
	for _, part := range parts[1:] {
		args = append(args, "--set", part)
	}
	return args
}
