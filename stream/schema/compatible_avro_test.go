package schema

import (
	"fmt"
	"os"
	"reflect"
	"testing"
)

// The Avro schemas stay fully compatible with those that were published first: who has either
// reads what was written with the other. So a field stays as it is, and one that is added has a
// default: it may be null. internal/receivers asks a schema registry the same.
func TestAvroSchemasStayCompatible(t *testing.T) {
	for _, name := range []string{"clv.changed.avsc", "clv.changed.flat.avsc"} {
		released, now := readSchema(t, os.DirFS("testdata/released"), name), readSchema(t, FS, name)
		for _, broken := range recordBreaks(name, released, now) {
			t.Error(broken)
		}
	}
}

func TestAvroBreaksAreFound(t *testing.T) {
	record := func(fields ...any) map[string]any {
		return map[string]any{"type": "record", "name": "R", "fields": fields}
	}
	field := func(name string, of any, more ...any) map[string]any {
		f := map[string]any{"name": name, "type": of, "doc": fmt.Sprint(len(more))}
		if len(more) > 0 {
			f["default"] = more[0]
		}
		return f
	}
	was := record(field("a", "long"), field("b", []any{"null", record(field("c", "string"))}, nil))
	for name, c := range map[string]struct {
		now    map[string]any
		breaks int
	}{
		"nothing":                  {was, 0},
		"another order":            {record(field("b", []any{"null", record(field("c", "string"))}, nil), field("a", "long")), 0},
		"a field that may be null": {record(field("a", "long"), field("b", []any{"null", record(field("c", "string"))}, nil), field("d", []any{"null", "long"}, nil)), 0},
		"a field without default":  {record(field("a", "long"), field("b", []any{"null", record(field("c", "string"))}, nil), field("d", "long")), 1},
		"a field less":             {record(field("a", "long")), 1},
		"another type":             {record(field("a", "double"), field("b", []any{"null", record(field("c", "string"))}, nil)), 1},
		"another scale":            {record(field("a", map[string]any{"type": "long", "scale": 2.0}), field("b", []any{"null", record(field("c", "string"))}, nil)), 1},
		"another type within":      {record(field("a", "long"), field("b", []any{"null", record(field("c", "bytes"))}, nil)), 1},
		"a field within":           {record(field("a", "long"), field("b", []any{"null", record(field("c", "string"), field("d", "long"))}, nil)), 1},
		"no null any more":         {record(field("a", "long"), field("b", record(field("c", "string")), nil)), 1},
	} {
		if got := recordBreaks("r", was, c.now); len(got) != c.breaks {
			t.Errorf("%s: %v, want %d", name, got, c.breaks)
		}
	}
}

// recordBreaks are the places where a record is not fully compatible with the released one.
func recordBreaks(at string, released, now map[string]any) (found []string) {
	if released["name"] != now["name"] || released["namespace"] != now["namespace"] {
		found = append(found, fmt.Sprintf("%s: was called %v, and is %v", at, released["name"], now["name"]))
	}
	had := fieldsByName(released)
	for name, f := range fieldsByName(now) {
		if _, defaults := f["default"]; had[name] == nil && !defaults {
			found = append(found, at+"."+name+": is added without a default: say in its table when it is null")
		}
	}
	for name, was := range had {
		is := fieldsByName(now)[name]
		if is == nil {
			found = append(found, at+"."+name+": is gone")
			continue
		}
		found = append(found, typeBreaks(at+"."+name, was["type"], is["type"])...)
	}
	return found
}

func typeBreaks(at string, was, is any) []string {
	wasUnion, _ := was.([]any)
	isUnion, _ := is.([]any)
	if len(wasUnion) == 2 && len(isUnion) == 2 && wasUnion[0] == isUnion[0] {
		was, is = wasUnion[1], isUnion[1]
	}
	record, before := was.(map[string]any)
	later, still := is.(map[string]any)
	if before && still && record["type"] == "record" && later["type"] == "record" {
		return recordBreaks(at, record, later)
	}
	if !reflect.DeepEqual(was, is) {
		return []string{fmt.Sprintf("%s: was %v, and is %v", at, was, is)}
	}
	return nil
}

func fieldsByName(record map[string]any) map[string]map[string]any {
	all := map[string]map[string]any{}
	fields, _ := record["fields"].([]any)
	for _, one := range fields {
		if f, is := one.(map[string]any); is {
			name, _ := f["name"].(string)
			all[name] = f
		}
	}
	return all
}
