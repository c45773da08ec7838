package avro

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

// AppendPlain appends the plain JSON of a value in Avro's own JSON encoding, in which bytes
// are texts with a character a byte and the branch of a union is named.
func (s *Schema) AppendPlain(dst, value []byte, limit int) ([]byte, error) {
	d := textDecoder{in: jsontext.NewDecoder(bytes.NewReader(value)), nesting: nesting{limit: len(dst) + limit}}
	dst, err := d.value(dst, s.root)
	if err == nil {
		if _, after := d.in.ReadToken(); after == nil {
			err = jsonform.Bad("has more JSON than its schema takes")
		}
	}
	var flaw *jsonform.Flaw
	if err != nil && !errors.As(err, &flaw) {
		err = jsonform.Bad("is not JSON")
	}
	return dst, err
}

type textDecoder struct {
	in *jsontext.Decoder
	nesting
}

var errOther = jsonform.Bad("is not what Avro's JSON encoding has for its type")

func (d *textDecoder) value(dst []byte, n *node) ([]byte, error) {
	if err := d.enter(len(dst)); err != nil {
		return dst, err
	}
	defer d.leave()
	switch n.kind {
	case kindUnion:
		return d.union(dst, n)
	case kindRecord:
		return d.record(dst, n)
	case kindMap:
		return d.entries(dst, n)
	case kindArray:
		return d.array(dst, n)
	}
	token, err := d.in.ReadToken()
	if err != nil {
		return dst, err
	}
	return n.appendToken(dst, token)
}

// union reads null, or an object whose one member names the branch.
func (d *textDecoder) union(dst []byte, n *node) ([]byte, error) {
	name := "null"
	isNull := d.in.PeekKind() == 'n'
	if !isNull {
		if err := d.begin('{'); err != nil {
			return dst, err
		}
		token, err := d.in.ReadToken()
		if err != nil {
			return dst, err
		}
		if name = token.String(); token.Kind() != '"' {
			return dst, errOther
		}
	}
	for _, branch := range n.branches {
		if branch.name != name || isNull != (branch.kind == kindNull) {
			continue
		}
		dst, err := d.value(dst, branch)
		if err == nil && !isNull {
			err = d.begin('}')
		}
		return dst, err
	}
	return dst, jsonform.Bad("is no branch of its union")
}

func (d *textDecoder) record(dst []byte, n *node) ([]byte, error) {
	if err := d.begin('{'); err != nil {
		return dst, err
	}
	dst = append(dst, '{')
	for i := 0; ; i++ {
		token, err := d.in.ReadToken()
		if err != nil {
			return dst, err
		}
		if token.Kind() == '}' {
			if i != len(n.fields) {
				return dst, jsonform.Bad("lacks a field of its record")
			}
			return append(dst, '}'), nil
		}
		f := n.field(token.String())
		if f == nil {
			return dst, jsonform.Bad("has a field that its record does not")
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = d.value(append(dst, f.key...), f.of); err != nil {
			return dst, jsonform.In(f.name, err)
		}
	}
}

func (n *node) field(name string) *field {
	for i := range n.fields {
		if n.fields[i].name == name {
			return &n.fields[i]
		}
	}
	return nil
}

func (d *textDecoder) entries(dst []byte, n *node) ([]byte, error) {
	if err := d.begin('{'); err != nil {
		return dst, err
	}
	dst = append(dst, '{')
	for i := 0; ; i++ {
		token, err := d.in.ReadToken()
		if err != nil || token.Kind() == '}' {
			return append(dst, '}'), err
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = jsonform.AppendText(dst, []byte(token.String())); err != nil {
			return dst, err
		}
		if dst, err = d.value(append(dst, ':'), n.items); err != nil {
			return dst, err
		}
	}
}

func (d *textDecoder) array(dst []byte, n *node) ([]byte, error) {
	if err := d.begin('['); err != nil {
		return dst, err
	}
	dst = append(dst, '[')
	for i := 0; d.in.PeekKind() != ']'; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = d.value(dst, n.items); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), d.begin(']')
}

// begin takes a bracket.
func (d *textDecoder) begin(bracket jsontext.Kind) error {
	token, err := d.in.ReadToken()
	if err == nil && token.Kind() != bracket {
		err = errOther
	}
	return err
}
