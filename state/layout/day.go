package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/calendar"
)

// dayForm says how the day of an instant is stored: business days begin up to half a day
// before or after those of UTC.
type dayForm byte

const (
	daySame dayForm = iota
	dayNext
	dayBefore
	dayOther // varint, since that in UTC

	dayFormBits = 2
)

func dayFormOf(day calendar.Day, atMicros int64) dayForm {
	switch int64(day) - floorDiv(atMicros, microsPerDay) {
	case 0:
		return daySame
	case 1:
		return dayNext
	case -1:
		return dayBefore
	default:
		return dayOther
	}
}

func (r *reader) dayOf(f dayForm, atMicros int64) calendar.Day {
	switch f {
	case dayNext:
		return calendar.Day(floorDiv(atMicros, microsPerDay) + 1)
	case dayBefore:
		return calendar.Day(floorDiv(atMicros, microsPerDay) - 1)
	case dayOther:
		day := r.daySince(atMicros)
		if dayFormOf(day, atMicros) != dayOther {
			r.fail(errForeign)
		}
		return day
	default:
		return calendar.Day(floorDiv(atMicros, microsPerDay))
	}
}

// appendDay appends varint since the day of an instant in UTC.
func appendDay(dst []byte, day calendar.Day, atMicros int64) []byte {
	return binary.AppendVarint(dst, int64(day)-floorDiv(atMicros, microsPerDay))
}

func (r *reader) daySince(atMicros int64) calendar.Day {
	day := floorDiv(atMicros, microsPerDay) + r.varint()
	if day != int64(calendar.Day(day)) {
		r.fail(errForeign)
	}
	return calendar.Day(day)
}
