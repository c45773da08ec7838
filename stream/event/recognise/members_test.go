package recognise

import (
	"strings"
	"testing"
)

func TestMembers(t *testing.T) {
	o, ok := membersOf([]byte(` { "a" : "x\u0041" , "b":{"c": [1, {"d":null}]},"e" : 12,"\u0066":null}`))
	if !ok || len(o) != 4 || !o.has("a", "b", "e", "f") || o.has("a", "c") || !o.hasAny("z", "f") || o.hasAny("z") {
		t.Fatalf("%q, %v", o, ok)
	}
	if o.text("a") != "xA" || o.text("b") != "" || o.text("z") != "" || string(o["e"]) != "12" {
		t.Errorf("%q", o)
	}
	if inner := o.object("b"); string(inner["c"]) != `[1, {"d":null}]` || o.object("a").has("c") || o.object("z").has("c") {
		t.Errorf("%q", inner)
	}
	for _, data := range []string{"", "[]", `"a"`, "{", `{"a"}`, `{"a":1,}`, `{"a":1,"a":2}`, `{"a":` + strings.Repeat("[", 1<<20)} {
		if o, ok := membersOf([]byte(data)); ok {
			t.Errorf("%.20s: %q", data, o)
		}
	}
	deep := func(levels int) []byte {
		return []byte(`{"a":` + strings.Repeat("[", levels) + strings.Repeat("]", levels) + `}`)
	}
	if _, ok := membersOf(deep(maxDepth - 1)); !ok {
		t.Error("what decoding follows is not followed")
	}
	if _, ok := membersOf(deep(maxDepth)); ok {
		t.Error("what decoding refuses is followed")
	}
}
