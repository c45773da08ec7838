package protobuf

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

// occurrence is one place where a field stands in a message.
type occurrence struct {
	field      int32
	start, end int32 // of its value, in the message's bytes
	packed     bool  // a list of numbers in one piece
}

var (
	errBroken  = jsonform.Bad("is no Protobuf message")
	errUnknown = jsonform.Bad("has a field that the schema's message does not: is it another message, or written otherwise?")
)

// scan finds the fields of a message, in the order of the schema and, of one field, of the
// bytes. What it returns is good until the decoder's occurrences are cut back.
func (d *decoder) scan(m *message, data []byte) ([]occurrence, error) {
	from := len(d.occurrences)
	for at := 0; at < len(data); {
		number, wire, size := protowire.ConsumeTag(data[at:])
		if size < 0 || wire == protowire.EndGroupType {
			return nil, errBroken
		}
		at += size
		index, ok := m.byNumber[number]
		if !ok {
			return nil, errUnknown
		}
		o := occurrence{field: int32(index)}
		if wrong := m.fields[index].place(&o, data, at, number, wire, &at); wrong != nil {
			return nil, wrong
		}
		d.occurrences = append(d.occurrences, o)
	}
	found := d.occurrences[from:]
	for oneof := range m.oneofs {
		kept, err := d.lastOf(m, oneof, found, data)
		if err != nil {
			return nil, err
		}
		found = kept
	}
	slices.SortStableFunc(found, func(a, b occurrence) int { return int(a.field - b.field) })
	return found, nil
}

// place finds where a value begins and ends, and what comes after.
func (f *field) place(o *occurrence, data []byte, at int, number protowire.Number, wire protowire.Type, next *int) error {
	start := at
	var size int
	switch {
	case wire == f.wire && wire == protowire.StartGroupType:
		var content []byte
		content, size = protowire.ConsumeGroup(number, data[at:])
		o.end = int32(start + len(content))
	case wire == protowire.BytesType && (f.wire == wire || f.repeated && f.wire != protowire.StartGroupType):
		var content []byte
		content, size = protowire.ConsumeBytes(data[at:])
		o.packed = f.wire != wire
		start += size - len(content)
		o.end = int32(start + len(content))
	case wire == f.wire:
		size = protowire.ConsumeFieldValue(number, wire, data[at:])
		o.end = int32(at + size)
	default:
		return jsonform.In(f.name, jsonform.Bad("is written otherwise than its type is"))
	}
	if size < 0 {
		return errBroken
	}
	o.start = int32(start)
	*next = at + size
	return nil
}

// lastOf keeps of a oneof what was written last: setting one member takes the others back.
// Those had to be values as well.
func (d *decoder) lastOf(m *message, oneof int, found []occurrence, data []byte) ([]occurrence, error) {
	last, keepFrom := int32(-1), 0
	for i, o := range slices.Backward(found) {
		if m.fields[o.field].oneof != oneof {
			continue
		}
		if last < 0 {
			last = o.field
		}
		if o.field != last {
			keepFrom = i + 1
			break
		}
	}
	if keepFrom == 0 {
		return found, nil
	}
	kept := found[:0]
	for i, o := range found {
		f := &m.fields[o.field]
		if i >= keepFrom || f.oneof != oneof {
			kept = append(kept, o)
			continue
		}
		if _, err := d.field(nil, f, found[i:i+1], data); err != nil {
			return nil, jsonform.In(f.name, err)
		}
	}
	return kept, nil
}
