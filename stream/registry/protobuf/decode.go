package protobuf

import (
	"bytes"
	"slices"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

// AppendJSON appends the JSON of a message: its fields by the names of the schema, at most
// limit bytes.
func (m Message) AppendJSON(dst, value []byte, limit int) ([]byte, error) {
	d, ok := decoders.Get().(*decoder)
	if !ok {
		d = &decoder{}
	}
	d.limit = len(dst) + limit
	dst, err := d.message(dst, m.plan, value)
	if cap(d.occurrences) <= keptOccurrences {
		decoders.Put(d)
	}
	return dst, err
}

// decoders are kept for their occurrences, unless a huge message left many.
var decoders sync.Pool

const keptOccurrences = 1024

type decoder struct {
	occurrences []occurrence // of the messages that are open
	depth       int
	limit       int // of dst
}

// message appends an object of a message's fields, or its known form.
func (d *decoder) message(dst []byte, m *message, data []byte) ([]byte, error) {
	if d.depth++; d.depth > jsonform.MaxDepth {
		return dst, jsonform.Bad("is nested too deep")
	}
	before := len(d.occurrences)
	defer func() { d.depth, d.occurrences = d.depth-1, d.occurrences[:before] }()
	if err := jsonform.Limit(len(dst), d.limit); err != nil {
		return dst, err
	}
	found, err := d.scan(m, data)
	if err != nil {
		return dst, err
	}
	if m.append != nil {
		return m.append(d, dst, m, found, data)
	}
	dst = append(dst, '{')
	first := true
	for i := range m.fields {
		f := &m.fields[i]
		own := take(&found, i)
		switch {
		case len(own) == 0 && f.required:
			return dst, jsonform.In(f.name, jsonform.Bad("is required and not there"))
		case len(own) == 0 && f.presence:
			continue
		case !first:
			dst = append(dst, ',')
		}
		first = false
		if dst, err = d.field(append(dst, f.key...), f, own, data); err != nil {
			return dst, jsonform.In(f.name, err)
		}
	}
	return append(dst, '}'), nil
}

// take cuts the occurrences of a field off what is sorted by field.
func take(found *[]occurrence, field int) []occurrence {
	end := 0
	for end < len(*found) && (*found)[end].field == int32(field) {
		end++
	}
	own := (*found)[:end]
	*found = (*found)[end:]
	return own
}

// field appends the value of one field.
func (d *decoder) field(dst []byte, f *field, own []occurrence, data []byte) ([]byte, error) {
	if err := jsonform.Limit(len(dst), d.limit); err != nil {
		return dst, err
	}
	switch {
	case f.isMap:
		return d.entries(dst, f, own, data)
	case f.repeated:
		return d.list(dst, f, own, data)
	case len(own) > 0 && f.of != nil:
		return d.message(dst, f.of, merged(own, data))
	case len(own) > 0:
		return f.appendLast(dst, own, data)
	case f.of != nil: // of a map's entry
		return d.message(dst, f.of, nil)
	case f.zero == nil:
		return dst, errNoSymbol
	default:
		return append(dst, f.zero...), nil
	}
}

// appendLast appends the last of several values. Those before it must be values as well.
func (f *field) appendLast(dst []byte, own []occurrence, data []byte) (_ []byte, err error) {
	start := len(dst)
	for _, o := range own {
		if dst, err = f.appendWire(dst[:start], data[o.start:o.end]); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// merged is a message that stands several times: Protobuf merges them, which is what reading
// one after the other comes to.
func merged(own []occurrence, data []byte) []byte {
	if len(own) == 1 {
		return data[own[0].start:own[0].end]
	}
	var all []byte
	for _, o := range own {
		all = append(all, data[o.start:o.end]...)
	}
	return all
}

func (d *decoder) list(dst []byte, f *field, own []occurrence, data []byte) (_ []byte, err error) {
	dst = append(dst, '[')
	start := len(dst)
	for _, o := range own {
		for value := data[o.start:o.end]; ; {
			element := value
			if o.packed {
				if len(value) == 0 {
					break
				}
				size := protowire.ConsumeFieldValue(1, f.wire, value)
				if size < 0 {
					return dst, errBroken
				}
				element, value = value[:size], value[size:]
			}
			if len(dst) > start {
				dst = append(dst, ',')
			}
			if err := jsonform.Limit(len(dst), d.limit); err != nil {
				return dst, err
			}
			if f.of != nil {
				dst, err = d.message(dst, f.of, element)
			} else {
				dst, err = f.appendWire(dst, element)
			}
			if err != nil {
				return dst, err
			}
			if !o.packed {
				break
			}
		}
	}
	return append(dst, ']'), nil
}

// entry is one entry of a map.
type entry struct {
	key  []byte // in quotes
	data []byte
}

// entries appends a map as an object, sorted by its keys; of one key the last value counts.
func (d *decoder) entries(dst []byte, f *field, own []occurrence, data []byte) ([]byte, error) {
	all := make([]entry, 0, len(own))
	for _, o := range own {
		e := entry{data: data[o.start:o.end]}
		var err error
		if e.key, err = d.part(nil, f.of, 0, e.data); err != nil {
			return dst, err
		}
		if e.key[0] != '"' {
			e.key = append(append([]byte{'"'}, e.key...), '"')
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
	dst = append(dst, '{')
	start := len(dst)
	for i, e := range all {
		before := len(dst)
		if before > start {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = d.part(append(append(dst, e.key...), ':'), f.of, 1, e.data); err != nil {
			return dst, err
		}
		if i+1 < len(all) && bytes.Equal(e.key, all[i+1].key) {
			dst = dst[:before] // and yet it had to be a value
		}
	}
	return append(dst, '}'), nil
}

// part appends one field of a message that is no object itself.
func (d *decoder) part(dst []byte, m *message, index int, data []byte) ([]byte, error) {
	before := len(d.occurrences)
	found, err := d.scan(m, data)
	if err != nil {
		return dst, err
	}
	for i := range index {
		take(&found, i)
	}
	dst, err = d.field(dst, &m.fields[index], take(&found, index), data)
	d.occurrences = d.occurrences[:before]
	return dst, err
}
