package due

import (
	"testing"
	"time"
)

func TestStreamTimeRunsWhereItIsFasterThanTheClock(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var p pace
	for _, step := range []struct {
		clock, stream time.Duration // since the beginning
		want          bool
	}{
		{0, 0, false},                                          // nothing to compare with
		{time.Second, 24 * time.Hour, true},                    // a replay
		{1500 * time.Millisecond, 24 * time.Hour, true},        // too short to tell
		{2 * time.Second, 24*time.Hour + time.Second, false},   // caught up: live
		{4 * time.Second, 24*time.Hour + 5*time.Second, false}, // exactly twice as fast
		{6 * time.Second, 24*time.Hour + 10*time.Second, true},
		{8 * time.Second, 24*time.Hour + 10*time.Second, false}, // it waits
	} {
		if got := p.runs(began.Add(step.stream).UnixMicro(), began.Add(step.clock)); got != step.want {
			t.Errorf("after %s, stream time %s: %t", step.clock, step.stream, got)
		}
	}
}
