package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv"
)

// markerSchema begins what is stored under an id of whom nothing else is. It leaves room for
// many layouts of customers before it.
const markerSchema = 0x40

// MarkerForm says what a marker is of. Its number is stored.
type MarkerForm byte

// MarkerErased says that the customer was erased. A later version may add forms: those are
// ErrNewer here.
const MarkerErased MarkerForm = 1

// Marker is what is stored under the id of a customer of whom nothing is known any more.
type Marker struct {
	Form     MarkerForm
	AtMicros int64 // of an erasure: of it and before it, nothing is taken
	// Version is that of the last change, if a new customer may begin, and else 0.
	Version uint64
}

// AppendMarker appends the marker's stored form to dst:
//
//	schema   1 byte: 64
//	form     1 byte: erased 1
//	instant  varint µs      ┐ if erased
//	version  uvarint        ┘
func AppendMarker(dst []byte, m Marker) []byte {
	dst = append(dst, markerSchema, byte(m.Form))
	dst = binary.AppendVarint(dst, m.AtMicros)
	return binary.AppendUvarint(dst, m.Version)
}

// IsMarker says whether what is stored under a customer's id is a marker.
func IsMarker(stored string) bool { return len(stored) > 0 && stored[0] == markerSchema }

// DecodeMarker is the inverse of AppendMarker, and as strict as DecodeCustomer.
func DecodeMarker(stored string) (Marker, error) {
	r := &reader{rest: stored}
	m := r.marker()
	return m, r.end("marker")
}

func (r *reader) marker() (m Marker) {
	r.schema(markerSchema, markerSchema)
	switch m.Form = MarkerForm(r.byte()); m.Form {
	case MarkerErased:
		m.AtMicros, m.Version = r.varint(), r.uvarint()
	case 0:
		r.fail(errForeign)
	default:
		r.fail(newer("form of a marker", byte(m.Form)))
	}
	return m
}

// markerOf is the marker of a customer who was erased.
func markerOf(c *clv.Customer) Marker {
	return Marker{Form: MarkerErased, AtMicros: c.Erasure.AtMicros, Version: c.Erasure.Version}
}

func readMarker(r *reader, c *clv.Customer) {
	m := r.marker()
	c.Version = m.Version
	c.Erasure = clv.Erasure{Known: true, AtMicros: m.AtMicros, Version: m.Version}
}

// appendErasure appends, of a customer who began anew after an erasure, its instant varint µs
// and the version of the last change before uvarint.
func appendErasure(dst []byte, c *clv.Customer) []byte {
	if !c.Erasure.Anew {
		return dst
	}
	dst = binary.AppendVarint(dst, c.Erasure.AtMicros)
	return binary.AppendUvarint(dst, c.Erasure.Version)
}

func readErasure(r *reader, c *clv.Customer) {
	c.Erasure = clv.Erasure{Known: true, Anew: true, AtMicros: r.varint(), Version: r.uvarint()}
	if c.Erasure.Version > c.Version {
		r.fail(errForeign)
	}
}
