package main

import (
	"io"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/internal/config"
)

// clock shows times to people, in the business's zone. Answers have them as JSON does, in UTC.
type clock struct{ calendar.Calendar }

func clockOf(cfg config.Config) clock {
	return clock{calendar.NewCalendar(cfg.Business.TimeZone)}
}

// column is an answer's time in a table whose zone is said once.
func (c clock) column(answered string) string { return shownBy(c.Second, answered) }

// sentence is an answer's time with its zone.
func (c clock) sentence(answered string) string { return shownBy(c.Named, answered) }

// shownBy leaves what is no time as it is: there may be none.
func shownBy(show func(time.Time) string, answered string) string {
	at, err := time.Parse(time.RFC3339, answered)
	if err != nil {
		return answered
	}
	return show(at)
}

// exact is an instant that may have to be given back, in a message.
func (c clock) exact(micros int64) string { return c.Exact(time.UnixMicro(micros)) }

// zone says of which zone the times of a table are.
func (c clock) zone() string { return "times in " + c.Location().String() }

// writeZone ends an answer with a table of times.
func (c clock) writeZone(w io.Writer) { line(w, "\n%s", c.zone()) }
