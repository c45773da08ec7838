package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// defaultYear is the year of times that name none.
const defaultYear = 2026

// momentForms are how a time may be written. Without a time of day it is ten o'clock, so
// that a day's order is in the middle of the day in most time zones.
var momentForms = []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05"}

// parseMoment reads a time: 01-31, 01-31T11:00, 2025-12-24T18:30:00, in UTC.
func parseMoment(text string) (time.Time, error) {
	full := text
	if len(text) > 2 && text[2] == '-' {
		full = strconv.Itoa(defaultYear) + "-" + text
	}
	for _, form := range momentForms {
		if at, err := time.Parse(form, full); err == nil {
			if form == momentForms[0] {
				at = at.Add(10 * time.Hour)
			}
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write 01-31, 01-31T11:00 or 2025-12-24T18:30:00 (UTC; without a time of day 10:00)", text)
}

// parseSpan reads a duration, which may be in days.
func parseSpan(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	span, err := time.ParseDuration(text)
	if err != nil || span <= 0 {
		return 0, fmt.Errorf("%q is no span of time: write 30s, 5m, 12h or 7d", text)
	}
	return span, nil
}
