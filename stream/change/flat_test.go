package change_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/stream/change"
)

// A flat change has each field of the table once, always and by one name; it says what the change
// with objects says, and null where that says nothing. It fits its schema.
func TestFlatChangesSayTheSame(t *testing.T) {
	fits := compiledSchema(t, "clv.changed.flat.json")
	random := rand.New(rand.NewPCG(5, 6))
	r := renderer(t, "KWD")
	for range 500 {
		c := changetest.Any(random)
		c.Version++
		if c.Cause.EventID == "" {
			c.Cause.EventID = "e"
		}
		var nested, flat map[string]any
		text := r.AppendFlat([]byte("before"), c)
		if !bytes.HasPrefix(text, []byte("before{")) {
			t.Fatalf("flat is %s", text)
		}
		text = text[len("before"):]
		if err := json.Unmarshal(text, &flat); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if err := json.Unmarshal(r.Append(nil, c), &nested); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{}
		for f := range change.Fields() {
			object, name, inObject := strings.Cut(f.Path, ".")
			said := nested[f.Path]
			if inObject {
				of, _ := nested[object].(map[string]any)
				said = of[name]
			}
			want[object+strings.TrimSuffix("_"+name, "_")] = said
		}
		if !reflect.DeepEqual(flat, want) || strings.Count(string(text), `":`) != len(want) {
			t.Fatalf("flat is %v\nwant %v", flat, want)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := fits.Validate(document); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
}

func TestTheFlatSchemaRefuses(t *testing.T) {
	fits := compiledSchema(t, "clv.changed.flat.json")
	r := renderer(t, "USD")
	good := r.AppendFlat(nil, changetest.Dormant())
	for _, broken := range []struct{ from, to string }{
		{`"stage_current":"dormant"`, `"stage_current":"asleep"`},
		{`"clv_current":"290.00"`, `"clv_current":290.0`},
		{`"clv_residual":null,`, ``},
		{`"version":3`, `"version":null`},
	} {
		text := bytes.Replace(good, []byte(broken.from), []byte(broken.to), 1)
		if bytes.Equal(text, good) {
			t.Fatalf("%s is not in %s", broken.from, good)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if fits.Validate(document) == nil {
			t.Errorf("the schema accepts %q", broken.to)
		}
	}
}
