package due

import "testing"

// A batch must fit into what the rate lets through at once, or a lane would wait for
// ever; and what was missed for a tenth of a second is not lost.
func TestRateLetsABatchThrough(t *testing.T) {
	for rate, want := range map[int]int{1: batchCustomers, 0: defaultRate / 10, 1_000_000: 100_000} {
		if got := (&Config{Rate: rate}).limiter().Burst(); got != want {
			t.Errorf("at %d a second %d go through at once, want %d", rate, got, want)
		}
	}
}
