package schema

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Schemas may grow, and never break who has registered them: testdata/released holds each as
// it was published first.
//
//	clv.changed, which we write   a field stays, with no type that it did not have; what was required stays so
//	events, which we read         a field stays, with all types that it had; nothing more is required, no limit is narrower
//
// A field that is added is copied there with the version that brings it.
func TestSchemasStayCompatible(t *testing.T) {
	files, err := fs.Glob(os.DirFS("testdata/released"), "*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		released := readSchema(t, os.DirFS("testdata/released"), file)
		now := readSchema(t, FS, file)
		written := strings.HasPrefix(file, "clv.changed")
		for _, broken := range breaks(strings.TrimSuffix(file, ".json"), released, now, released, now, written) {
			t.Error(broken)
		}
	}
}

// The comparison finds what it is for.
func TestBreaksAreFound(t *testing.T) {
	was := map[string]any{
		"required": []any{"a"}, "properties": map[string]any{
			"a": map[string]any{"type": []any{"string", "null"}, "maxLength": 5.0}, "b": map[string]any{"$ref": "#/$defs/x"},
		},
		"$defs": map[string]any{"x": map[string]any{"type": "integer"}},
	}
	for name, c := range map[string]struct {
		written bool
		change  func(now map[string]any)
		breaks  int
	}{
		"nothing":                 {true, func(map[string]any) {}, 0},
		"a field more":            {true, func(now map[string]any) { properties(now)["c"] = map[string]any{"type": "string"} }, 0},
		"a field less":            {false, func(now map[string]any) { delete(properties(now), "b") }, 1},
		"a type more, written":    {true, func(now map[string]any) { property(now, "a")["type"] = []any{"string", "null", "number"} }, 1},
		"a type less, written":    {true, func(now map[string]any) { property(now, "a")["type"] = "string" }, 0},
		"a type less, read":       {false, func(now map[string]any) { property(now, "a")["type"] = "string" }, 1},
		"a type more, read":       {false, func(now map[string]any) { property(now, "a")["type"] = []any{"string", "null", "number"} }, 0},
		"required no more":        {true, func(now map[string]any) { now["required"] = []any{} }, 1},
		"required too":            {false, func(now map[string]any) { now["required"] = []any{"a", "b"} }, 1},
		"a limit, narrower":       {false, func(now map[string]any) { property(now, "a")["maxLength"] = 4.0 }, 1},
		"a definition, otherwise": {false, func(now map[string]any) { now["$defs"] = map[string]any{"x": map[string]any{"type": "string"}} }, 1},
	} {
		now := clone(was)
		c.change(now)
		if got := breaks("s", was, now, was, now, c.written); len(got) != c.breaks {
			t.Errorf("%s: %v, want %d", name, got, c.breaks)
		}
	}
}

func clone(of map[string]any) (other map[string]any) {
	text, _ := json.Marshal(of)
	_ = json.Unmarshal(text, &other)
	return other
}

func property(s map[string]any, name string) map[string]any {
	p, _ := properties(s)[name].(map[string]any)
	return p
}

func properties(s map[string]any) map[string]any {
	p, _ := s["properties"].(map[string]any)
	return p
}

func readSchema(t *testing.T, from fs.FS, name string) (s map[string]any) {
	t.Helper()
	text, err := fs.ReadFile(from, name)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		t.Fatal(filepath.Base(name), err)
	}
	return s
}

// limits may be as they were, and no narrower; whatever they are, another one is looked at.
var limits = []string{"pattern", "minLength", "maxLength", "minimum", "maximum", "enum", "const", "format", "anyOf", "additionalProperties"}

// breaks are the places where a schema breaks who relies on the released one. The roots hold
// the definitions.
func breaks(at string, released, now, releasedRoot, nowRoot map[string]any, written bool) (found []string) {
	released, now = resolved(released, releasedRoot), resolved(now, nowRoot)
	had, has := typesOf(released), typesOf(now)
	wider, narrower := !subset(has, had), !subset(had, has)
	if written && wider || !written && narrower {
		found = append(found, fmt.Sprintf("%s: its types were %v, and are %v", at, had, has))
	}
	mustHave, must := texts(released["required"]), texts(now["required"])
	if written && !subset(mustHave, must) || !written && !subset(must, mustHave) {
		found = append(found, fmt.Sprintf("%s: required were %v, and are %v", at, mustHave, must))
	}
	for _, limit := range limits {
		if !reflect.DeepEqual(released[limit], now[limit]) {
			found = append(found, fmt.Sprintf("%s: %s was %v, and is %v", at, limit, released[limit], now[limit]))
		}
	}
	for name := range properties(released) {
		if property(now, name) == nil {
			found = append(found, at+"."+name+": is gone")
			continue
		}
		found = append(found, breaks(at+"."+name, property(released, name), property(now, name), releasedRoot, nowRoot, written)...)
	}
	return found
}

// resolved is a schema with what its reference means.
func resolved(s, root map[string]any) map[string]any {
	ref, is := s["$ref"].(string)
	if !is {
		return s
	}
	definitions, _ := root["$defs"].(map[string]any)
	meant, _ := definitions[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	return meant
}

func typesOf(s map[string]any) []string {
	if one, is := s["type"].(string); is {
		return []string{one}
	}
	return texts(s["type"])
}

func texts(of any) (all []string) {
	list, _ := of.([]any)
	for _, one := range list {
		if text, is := one.(string); is {
			all = append(all, text)
		}
	}
	return all
}

func subset(of, all []string) bool {
	return !slices.ContainsFunc(of, func(one string) bool { return !slices.Contains(all, one) })
}
