package figures

import (
	"testing"
)

// Two groups' steps with the same number are the same range.
func TestStepsJoinBins(t *testing.T) {
	v := someBase(t).Stats(someBase(t).Everybody())
	for _, s := range v.Spreads() {
		var bins, steps int64
		for _, bin := range s.Bins {
			bins += bin.Customers
		}
		last := -1 << 30
		for _, step := range s.Steps {
			if steps += step.Customers; step.Number <= last {
				t.Errorf("%s: step %d comes after %d", s.Name, step.Number, last)
			}
			last = step.Number
		}
		if bins != s.Customers || steps != s.Customers {
			t.Errorf("%s: %d customers in bins and %d in steps of %d", s.Name, bins, steps, s.Customers)
		}
	}
	for value, want := range map[float64]int{0: 0, 1: 65, 1.9: 65, 2: 66, 0.5: 64, -1: -65, -3: -66} {
		if got := doublings(value); got != want {
			t.Errorf("%v is in step %d, want %d", value, got, want)
		}
	}
}
