package scenario

import "time"

// quietAfter is for how long an input that brings nothing holds the others back.
const quietAfter = time.Minute

// inputTime is the rule of stream time, said a second time and from the events alone:
//
//	each event brings its input as far as its event time, plus the time since it was seen;
//	the input is where the furthest of them has brought it;
//	the lowest input counts, but one that has been quiet for a minute holds nobody back;
//	if all are quiet, the furthest counts; it is never ahead of the clock.
//
// An input that never had an event does not count.
type inputTime struct {
	newest map[string]time.Time     // event time, by input
	offset map[string]time.Duration // of the event time from the clock, at best
	came   map[string]time.Time     // on the clock, when the last event came
}

func newInputTime() *inputTime {
	return &inputTime{newest: map[string]time.Time{}, offset: map[string]time.Duration{}, came: map[string]time.Time{}}
}

func (t *inputTime) take(input string, at, clock time.Time) {
	t.came[input] = clock
	if at.After(t.newest[input]) {
		t.newest[input] = at
	}
	if best, known := t.offset[input]; !known || at.Sub(clock) > best {
		t.offset[input] = at.Sub(clock)
	}
}

// at is the stream time on the clock; zero: not known.
func (t *inputTime) at(clock time.Time) time.Time {
	var lowest, furthest time.Time
	for input, offset := range t.offset {
		come := clock.Add(offset)
		if come.After(furthest) {
			furthest = come
		}
		if clock.Sub(t.came[input]) < quietAfter && (lowest.IsZero() || come.Before(lowest)) {
			lowest = come
		}
	}
	if lowest.IsZero() {
		lowest = furthest
	}
	if lowest.After(clock) {
		return clock
	}
	return lowest
}

// byEvents is the stream time of mode event: as far as the furthest event, once all is read.
func (t *inputTime) byEvents() (furthest time.Time) {
	for _, newest := range t.newest {
		if newest.After(furthest) {
			furthest = newest
		}
	}
	return furthest
}
