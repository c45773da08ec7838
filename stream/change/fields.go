package change

import (
	"iter"
	"strings"
)

// What follows from the table is made once: paths, and what JSON writes before each
// value.
func init() {
	for i := range table {
		object := &table[i]
		comma := ","
		if object.Name != "" {
			object.open = `,"` + object.Name + `":{`
			comma = ""
		} else if i == 0 {
			comma = ""
		}
		for j := range object.Fields {
			f := &object.Fields[j]
			f.Path, f.there = f.Name, object.there
			if object.Name != "" {
				f.Path = object.Name + "." + f.Name
			}
			f.key = comma + `"` + f.Name + `":`
			comma = ","
			f.flat = `,"` + f.FlatName() + `":`
		}
	}
}

// FlatName is the field's name where a change has no objects: "clv_current".
func (f *Field) FlatName() string { return strings.ReplaceAll(f.Path, ".", "_") }

// Objects are the objects of a change and the runs of fields between them, in the
// order of the JSON. They are read only.
func Objects() []Object { return table[:] }

// Fields goes through every field, in the order of the JSON.
func Fields() iter.Seq[*Field] {
	return func(yield func(*Field) bool) {
		for i := range table {
			for j := range table[i].Fields {
				if !yield(&table[i].Fields[j]) {
					return
				}
			}
		}
	}
}

// Lookup finds a field by its path; nil: there is none.
func Lookup(path string) *Field {
	for f := range Fields() {
		if f.Path == path {
			return f
		}
	}
	return nil
}
