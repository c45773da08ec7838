package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// A flag says what it takes, and keeps its value when it is given something else.
func TestFlagsHaveBounds(t *testing.T) {
	for text, want := range map[string]string{
		"--for=-5s": "want 0s to 6h$", "--for=7h": "want 0s to 6h$", "--for=5": "is no duration", "--for=90m": "",
		"--runs=0": "want 1 to 100", "--runs=101": "want 1 to 100", "--runs=1e2": "is no int", "--runs=100": "",
		"--share=0": "want above 0, up to 100", "--share=101": "want above 0, up to 100", "--share=NaN": "want above 0, up to 100", "--share=0.1": "",
		"--seed=-1": "is no uint64", "--seed=1.5": "is no uint64", "--seed=18446744073709551615": "",
		"--rate=-0.5": "want 0 to 1000", "--rate=NaN": "want 0 to 1000", "--rate=fast": "is no float", "--rate=0.5": "",
	} {
		fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
		var span time.Duration
		var runs int
		var rate, share float64
		var seed uint64
		Duration(fs, &span, "for", time.Minute, 0, 6*time.Hour, "")
		Int(fs, &runs, "runs", 3, 1, 100, "")
		Float(fs, &rate, "rate", 1, 0, 1000, "")
		Above(fs, &share, "share", 20, 0, 100, "")
		Seed(fs, &seed, "seed", 1, "")
		kept := func() bool {
			return span == time.Minute && runs == 3 && rate == 1 && share == 20 && seed == 1
		}
		err := fs.Parse([]string{text})
		if want == "" {
			if err != nil || kept() {
				t.Errorf("%s: %v, and the values are %s, %d, %g, %g, %d", text, err, span, runs, rate, share, seed)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error()+"$", want) || !kept() {
			t.Errorf("%s: %v, want %q; the values are %s, %d, %g, %g, %d", text, err, want, span, runs, rate, share, seed)
		}
	}
}
