package customerview

import (
	"fmt"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/event"
)

// Customer is a stored customer, and what it takes to show them.
type Customer struct {
	ID        string
	Stored    *clv.Customer
	Valuation clv.Valuation
	Currency  money.Currency // of the business
	NowMicros int64          // µs; never before the latest event
	Decoding  event.Rules    // by which WhatIf takes events
}

// money is an amount as a decimal in major units.
func (c *Customer) money(minor float64) string {
	return string(money.AppendMajor(nil, minor, c.Currency.Exponent()))
}

// Instant writes a time, in microseconds since 1970.
func Instant(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano) }

// TimeHelp says how a time may be written.
const TimeHelp = "now, 2026-12-24, 2026-12-24T18:30 (business.time_zone) or 2026-12-24T18:30:00Z; a date is the first instant of its day"

// ParseInstant reads a time: now, a date, a date and time of the business's zone, or
// RFC 3339. The error says what is right.
func (c *Customer) ParseInstant(text string) (micros int64, err error) {
	if text == "now" {
		return c.NowMicros, nil
	}
	cal := c.Valuation.Rules.Calendar
	if at, err := time.ParseInLocation(time.DateOnly, text, time.UTC); err == nil { // a day may begin later than midnight
		return cal.Start(calendar.NewCalendar(nil).Day(at.UnixMicro())), nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateTime} {
		if at, err := time.ParseInLocation(form, text, cal.Location()); err == nil {
			return at.UnixMicro(), nil
		}
	}
	return 0, fmt.Errorf("%q is not a time: want %s", text, TimeHelp)
}
