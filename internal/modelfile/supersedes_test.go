package modelfile

import (
	"strings"
	"testing"
)

// Of two texts that value customers alike, the one that says how sure its parameters are is
// kept; one that values them otherwise is refused.
func TestSupersedes(t *testing.T) {
	fitted := example + covariance
	for name, row := range map[string]struct {
		pushed, stored string
		want           bool
		complaint      string
	}{
		"a covariance is added":     {pushed: fitted, stored: example, want: true},
		"it would be lost":          {pushed: example, stored: fitted},
		"another covariance":        {pushed: strings.Replace(fitted, "0.25", "0.26", 1), stored: fitted, want: true},
		"other words beside it":     {pushed: example + "warnings: [ridge]\n", stored: example, want: true},
		"another parameter":         {pushed: fitted, stored: strings.Replace(example, "alpha: 6", "alpha: 7", 1), complaint: "other parameters"},
		"another horizon":           {pushed: fitted, stored: strings.Replace(example, "horizon_days: 365", "horizon_days: 366", 1), complaint: "other parameters"},
		"what is stored is no file": {pushed: fitted, stored: "model: 3", complaint: "what is stored"},
	} {
		file, err := Parse([]byte(row.pushed))
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := file.Supersedes([]byte(row.stored))
		switch {
		case row.complaint == "" && (err != nil || got != row.want):
			t.Errorf("%s: %v, %v", name, got, err)
		case row.complaint != "" && (err == nil || !strings.Contains(err.Error(), row.complaint) || got):
			t.Errorf("%s: %v, %v, want an error about %s", name, got, err, row.complaint)
		}
	}
}
