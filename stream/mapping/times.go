package mapping

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/history"
)

// epoch converts a count of units since 1970, with a fraction or without, a number or a text.
// With a zone it is a count of the clock on the wall there, as databases give times that have
// no zone of their own.
func epoch(unit time.Duration) conversion {
	return func(dst []byte, v found, o *options) ([]byte, *flaw) {
		text := v.bytes
		if v.isText() {
			text = v.text()
		}
		micros, ok := epochMicros(text, unit)
		if !ok || !v.isText() && !v.isNumber() {
			return dst, bad(history.BadTime, "is no count of time since 1970 in years of four digits")
		}
		at := time.UnixMicro(micros).UTC()
		if o.zone != nil {
			at = inZone(at, o.zone)
		}
		return appendTime(dst, at), nil
	}
}

// epochMicros takes seconds with a fraction; a finer unit is counted whole.
func epochMicros(text []byte, unit time.Duration) (micros int64, ok bool) {
	whole, fraction, hasFraction := bytes.Cut(text, []byte("."))
	count, err := strconv.ParseInt(string(whole), 10, 64)
	if err != nil || hasFraction && (unit != time.Second || len(fraction) == 0) {
		return 0, false
	}
	const farthest = 253_402_300_799 * 1_000_000 // the end of the year 9999
	perMicro, perUnit := int64(1), unit.Microseconds()
	if unit < time.Microsecond {
		perMicro, perUnit = int64(time.Microsecond/unit), 1
	}
	if count /= perMicro; count > farthest/perUnit || count < -62_135_596_800*1_000_000/perUnit {
		return 0, false
	}
	micros = count * perUnit
	weight := int64(100_000)
	if text[0] == '-' {
		weight = -weight
	}
	for _, c := range fraction {
		if !isDigit(c) {
			return 0, false
		}
		micros += weight * int64(c-'0')
		weight /= 10
	}
	return micros, true
}

// inZone is the instant at which a clock in the zone shows what t shows.
func inZone(t time.Time, zone *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
}

// wallClockForms are what convertWallClock reads; a fraction of seconds may follow.
var wallClockForms = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"}

// convertWallClock takes a time or a date without a zone. A Z at its end is left out: some
// writers put it where nobody knows the zone.
func convertWallClock(dst []byte, v found, o *options) ([]byte, *flaw) {
	if !v.isText() {
		return dst, bad(history.BadTime, "is not a text")
	}
	text := string(bytes.TrimSuffix(v.text(), []byte("Z")))
	if o.layout != "" {
		if at, err := time.ParseInLocation(o.layout, text, o.zone); err == nil {
			return appendTime(dst, at), nil
		}
		return dst, bad(history.BadTime, "is no time of the format that the mapping gives")
	}
	for _, form := range wallClockForms {
		if at, err := time.ParseInLocation(form, text, o.zone); err == nil {
			return appendTime(dst, at), nil
		}
	}
	return dst, bad(history.BadTime, "is no time such as 2026-03-14T09:26:53 or 2026-03-14; others need their format, such as DD.MM.YYYY hh:mm")
}

// formatParts are the parts of a format, the longer of those that begin alike first.
var formatParts = []struct{ part, layout string }{
	{"YYYY", "2006"}, {"MM", "01"}, {"M", "1"}, {"DD", "02"}, {"D", "2"}, {"hh", "15"}, {"mm", "04"}, {"ss", "05"},
}

// layoutOf is a format such as DD.MM.YYYY hh:mm as package time has it.
func layoutOf(format string) (string, error) {
	var layout strings.Builder
	dated := map[string]bool{}
next:
	for rest := format; rest != ""; {
		for _, p := range formatParts {
			if after, is := strings.CutPrefix(rest, p.part); is && !dated[p.part[:1]] {
				layout.WriteString(p.layout)
				dated[p.part[:1]] = true
				rest = after
				continue next
			}
		}
		if rest[0] != 'T' && (rest[0] >= 0x80 || isDigit(rest[0]) || rest[0]|0x20 >= 'a' && rest[0]|0x20 <= 'z' || rest[0] == '_') {
			return "", fmt.Errorf("%q, at %q: want YYYY, MM or M, DD or D, hh, mm and ss, each once, and what stands between them", format, rest)
		}
		layout.WriteByte(rest[0])
		rest = rest[1:]
	}
	if !dated["Y"] || !dated["M"] || !dated["D"] {
		return "", fmt.Errorf("%q lacks a year, a month or a day: YYYY, MM, DD", format)
	}
	return layout.String(), nil
}

func appendTime(dst []byte, at time.Time) []byte {
	dst = at.AppendFormat(append(dst, '"'), "2006-01-02T15:04:05.999999Z07:00")
	return append(dst, '"')
}
