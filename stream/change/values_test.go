package change_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/clvstream/clvstream/stream/change"
)

func parsed(t *testing.T, text string) change.Values {
	t.Helper()
	v, err := change.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestParseRefusesWhatIsNoChange(t *testing.T) {
	for _, text := range []string{"", "{", `"x"`, "null", "[]", `{"clv":{]}`, `{"a":1,"a":2}`} {
		if _, err := change.Parse([]byte(text)); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}

// Every value is found by its path, those of later versions too.
func TestValuesByPath(t *testing.T) {
	const text = `{"a":"x \"y\" \u00e9","n":null,"o":{"f":2.50,"yes":true,"deep":{"er":[1]}},"list":[ "p", "q" ],"empty":{}}`
	v := parsed(t, text)
	for path, want := range map[string]string{
		"a": `x "y" é`, "n": "", "o.f": "2.50", "o.yes": "true", "o.deep": `{"er":[1]}`, "list": `[ "p", "q" ]`, "o": "", "none": "",
	} {
		if got := v.Text(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if f, list := change.As[float64](v, "o.f"), change.As[[]string](v, "list"); f != 2.5 || !reflect.DeepEqual(list, []string{"p", "q"}) {
		t.Error(f, list)
	}
	for _, path := range []string{"a", "n", "none", "list"} {
		if f := change.As[float64](v, path); f != 0 {
			t.Errorf("%s is the number %g", path, f)
		}
	}
	if f := change.As[*float64](v, "n"); f != nil {
		t.Errorf("null is the number %g", *f)
	}
}

// What is added stands with its object, and what is said anew in its old place.
func TestValuesWithMore(t *testing.T) {
	v := parsed(t, `{"a":1,"o":{"x":1,"y":2},"b":2}`)
	type object struct {
		Y *int `json:"y"`
		Z int  `json:"z"`
	}
	more, err := v.With(struct {
		O object   `json:"o"`
		P object   `json:"p"`
		B []string `json:"b"`
	}{B: []string{"<b>"}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]change.Values{"more": more, "as before": v, "none": {}})
	const want = `{"as before":{"a":1,"o":{"x":1,"y":2},"b":2},"more":{"a":1,"o":{"x":1,"y":null,"z":0},"b":["\u003cb\u003e"],"p":{"y":null,"z":0}},"none":{}}`
	if err != nil || string(text) != want {
		t.Errorf("%s, want %s: %v", text, want, err)
	}
	for _, no := range []any{1, func() {}} {
		if _, err := v.With(no); err == nil {
			t.Errorf("%T is added", no)
		}
	}
}
