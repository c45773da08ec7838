// Package classes prints types of a change for programs of other languages, and of Go.
//
//	change's table ──► Print ──► Java records, Python dataclasses, TypeScript interfaces, Go structs
//
// They are those of the JSON, with its names and its objects. Fields that are added later are
// passed over by those that were printed before.
package classes

//go:generate go test -run TestGenerated -update .

import (
	"fmt"
	"strings"

	"github.com/clvstream/clvstream/stream/change"
)

// Language is what types are printed for.
type Language string

// The languages.
const (
	Java       Language = "java"
	Python     Language = "python"
	TypeScript Language = "typescript"
	Go         Language = "go"
)

// Languages are all of them, and the files that their types stand in.
var Languages = map[Language]string{Java: "ClvChanged.java", Python: "clv_changed.py", TypeScript: "clv_changed.ts", Go: "clv_changed.go"}

// Print prints the types of a change.
func Print(language Language) (string, error) {
	switch language {
	case Java:
		return printJava(), nil
	case Python:
		return printPython(), nil
	case TypeScript:
		return printTypeScript(), nil
	case Go:
		return printGo(), nil
	}
	return "", fmt.Errorf("print types for %q: want java, python, typescript or go", string(language))
}

// member is a field of a class: of the change's itself, or one that holds an object of it.
type member struct {
	name   string
	about  string
	field  *change.Field // nil: it holds the object
	object *change.Object
	null   bool // it may be null
	absent bool // it may not be there
}

// members are those of an object.
func members(o *change.Object) (all []member) {
	for i := range o.Fields {
		f := &o.Fields[i]
		all = append(all, member{name: f.Name, about: f.Description(), field: f, null: f.Null != "", absent: f.Absent != ""})
	}
	return all
}

// topMembers are those of a change.
func topMembers() (all []member) {
	objects := change.Objects()
	for i := range objects {
		if o := &objects[i]; o.Name == "" {
			all = append(all, members(o)...)
		} else {
			all = append(all, member{name: o.Name, about: o.Description(), object: o, absent: o.Absent != ""})
		}
	}
	return all
}

// named are the objects that have a class of their own.
func named() (all []*change.Object) {
	objects := change.Objects()
	for i := range objects {
		if objects[i].Name != "" {
			all = append(all, &objects[i])
		}
	}
	return all
}

// camel is a name in snake case as one of several words put together.
func camel(name string, first bool) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		if i > 0 || first {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

const printed = "Printed by clvstream types: print it anew rather than edit it."
