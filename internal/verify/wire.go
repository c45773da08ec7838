package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/money"
)

// What docs/events.md says of a change's headers.
const (
	eventType   = "io.clvstream.clv.changed.v1" // ce_type
	dueIDPrefix = "due:"                        // begins the ce_id of a change that time caused
)

// wireChange takes the JSON of a change apart, a field after the other, by their
// paths as docs/events.md lists them. It is naive on purpose: it shares nothing with
// what writes a change.
type wireChange struct {
	fields   map[string]json.RawMessage
	currency money.Currency
	wrong    error // of fields that cannot be read
}

func readWire(value []byte, currency money.Currency) (w wireChange, err error) {
	w = wireChange{fields: map[string]json.RawMessage{}, currency: currency}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(value, &top); err != nil {
		return w, err
	}
	for name, raw := range top {
		w.fields[name] = raw
		if raw[0] != '{' {
			continue
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(raw, &object); err != nil {
			return w, err
		}
		for inner, raw := range object {
			w.fields[name+"."+inner] = raw
		}
	}
	return w, nil
}

// has says whether an object, or a field that may be left out, is there.
func (w *wireChange) has(path string) bool {
	_, there := w.fields[path]
	return there
}

// isNull says whether a field is null. One that is missing is not.
func (w *wireChange) isNull(path string) bool { return string(w.fields[path]) == "null" }

func (w *wireChange) refuse(path, want string) {
	w.wrong = errors.Join(w.wrong, fmt.Errorf("%s is %s, want %s", path, orMissing(w.fields[path]), want))
}

func orMissing(raw json.RawMessage) string {
	if raw == nil {
		return "missing"
	}
	return string(raw)
}

// read puts a JSON value where it belongs.
func (w *wireChange) read(path, want string, into any) {
	if raw := w.fields[path]; raw == nil || w.isNull(path) || json.Unmarshal(raw, into) != nil {
		w.refuse(path, want)
	}
}

func (w *wireChange) text(path string) (text string) {
	w.read(path, "a text", &text)
	return text
}

// textOrNull is empty for null.
func (w *wireChange) textOrNull(path string) string {
	if w.isNull(path) {
		return ""
	}
	text := w.text(path)
	if text == "" && w.wrong == nil {
		w.refuse(path, "null or a text")
	}
	return text
}

func (w *wireChange) truth(path string) (truth bool) {
	w.read(path, "true or false", &truth)
	return truth
}

func (w *wireChange) count(path string) int32 {
	var count int32
	if w.read(path, "a count", &count); count < 0 {
		w.refuse(path, "no less than 0")
	}
	return count
}

func (w *wireChange) number(path string) (number float64) {
	w.read(path, "a number", &number)
	return number
}

// numberOrNull is NaN for null.
func (w *wireChange) numberOrNull(path string) float64 {
	if w.isNull(path) {
		return math.NaN()
	}
	return w.number(path)
}

// instant is in microseconds since 1970.
func (w *wireChange) instant(path string) int64 {
	at, err := time.Parse(time.RFC3339Nano, w.text(path))
	if err != nil || at.Location() != time.UTC {
		w.refuse(path, "an instant in UTC")
	}
	return at.UnixMicro()
}

func (w *wireChange) day(path string) calendar.Day {
	at, err := time.Parse(time.DateOnly, w.text(path))
	if err != nil {
		w.refuse(path, "a day")
	}
	return calendar.Day(at.Unix() / (24 * 60 * 60))
}

func (w *wireChange) amount(path string) int64 {
	minor, err := minorOf(w.text(path), w.currency.Exponent())
	if err != nil {
		w.refuse(path, "an amount of "+w.currency.String())
	}
	return minor
}

// word is a text of a closed set.
func word[W any](w *wireChange, path string, parse func(string) (W, bool)) W {
	value, known := parse(w.text(path))
	if !known {
		w.refuse(path, "one of its words")
	}
	return value
}

// minorOf reads a decimal with all of a currency's decimals.
func minorOf(text string, exponent int) (int64, error) {
	if exponent > 0 {
		whole, fraction, _ := strings.Cut(text, ".")
		if len(fraction) != exponent {
			return 0, fmt.Errorf("%q has not %d decimals", text, exponent)
		}
		text = whole + fraction
	}
	minor, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no amount", text)
	}
	return minor, nil
}
