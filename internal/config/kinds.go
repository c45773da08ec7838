package config

import (
	"fmt"
	"log/slog"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a day must not depend on what the machine has installed

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/money"
)

// same shows a value that is its own text.
func same[S ~string](s S) string { return string(s) }

// matching is text that a predicate accepts.
func matching(word, allowed string, ok func(string) bool) kind[string] {
	parse := func(text string) (string, bool) { return text, ok(text) }
	return scalar(word, allowed, parse, same[string], "!!str")
}

// anyText is any text of one line, none included.
var anyText = matching("text", "text on one line", oneLine)

// filePath is the path of a file, or nothing.
var filePath = matching("file", "the path of a file, from the working directory when relative", oneLine)

// namespaceName goes into topic names, keys and their hash tags.
var namespaceName = matching("name", "1 to 64 letters, digits, '_' or '-'", func(s string) bool {
	return len(s) <= 64 && onlyOf(s, "_-")
})

// topicName is what Kafka allows as a topic's name.
var topicName = matching("topic", "a topic's name: 1 to 249 letters, digits, '.', '_' or '-'", func(s string) bool {
	return len(s) <= 249 && onlyOf(s, "._-") && s != "." && s != ".."
})

// address is where a server is.
var address = matching("host:port", "host:port, such as node-1:9092 (no scheme, no credentials)", func(s string) bool {
	host, port, ok := splitAddress(s)
	return ok && host != "" && port > 0
})

// listenAddress is where to listen, or nothing.
var listenAddress = matching("[host]:port", `:port or host:port (port 0 takes a free one), or "" for none`, func(s string) bool {
	_, _, ok := splitAddress(s)
	return ok || s == ""
})

// currencyCode is a currency of ISO 4217.
var currencyCode = scalar("code", "an ISO 4217 code in capitals, such as EUR", func(text string) (money.Currency, bool) {
	c, err := money.ParseCurrency(text)
	return c, err == nil
}, money.Currency.String, "!!str")

// boolean is true or false and no other word for them.
var boolean = scalar("bool", "true or false", func(text string) (bool, bool) {
	return text == "true", text == "true" || text == "false"
}, strconv.FormatBool, "")

// secret is a password in the environment.
var secret = scalar("password", "a password", func(text string) (Secret, bool) {
	return NewSecret(text), true
}, Secret.String, "!!str")

// timeZone is a name in the IANA database. The zone of the machine is refused:
// days would differ from one process to the next.
var timeZone = scalar("zone", "a time zone's IANA name, such as Europe/Berlin or UTC", func(text string) (*time.Location, bool) {
	if text == "" || text == "Local" {
		return nil, false
	}
	zone, err := time.LoadLocation(text)
	return zone, err == nil
}, (*time.Location).String, "!!str")

// logLevel is slog's levels by name.
var logLevel = scalar(closedWord, "debug, info, warn or error", func(text string) (slog.Level, bool) {
	var level slog.Level
	known := slices.Contains([]string{"debug", "info", "warn", "error"}, text)
	return level, known && level.UnmarshalText([]byte(text)) == nil
}, func(level slog.Level) string { return strings.ToLower(level.String()) }, "")

// date is a calendar day, midnight UTC.
var date = scalar("date", "a date such as 2026-01-31, from 1900 to 2199", func(text string) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, text)
	return day, err == nil && day.Year() >= 1900 && day.Year() < 2200
}, func(day time.Time) string { return day.Format(time.DateOnly) }, "")

// closedWord tells flag help that the words are few enough to name.
const closedWord = "word"

// oneOf is a closed set of words.
func oneOf[E ~string](words ...E) kind[E] {
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = string(w)
	}
	last := len(names) - 1
	allowed := strings.Join(names[:last], ", ") + " or " + names[last]
	return scalar(closedWord, allowed, func(text string) (E, bool) {
		return E(text), slices.Contains(words, E(text))
	}, same[E], "!!str")
}

// whole is a whole number within bounds.
func whole(least, most int) kind[int] {
	allowed := fmt.Sprintf("a whole number from %d to %d", least, most)
	return scalar("number", allowed, func(text string) (int, bool) {
		n, err := strconv.Atoi(text)
		return n, err == nil && n >= least && n <= most
	}, strconv.Itoa, "")
}

// number is a number within bounds.
func number(least, most float64) kind[float64] {
	allowed := "a number from " + spellNumber(least) + " to " + spellNumber(most)
	return scalar("number", allowed, func(text string) (float64, bool) {
		x, err := strconv.ParseFloat(text, 64)
		return x, err == nil && x >= least && x <= most // false for NaN
	}, spellNumber, "")
}

// spellNumber is a number without an exponent.
func spellNumber(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// decimal is an exact number, kept as text because a float would not keep it.
func decimal(allowed string, ok func(float64) bool) kind[string] {
	return scalar("decimal", allowed, func(text string) (string, bool) {
		d, err := money.ParseDecimal(text)
		return text, err == nil && ok(d.Float64())
	}, same[string], "")
}

// within is the predicate of a decimal's bounds.
func within(least, most float64) func(float64) bool {
	return func(x float64) bool { return x >= least && x <= most }
}

// duration is a span of time with its unit.
func duration(least, most time.Duration) kind[time.Duration] {
	allowed := fmt.Sprintf("a duration with its unit, from %s to %s", spell(least), spell(most))
	return scalar("duration", allowed, func(text string) (time.Duration, bool) {
		d, err := time.ParseDuration(text)
		return d, err == nil && d >= least && d <= most
	}, spell, "")
}

// durationOrOff is a span of time with its unit, or 0.
func durationOrOff(least, most time.Duration) kind[time.Duration] {
	allowed := fmt.Sprintf("0s, or a duration with its unit from %s to %s", spell(least), spell(most))
	return scalar("duration", allowed, func(text string) (time.Duration, bool) {
		d, err := time.ParseDuration(text)
		return d, err == nil && (d == 0 || d >= least && d <= most)
	}, spell, "")
}

// spell is a duration without units that are zero: 1m, not 1m0s.
func spell(d time.Duration) string {
	text := d.String()
	if short, found := strings.CutSuffix(text, "m0s"); found {
		text = short + "m"
	}
	if short, found := strings.CutSuffix(text, "h0m"); found {
		text = short + "h"
	}
	return text
}

var sizeUnits = []struct {
	name  string
	bytes int
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// size is a number of bytes.
func size(least, most int) kind[int] {
	allowed := fmt.Sprintf("a size such as 64KiB, 4MiB or a number of bytes, from %s to %s", spellSize(least), spellSize(most))
	return scalar("size", allowed, func(text string) (int, bool) {
		n, ok := parseSize(text)
		return n, ok && n >= least && n <= most
	}, spellSize, "")
}

func parseSize(text string) (int, bool) {
	unit := 1
	for _, u := range sizeUnits {
		if digits, found := strings.CutSuffix(text, u.name); found {
			text, unit = strings.TrimSpace(digits), u.bytes
			break
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > math.MaxInt/unit {
		return 0, false
	}
	return n * unit, true
}

func spellSize(n int) string {
	for _, u := range sizeUnits {
		if n >= u.bytes && n%u.bytes == 0 && u.bytes > 1 {
			return strconv.Itoa(n/u.bytes) + u.name
		}
	}
	return strconv.Itoa(n)
}

func splitAddress(text string) (host string, port int, ok bool) {
	host, portText, err := net.SplitHostPort(text)
	if err != nil || strings.ContainsAny(host, "/@ \t,") || !onlyDigits(portText, 5) {
		return "", 0, false
	}
	port, err = strconv.Atoi(portText)
	return host, port, err == nil && port <= 65535
}

func onlyDigits(text string, longest int) bool {
	return text != "" && len(text) <= longest && strings.Trim(text, "0123456789") == ""
}

// onlyOf says whether a text is letters, digits and the marks given, and not
// empty.
func onlyOf(text, marks string) bool {
	for _, r := range text {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && !strings.ContainsRune(marks, r) {
			return false
		}
	}
	return text != ""
}

func oneLine(text string) bool { return !strings.ContainsAny(text, "\r\n\x00") }

// decimalOrNone is an exact number, or nothing.
func decimalOrNone(allowed string) kind[string] {
	return scalar("decimal", allowed, func(text string) (string, bool) {
		_, err := money.ParseDecimal(text)
		return text, err == nil || text == ""
	}, same[string], "")
}

// reasonName is the reason of a change that a policy may hold back.
var reasonName = matching("reason", "a reason of changes: "+strings.Join(reasonNames(), ", "), func(s string) bool {
	return slices.Contains(reasonNames(), s)
})

func reasonNames() (names []string) {
	for r := announce.ReasonFirst; r.String() != announce.Reason(0).String(); r++ {
		if r != announce.ReasonErased { // which is always announced
			names = append(names, r.String())
		}
	}
	return names
}
