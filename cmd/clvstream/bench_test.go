package main

import (
	"strings"
	"testing"
)

// What cannot be measured is refused before anything is asked of a server.
func TestBenchRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--workload", "hostile"}, `--workload: "hostile" is not known; give shop`},
		{[]string{"--events", "-1"}, "want 0 or more"},
		{[]string{"--repeats", "0"}, "want 1 to 100"},
		{[]string{"--programs", t.TempDir()}, "give their directory with --programs"},
	} {
		if out, errs, status := command(t, append([]string{"bench"}, c.args...)...); status != 2 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: status %d, %s%s", c.args, status, out, errs)
		}
	}
}
