package change

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Values are fields as JSON has them, in its order: of a published change, or of what
// shows a customer by the same names.
type Values []Value

// Value is what a field says.
type Value struct {
	Path string // as Field.Path; also of fields that are not in the table
	JSON jsontext.Value
}

// Parse reads a change as it was published, or any JSON object by its paths. Fields
// that this program does not know are in it as well.
func Parse(text []byte) (Values, error) {
	var v Values
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, fmt.Errorf("read change: %w", err)
	}
	return v, nil
}

// Text is what a field says, without quotes; empty where it is null or not there.
func (v Values) Text(path string) string {
	i := v.index(path)
	if i < 0 || v[i].JSON.Kind() == 'n' {
		return ""
	}
	if v[i].JSON.Kind() == '"' {
		text, _ := jsontext.AppendUnquote(nil, v[i].JSON) // it is valid JSON
		return string(text)
	}
	return string(v[i].JSON)
}

// As is what a field says as a T; zero where it is something else, null or not there.
func As[T any](v Values, path string) (t T) {
	if i := v.index(path); i < 0 || json.Unmarshal(v[i].JSON, &t) != nil {
		return *new(T)
	}
	return t
}

func (v Values) index(path string) int {
	return slices.IndexFunc(v, func(one Value) bool { return one.Path == path })
}

// With is these values and those of a struct or a map, by the names of its JSON: each in the
// place of the one that it replaces, or behind the last of its object.
func (v Values) With(more any) (Values, error) {
	var added Values
	text, err := Marshal(more)
	if err == nil {
		err = json.Unmarshal(text, &added)
	}
	if err != nil {
		return nil, fmt.Errorf("add values: %w", err)
	}
	v = slices.Clone(v)
	for _, one := range added {
		if i := v.index(one.Path); i >= 0 {
			v[i] = one
			continue
		}
		at := len(v)
		object, _ := one.split()
		for i := range v {
			if of, _ := v[i].split(); of == object && object != "" {
				at = i + 1
			}
		}
		v = slices.Insert(v, at, one)
	}
	return v, nil
}

// split is the name of the object that has the value, empty at the top, and its own.
func (v *Value) split() (object, name string) {
	i := strings.IndexByte(v.Path, '.')
	return v.Path[:max(0, i)], v.Path[i+1:]
}

// MarshalJSON implements json.Marshaler.
func (v Values) MarshalJSON() ([]byte, error) {
	text, open := []byte{'{'}, ""
	for i := range v {
		object, name := v[i].split()
		if object != open && open != "" {
			text = append(text, '}')
		}
		if i > 0 {
			text = append(text, ',')
		}
		if object != open && object != "" {
			text = fmt.Appendf(text, "%q:{", object)
		}
		text = append(fmt.Appendf(text, "%q:", name), v[i].JSON...)
		open = object
	}
	if open != "" {
		text = append(text, '}')
	}
	return append(text, '}'), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *Values) UnmarshalJSON(text []byte) error {
	if jsontext.Value(text).Kind() != '{' {
		return errors.New("want a JSON object")
	}
	*v = nil
	return v.read(jsontext.NewDecoder(bytes.NewReader(text)), "")
}

// read takes the members of an object, and of those in it.
func (v *Values) read(d *jsontext.Decoder, prefix string) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		path := prefix + name.String()
		if prefix == "" && d.PeekKind() == '{' {
			err = v.read(d, path+".")
		} else {
			var value jsontext.Value
			value, err = d.ReadValue()
			*v = append(*v, Value{path, value.Clone()})
		}
		if err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}
