package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/cli"
)

// A file that holds says so, one that does not says in which line, and one that is marked
// does not fail the command.
func TestScenario(t *testing.T) {
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("scenario: s\nwhy: w\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const wrong = "steps:\n  - P o 01-01 50\n  - at 01-02: {clv: 60.00}\n"
	for _, c := range []struct {
		path   string
		status int
		says   string
	}{
		{write("holds.yaml", "steps:\n  - P o 01-01 50\n  - at 01-02: {clv: 150.00}\n"), 0, "holds.yaml: s: holds"},
		{write("wrong.yaml", wrong), cli.StatusFailed, "line 5: expected clv.current 60.00, got 150.00 (verify's naive code)"},
		{write("marked.yaml", "fails: no reason\n"+wrong), 0, "does not hold, as it is marked: no reason"},
		{write("settings.yaml", "fails: no reason\nsettings: {business: {currency: XXXX}}\n"+wrong), 0, "settings.yaml: s: does not hold, as it is marked: no reason\n  settings: "},
		{write("refused.yaml", "settings: {business: {currency: XXXX}}\n"+wrong), cli.StatusFailed, "refused.yaml: s: does NOT hold\n  settings: "},
	} {
		out, errs, status := command(t, "scenario", c.path)
		if status != c.status || !strings.Contains(out, c.says) {
			t.Errorf("%s: status %d, want %d with %q:\n%s%s", c.path, status, c.status, c.says, out, errs)
		}
	}
	if _, errs, status := command(t, "scenario"); status != cli.StatusUsage || !strings.Contains(errs, "at least one file") {
		t.Errorf("without a file: status %d: %s", status, errs)
	}
	if _, errs, status := command(t, "scenario", "nowhere.yaml"); status != cli.StatusFailed || !strings.Contains(errs, "nowhere.yaml") {
		t.Errorf("without the file: status %d: %s", status, errs)
	}
}
