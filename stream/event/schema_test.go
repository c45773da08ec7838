package event

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/schema"
)

func kinds() []history.Kind { return history.Kinds() }

// schemaDocument is what these tests read of a schema file themselves.
type schemaDocument struct {
	Definitions map[string]any    `json:"$defs"`
	Examples    []json.RawMessage `json:"examples"`
	Properties  map[string]any    `json:"properties"`
}

func readSchema(t *testing.T, kind history.Kind) (d schemaDocument, compiled *jsonschema.Schema) {
	t.Helper()
	name := kind.String() + ".json"
	text, err := schema.FS.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(name, resource); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	compiled, err = compiler.Compile(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return d, compiled
}

func TestSchemaExamples(t *testing.T) {
	for _, kind := range kinds() {
		document, compiled := readSchema(t, kind)
		if len(document.Examples) == 0 {
			t.Errorf("%s has no example", kind)
		}
		for _, example := range document.Examples {
			if err := validate(compiled, example); err != nil {
				t.Errorf("%s: its example is not valid: %v", kind, err)
			}
			if e, refused := decodeValue(t, string(example)); refused != nil || e.Kind != kind {
				t.Errorf("%s: its example decodes as %v, %v", kind, e.Kind, refused)
			}
		}
	}
}

func validate(compiled *jsonschema.Schema, value []byte) error {
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		return err
	}
	return compiled.Validate(instance)
}

// Each file stands alone, so the definitions are repeated: they must not drift.
func TestSchemasDefineAlike(t *testing.T) {
	first := map[string]any{}
	for _, kind := range kinds() {
		document, _ := readSchema(t, kind)
		for name, definition := range document.Definitions {
			if known, ok := first[name]; ok && !reflect.DeepEqual(known, definition) {
				t.Errorf("%s defines %s differently from the files before it", kind, name)
			}
			first[name] = definition
		}
		for name := range document.Properties {
			if _, known := FieldOf([]byte(name)); !known {
				t.Errorf("%s has a field %s that the decoder does not know", kind, name)
			}
		}
	}
}

// An event is accepted by the decoder if and only if one of the schemas accepts
// it, but for the exceptions that a schema cannot express.
func TestSchemasAgreeWithDecoder(t *testing.T) {
	var schemas []*jsonschema.Schema
	for _, kind := range kinds() {
		_, compiled := readSchema(t, kind)
		schemas = append(schemas, compiled)
	}
	for _, row := range wireCases {
		valid := false
		for _, compiled := range schemas {
			valid = valid || validate(compiled, []byte(row.value)) == nil
		}
		if want := row.want == accepted || row.schemaCannotSay != ""; valid != want {
			t.Errorf("%s: valid by schema: %v; decoder: %s; exception: %q", row.name, valid, row.want, row.schemaCannotSay)
		}
	}
}

var fencedJSON = regexp.MustCompile("(?s)```json\n(.*?)```")

// docs/events.md describes the input up to its heading "Output".
func TestDocumentedInput(t *testing.T) {
	text, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	input, _, found := strings.Cut(string(text), "\n## Output")
	if !found {
		t.Fatal("docs/events.md has no heading Output")
	}
	seen := map[history.Kind]bool{}
	for _, block := range fencedJSON.FindAllStringSubmatch(input, -1) {
		var headers []Header
		if strings.Contains(block[1], "specversion") {
			headers = []Header{{Key: []byte("content-type"), Value: []byte("application/cloudevents+json")}}
		}
		e, refused := decodeValue(t, block[1], headers...)
		if refused != nil {
			t.Errorf("an example is refused: %v\n%s", refused, block[1])
		}
		seen[e.Kind] = true
	}
	for _, kind := range kinds() {
		if !seen[kind] {
			t.Errorf("%s has no example", kind)
		}
	}
	for _, reason := range history.RefusalReasons() {
		if !strings.Contains(input, "| `"+reason.String()+"` |") {
			t.Errorf("reason %s is not in the table of reasons", reason)
		}
	}
	for f := range FieldCount {
		if !strings.Contains(input, "| `"+f.String()+"` |") {
			t.Errorf("field %s is not in the table of fields", f)
		}
	}
}
