package webhook

import (
	"math/rand/v2"
	"time"
)

// Schedule is how long to wait before each further try of a change: one more than its length
// are made.
type Schedule []time.Duration

// DefaultSchedule is the example of the specification: ten tries within 75 hours.
var DefaultSchedule = Schedule{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// tries is how many there are in all.
func (s Schedule) tries() int { return len(s) + 1 }

// wait is how long to wait after so many failures, counted from 1.
func (s Schedule) wait(failures int) time.Duration {
	if len(s) == 0 {
		return 0
	}
	return jittered(s[min(max(0, failures-1), len(s)-1)])
}

// jittered lengthens a wait by up to a fifth, so that what failed together does not come back
// together.
func jittered(wait time.Duration) time.Duration {
	if wait < 5 {
		return wait
	}
	return wait + rand.N(wait/5)
}

// backoff doubles from the first wait to the last.
type backoff struct{ first, last time.Duration }

// after is the wait after so many failures, counted from 1.
func (b backoff) after(failures int) time.Duration {
	wait := b.first
	for range failures - 1 {
		if wait >= b.last/2 {
			return jittered(b.last)
		}
		wait *= 2
	}
	return jittered(wait)
}
