package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/cli"
)

// A schedule is shown as a configuration that loads, and its times.
func TestFitSchedule(t *testing.T) {
	out, errs, status := command(t, "fit", "--schedule", "0 4 29 2 *", "--model", "mbgnbd", "--json", "--set", "business.time_zone=Europe/Berlin")
	var view scheduleView
	if err := json.Unmarshal([]byte(out), &view); err != nil || status != 0 {
		t.Fatalf("status %d, %v: %s", status, err, errs)
	}
	if len(view.Next) != 3 || view.Configured != "" {
		t.Errorf("%+v", view)
	}
	for _, next := range view.Next {
		if !strings.HasSuffix(next, "-02-29T04:00:00+01:00") {
			t.Errorf("it falls at %s", next)
		}
	}
	path := filepath.Join(t.TempDir(), "clv.yaml")
	if err := os.WriteFile(path, []byte(view.YAML), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errs, status := command(t, "fit", "--schedule", "0 4 29 2 *", "--config", path); status != 0 || !strings.Contains(out, "this schedule is configured") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	for expression, want := range map[string]string{"0 4 30 2 *": "never occurs", "at four": "5 fields"} {
		if _, errs, status := command(t, "fit", "--schedule", expression); status != cli.StatusUsage || !strings.Contains(errs, want) {
			t.Errorf("%q: status %d, want 2 and %q in: %s", expression, status, want, errs)
		}
	}
	if _, errs, status := command(t, "fit", "--schedule", "@daily", "--model", "sbg"); status != cli.StatusUsage {
		t.Errorf("status %d: %s", status, errs)
	}
}
