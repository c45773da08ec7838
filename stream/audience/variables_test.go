package audience

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/schema"
)

// The variables of filters are the fields of the published schema, each of its
// type, and null where it may be null or missing there.
func TestFiltersKnowTheFieldsOfTheSchema(t *testing.T) {
	want := schemaFields(t)
	for f := range change.Fields() {
		var words []string
		for _, w := range f.Words {
			words = append(words, w.Name)
		}
		if got := (schemaField{kindOf(f).String(), words}); !reflect.DeepEqual(got, want[f.Path]) {
			t.Errorf("%s is %v, and %v in the schema", f.Path, got, want[f.Path])
		}
		delete(want, f.Path)
	}
	if len(want) > 0 {
		t.Errorf("filters do not know %v", slices.Sorted(maps.Keys(want)))
	}
}

type schemaField struct {
	kind  string
	words []string
}

type schemaNode struct {
	Type       any                   `json:"type"`
	Ref        string                `json:"$ref"`
	Format     string                `json:"format"`
	OneOf      []schemaNode          `json:"oneOf"`
	Enum       []string              `json:"enum"`
	Examples   []any                 `json:"examples"` // the words of a field to which some may be added
	Required   []string              `json:"required"`
	Properties map[string]schemaNode `json:"properties"`
	Defs       map[string]schemaNode `json:"$defs"`
}

func schemaFields(t *testing.T) map[string]schemaField {
	t.Helper()
	text, err := schema.FS.ReadFile("clv.changed.json")
	if err != nil {
		t.Fatal(err)
	}
	var root schemaNode
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	fields := map[string]schemaField{}
	for name, node := range root.Properties {
		sure := slices.Contains(root.Required, name)
		if node.Properties == nil {
			fields[name] = schemaFieldOf(t, &root, node, sure)
		}
		for inner, field := range node.Properties {
			fields[name+"."+inner] = schemaFieldOf(t, &root, field, sure && slices.Contains(node.Required, inner))
		}
	}
	return fields
}

func schemaFieldOf(t *testing.T, root *schemaNode, node schemaNode, sure bool) schemaField {
	t.Helper()
	if len(node.OneOf) == 2 {
		node, sure = node.OneOf[0], false
	}
	if list, ok := node.Type.([]any); ok {
		node.Type, sure = list[0], false
	}
	var kind *cel.Type
	switch {
	case node.Ref == "#/$defs/money" || node.Type == "number":
		kind = cel.DoubleType
	case node.Ref == "#/$defs/time" || node.Format == "date":
		return schemaField{kind: cel.TimestampType.String()}
	case node.Type == "integer":
		kind = cel.IntType
	case node.Type == "boolean":
		kind = cel.BoolType
	default:
		kind = cel.StringType
	}
	if name, ok := strings.CutPrefix(node.Ref, "#/$defs/"); ok {
		node.Enum = root.Defs[name].Enum
	}
	if !sure {
		kind = cel.NullableType(kind)
	}
	words := node.Enum
	for _, example := range node.Examples {
		words = append(words, fmt.Sprint(example))
	}
	return schemaField{kind.String(), words}
}

// What a filter reads is what the record says, whatever the change has.
func TestFiltersReadWhatIsPublished(t *testing.T) {
	e, err := filterEnv()
	if err != nil {
		t.Fatal(err)
	}
	programs := map[string]cel.Program{}
	for f := range change.Fields() {
		checked, issues := e.Compile(f.Path)
		if issues.Err() != nil {
			t.Fatal(issues.Err())
		}
		if programs[f.Path], err = e.Program(checked); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, code := range []string{"USD", "JPY", "KWD"} {
		r, vars := change.NewRenderer(currencyOf(t, code)), NewVariables(currencyOf(t, code))
		for range 300 {
			c := changetest.Any(random)
			var published map[string]any
			text := r.Append(nil, c)
			if err := json.Unmarshal(text, &published); err != nil {
				t.Fatal(err)
			}
			for name, program := range programs {
				got, _, err := program.Eval(vars.Of(c))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if want := publishedAs(t, published, name); got.Value() != want {
					t.Fatalf("%s is %v, and %v in %s", name, got.Value(), want, text)
				}
			}
		}
	}
}

// publishedAs is a published field as CEL would have it.
func publishedAs(t *testing.T, published map[string]any, name string) any {
	t.Helper()
	value, inner := any(published), name
	for step := range strings.SplitSeq(name, ".") {
		object, _ := value.(map[string]any)
		value, inner = object[step], step
	}
	text, isText := value.(string)
	number, isNumber := value.(float64)
	kind := kindOf(change.Lookup(name)).String()
	switch {
	case value == nil:
		return types.NullValue.Value()
	case isNumber && strings.Contains(kind, "int"):
		return int64(number)
	case isText && strings.Contains(kind, "double"):
		major, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return major
	case isText && strings.Contains(kind, "Timestamp"):
		at, err := time.Parse(time.RFC3339Nano, text)
		if inner == "best_moment" || inner == "break_even" {
			at, err = time.Parse(time.DateOnly, text)
		}
		if err != nil {
			t.Fatal(err)
		}
		return at
	default:
		return value
	}
}
