package avro

import (
	"strings"

	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

// mean reads a logicalType. One that is unknown, or does not fit the type it stands on, is
// passed over, as the specification has it: the value is then what it is written as.
func (n *node) mean(s map[string]any) {
	name, _ := s["logicalType"].(string)
	switch {
	case name == "decimal" && (n.kind == kindBytes || n.kind == kindFixed):
		n.decimal(s)
	case name == "uuid" && n.kind == kindFixed && n.size == 16:
		n.logical = logicalUUID
	case name == "duration" && n.kind == kindFixed && n.size == 12:
		n.logical = logicalDuration
	case name == "date" && n.kind == kindInt:
		n.logical = logicalDate
	case name == "time-millis" && n.kind == kindInt:
		n.logical, n.digits = logicalTime, jsonform.Millis
	case name == "time-micros" && n.kind == kindLong:
		n.logical, n.digits = logicalTime, jsonform.Micros
	case n.kind == kindLong:
		n.timestamp(name)
	}
}

func (n *node) timestamp(name string) {
	meaning := logicalInstant
	unit, local := strings.CutPrefix(name, "local-timestamp-")
	if local {
		meaning = logicalLocal
	} else {
		unit, _ = strings.CutPrefix(name, "timestamp-")
	}
	digits := map[string]int{"millis": jsonform.Millis, "micros": jsonform.Micros, "nanos": jsonform.Nanos}[unit]
	if digits > 0 && unit != name {
		n.logical, n.digits = meaning, digits
	}
}

// decimal takes a precision, and a scale of at most as many digits.
func (n *node) decimal(s map[string]any) {
	precision, given := s["precision"].(float64)
	scale, _ := s["scale"].(float64)
	if !given || precision < 1 || scale < 0 || scale > precision || precision > 1000 ||
		precision != float64(int(precision)) || scale != float64(int(scale)) {
		return
	}
	n.logical, n.precision, n.scale = logicalDecimal, int(precision), int(scale)
}
