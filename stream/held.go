package stream

import "time"

// standstill is a last stable offset that does not move while records lie behind it. It is
// as exact as it is asked for often.
type standstill struct {
	stable int64
	since  time.Time // zero: nothing lies behind it
}

// held is how many records of the partition lie behind an open transaction, and for how
// long the same one has held them.
func (t *task) held(now time.Time) (records int64, age time.Duration) {
	reader := t.reader.Load()
	if reader == nil {
		return 0, 0
	}
	bounds, _ := reader.Bounds()
	return bounds.Held(), t.standstill.at(bounds.LastStableOffset, bounds.Held() > 0, now)
}

func (s *standstill) at(stable int64, held bool, now time.Time) time.Duration {
	switch {
	case !held:
		*s = standstill{}
		return 0
	case s.since.IsZero() || stable != s.stable:
		*s = standstill{stable, now}
	}
	return now.Sub(s.since)
}
