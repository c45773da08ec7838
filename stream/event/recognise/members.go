package recognise

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is how deep an object is followed. Decoding refuses what is deeper than that.
const maxDepth = 64

// members are an object's values as JSON, by their names.
type members map[string][]byte

// membersOf reads an object; false means that data is none, or broken.
func membersOf(data []byte) (o members, ok bool) {
	d := jsontext.NewDecoder(bytes.NewBuffer(data))
	if first, err := d.ReadToken(); err != nil || first.Kind() != jsontext.KindBeginObject {
		return nil, false
	}
	o = members{}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return nil, false
		}
		known := name.String() // before the next token takes its place
		value, ok := valueOf(d, data)
		if !ok {
			return nil, false
		}
		o[known] = value
	}
	return o, true
}

// valueOf goes token by token, where jsontext would recurse.
func valueOf(d *jsontext.Decoder, data []byte) (value []byte, ok bool) {
	before := d.InputOffset()
	for {
		if _, err := d.ReadToken(); err != nil || d.StackDepth() > maxDepth {
			return nil, false
		}
		if d.StackDepth() == 1 {
			return bytes.TrimLeft(data[before:d.InputOffset()], ": \t\r\n"), true
		}
	}
}

// has says whether all names are there, null or not.
func (o members) has(names ...string) bool {
	for _, name := range names {
		if _, is := o[name]; !is {
			return false
		}
	}
	return true
}

// hasAny says whether one of the names is there.
func (o members) hasAny(names ...string) bool {
	for _, name := range names {
		if _, is := o[name]; is {
			return true
		}
	}
	return false
}

// text is what a string says; of other values it is empty.
func (o members) text(name string) string {
	value := o[name]
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	text, _ := jsontext.AppendUnquote(nil, value)
	return string(text)
}

// object is a value's own members; of other values than objects there are none.
func (o members) object(name string) members {
	inner, _ := membersOf(o[name])
	return inner
}
