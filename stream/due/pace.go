package due

import "time"

// pace tells a replay, or catching up after a downtime, from live traffic: stream time runs
// where it passes more than twice as fast as the clock, measured over a second or more.
type pace struct {
	micros int64 // stream time when it was measured last
	at     time.Time
	fast   bool
}

const (
	fastAbove  = 2
	paceWindow = time.Second
)

func (p *pace) runs(streamMicros int64, now time.Time) bool {
	passed := now.Sub(p.at)
	if passed < paceWindow {
		return p.fast
	}
	p.fast = !p.at.IsZero() && streamMicros-p.micros > fastAbove*passed.Microseconds()
	p.micros, p.at = streamMicros, now
	return p.fast
}
