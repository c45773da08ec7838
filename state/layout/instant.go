package layout

import (
	"encoding/binary"
	"math"
)

// grain is the unit in which an instant is stored since another: events of most shops tell
// whole seconds or milliseconds, and what follows from days is whole seconds.
type grain byte

const (
	seconds grain = iota
	millis
	micros

	grains
)

const (
	microsPerMilli  = 1000
	microsPerSecond = 1_000_000
	microsPerDay    = 86_400 * microsPerSecond
)

// grainOf is the coarsest of which an instant is a whole number.
func grainOf(atMicros int64) grain {
	switch {
	case atMicros%microsPerSecond == 0:
		return seconds
	case atMicros%microsPerMilli == 0:
		return millis
	default:
		return micros
	}
}

// whole is how many whole ones have passed since 1970.
func (g grain) whole(atMicros int64) int64 {
	switch g {
	case seconds:
		return floorDiv(atMicros, microsPerSecond)
	case millis:
		return floorDiv(atMicros, microsPerMilli)
	default:
		return atMicros
	}
}

// most is how many whole ones 64 bits hold.
func (g grain) most() int64 {
	switch g {
	case seconds:
		return math.MaxInt64 / microsPerSecond
	case millis:
		return math.MaxInt64 / microsPerMilli
	default:
		return math.MaxInt64
	}
}

// floorDiv divides rounding down, also before 1970.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// appendSince appends an instant that is whole in the grain: varint since another.
func appendSince(dst []byte, atMicros, sinceMicros int64, g grain) []byte {
	return binary.AppendVarint(dst, g.whole(atMicros)-g.whole(sinceMicros))
}

func (r *reader) since(sinceMicros int64, g grain) (atMicros int64) {
	return r.start(g.whole(sinceMicros)+r.varint(), g)
}

// start is the instant at which so many whole ones have passed.
func (r *reader) start(whole int64, g grain) (atMicros int64) {
	switch {
	case g == micros:
		return whole
	case whole > g.most() || whole < -g.most():
		r.fail(errForeign)
		return 0
	case g == millis:
		return whole * microsPerMilli
	default:
		return whole * microsPerSecond
	}
}

// form says how an instant is stored beside others: the first of these that it can be.
type form byte

const (
	formNone    form = iota // 0: it is not set
	formSame                // as the one that it is stored since
	formBefore              // as the one stored before it
	formSeconds             // varint since, as appendSince has it; and in the other grains
	formMillis
	formMicros

	forms
	formBits = 3
)

func formOf(atMicros, sinceMicros, beforeMicros int64) form {
	switch atMicros {
	case 0:
		return formNone
	case sinceMicros:
		return formSame
	case beforeMicros:
		return formBefore
	default:
		return formSeconds + form(grainOf(atMicros))
	}
}

func (f form) append(dst []byte, atMicros, sinceMicros int64) []byte {
	if f < formSeconds {
		return dst
	}
	return appendSince(dst, atMicros, sinceMicros, grain(f-formSeconds))
}

// formed reads an instant of a form, and takes no other form than the one it is written in.
func (r *reader) formed(f form, sinceMicros, beforeMicros int64) (atMicros int64) {
	switch {
	case f >= forms:
		r.fail(newer("form of an instant", byte(f)))
		return 0
	case f >= formSeconds:
		atMicros = r.since(sinceMicros, grain(f-formSeconds))
	case f == formBefore:
		atMicros = beforeMicros
	case f == formSame:
		atMicros = sinceMicros
	}
	if formOf(atMicros, sinceMicros, beforeMicros) != f {
		r.fail(errForeign)
	}
	return atMicros
}

// appendInstant appends an instant by itself: form byte, and what it has.
func appendInstant(dst []byte, atMicros, sinceMicros int64) []byte {
	f := formOf(atMicros, sinceMicros, sinceMicros)
	return f.append(append(dst, byte(f)), atMicros, sinceMicros)
}

func (r *reader) instant(sinceMicros int64) (atMicros int64) {
	return r.formed(form(r.byte()), sinceMicros, sinceMicros)
}
