package audience

import (
	"maps"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/clvstream/clvstream/stream/change"
)

// variable is a name at the top of a change: a field, or an object of some.
type variable struct {
	kind   *cel.Type
	field  *change.Field     // nil: it is an object
	object int               // its place among the objects
	fields map[string]*field // of the object
}

// field is a field of an object, with its type.
type field struct {
	*change.Field
	kind *cel.Type
}

// variables are all names at the top of a change.
var variables = indexVariables()

func indexVariables() map[string]*variable {
	all := map[string]*variable{}
	for i, o := range change.Objects() {
		if o.Name == "" {
			for f := range o.Fields {
				all[o.Fields[f].Name] = &variable{kind: kindOf(&o.Fields[f]), field: &o.Fields[f]}
			}
			continue
		}
		v := &variable{kind: types.NewObjectType(objectPrefix + o.Name), object: i, fields: map[string]*field{}}
		for f := range o.Fields {
			v.fields[o.Fields[f].Name] = &field{&o.Fields[f], kindOf(&o.Fields[f])}
		}
		all[o.Name] = v
	}
	return all
}

// objectPrefix begins the name of an object's type. No filter can write it, and so
// none can make an object.
const objectPrefix = "object "

// kinds are the CEL types of fields that are never null. Money is a number in major
// units, a day a timestamp at midnight UTC.
var kinds = map[change.Type]*cel.Type{
	change.Text: cel.StringType, change.Count: cel.IntType, change.Number: cel.DoubleType, change.Money: cel.DoubleType,
	change.Time: cel.TimestampType, change.Day: cel.TimestampType, change.Truth: cel.BoolType,
}

// kindOf is a field's type. CEL's timestamps may always be null.
func kindOf(f *change.Field) *cel.Type {
	kind := kinds[f.Type]
	if f.MayLack() && kind != cel.TimestampType {
		return cel.NullableType(kind)
	}
	return kind
}

// namesOf are names in order.
func namesOf[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }

// objectTypes declares to CEL the fields of a change's objects.
type objectTypes struct{ *types.Registry }

// fieldsOf are the fields of an object by the name of its type; nil: it is another
// type.
func fieldsOf(typeName string) map[string]*field {
	if len(typeName) <= len(objectPrefix) || typeName[:len(objectPrefix)] != objectPrefix {
		return nil
	}
	if v := variables[typeName[len(objectPrefix):]]; v != nil {
		return v.fields
	}
	return nil
}

// FindStructType implements types.Provider.
func (t *objectTypes) FindStructType(name string) (*types.Type, bool) {
	if fieldsOf(name) != nil {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return t.Registry.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (t *objectTypes) FindStructFieldNames(name string) ([]string, bool) {
	if fields := fieldsOf(name); fields != nil {
		return namesOf(fields), true
	}
	return t.Registry.FindStructFieldNames(name)
}

// FindStructFieldType implements types.Provider.
func (t *objectTypes) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if f, ok := fieldsOf(name)[field]; ok {
		return &types.FieldType{Type: f.kind, IsSet: f.isSet, GetFrom: f.get}, true
	}
	return t.Registry.FindStructFieldType(name, field)
}

// get reads a field of an object; of one that is not there, null.
func (f *field) get(of any) (any, error) {
	if o, ok := of.(*object); ok {
		return o.of.value(f.Field), nil
	}
	return types.NullValue, nil
}

func (f *field) isSet(of any) bool {
	o, ok := of.(*object)
	return ok && o.of.value(f.Field) != ref.Val(types.NullValue)
}
