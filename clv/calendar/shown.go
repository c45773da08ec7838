package calendar

import "time"

// Times are shown to people by the business's clock and to the second; programs read them
// in UTC and to the microsecond. A year comes first, so that columns sort.
const (
	toTheMinute = "2006-01-02 15:04"
	toTheSecond = "2006-01-02 15:04:05"
)

// Minute shows a time in a line of what goes on.
func (c Calendar) Minute(at time.Time) string { return at.In(c.Location()).Format(toTheMinute) }

// Second shows a time in a table, which says its zone once.
func (c Calendar) Second(at time.Time) string { return at.In(c.Location()).Format(toTheSecond) }

// Named shows a time with its zone, in a sentence.
func (c Calendar) Named(at time.Time) string { return at.In(c.Location()).Format(toTheSecond + " MST") }

// Exact shows a time that a person may have to give back: to the microsecond, and with its
// distance from UTC, so that the hour which a clock runs through twice is no question.
func (c Calendar) Exact(at time.Time) string { return at.In(c.Location()).Format(time.RFC3339Nano) }
