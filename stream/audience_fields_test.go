package stream

import (
	"encoding/json"
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

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/stream/schema"
)

// The variables of filters are the fields of the published schema, each of its
// type, and null where it may be null or missing there.
func TestFiltersKnowTheFieldsOfTheSchema(t *testing.T) {
	want := schemaFields(t)
	for name, field := range changeFields {
		if got := (schemaField{field.kind.String(), field.words}); !reflect.DeepEqual(got, want[name]) {
			t.Errorf("%s is %v, and %v in the schema", name, got, want[name])
		}
		delete(want, name)
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
	return schemaField{kind.String(), node.Enum}
}

// What a filter reads is what the record says, whatever the change has.
func TestFiltersReadWhatIsPublished(t *testing.T) {
	e, err := filterEnv()
	if err != nil {
		t.Fatal(err)
	}
	programs := map[string]cel.Program{}
	for name := range changeFields {
		checked, issues := e.Compile(name)
		if issues.Err() != nil {
			t.Fatal(issues.Err())
		}
		if programs[name], err = e.Program(checked); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, code := range []string{"USD", "JPY", "KWD"} {
		r := renderer{currency: currencyOf(t, code)}
		vars := newChangeVars(r.currency)
		for range 300 {
			c := anyChange(random)
			var published map[string]any
			if err := json.Unmarshal(r.change(c), &published); err != nil {
				t.Fatal(err)
			}
			for name, program := range programs {
				got, _, err := program.Eval(vars.of(c))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if want := publishedAs(t, published, name); got.Value() != want {
					t.Fatalf("%s is %v, and %v in %s", name, got.Value(), want, r.change(c))
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
	kind := changeFields[name].kind.String()
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

// anyChange has some of what a change may have and lacks the rest.
func anyChange(random *rand.Rand) *clv.Change {
	maybe := func() bool { return random.IntN(2) == 0 }
	money := func() float64 { return (random.Float64() - .3) * 1e7 }
	word := func() string { return []string{"", "silver", "gold", "a \"b\""}[random.IntN(4)] }
	micros := func() int64 { return 1_600_000_000_000_000 + random.Int64N(1e15) }
	c := &clv.Change{
		CustomerID: "c" + word(), Version: random.Uint64N(1e6), Reason: announce.Reason(1 + random.IntN(11)), PreviousMinor: money(),
		Cause: clv.Cause{EventID: "e" + word(), Kind: history.Kind(1 + random.IntN(8)), OrderID: word(), AtMicros: micros()},
		Current: estimate.Estimate{
			AsOfMicros: micros(), Status: history.Status(random.IntN(3)), HistoricMinor: money(), PredictedMinor: money(), CLVMinor: money(),
			ResidualMinor: money(), ResidualKnown: maybe(), PAlive: random.Float64(), ExpectedOrders: random.Float64() * 9, SpendMinor: money(),
			Facts: history.Facts{
				Orders: random.IntN(3), PurchaseDays: random.IntN(3), Frequency: random.IntN(3), RecencyDays: random.IntN(99),
				AgeDays: random.IntN(999), RevenueMinor: random.Int64N(1e9) - 1e8, MarginMinor: random.Int64N(1e9) - 1e8,
			},
			Acquisition: history.Acquisition{Known: maybe(), CostMinor: random.Int64N(3) * 777, Channel: word()},
		},
		ModelName: "m" + word(), ModelVersion: "v" + word(),
		Was:      standing.Standing{Stage: standing.Stage(random.IntN(6)), Tier: uint8(random.IntN(3))},
		Standing: standing.Standing{Stage: standing.Stage(random.IntN(6)), StageMicros: micros(), Tier: uint8(random.IntN(3)), Worthwhile: maybe(), Approaching: maybe()},
		Silence:  standing.Silence{Days: random.IntN(99), Quantile: random.Float64(), LossMinor: money(), BestDay: calendar.Day(random.IntN(20_000)), LossKnown: maybe()},
	}
	if maybe() {
		c.Current.NextOrderDays = random.Float64() * 99
	}
	if maybe() {
		c.Tier = standing.TierMove{Was: word(), Now: word(), Next: word(), MissingMinor: money()}
	}
	if maybe() {
		c.BreakEven = estimate.BreakEven{Kind: estimate.BreakEvenKind(random.IntN(3)), Day: calendar.Day(random.IntN(20_000))}
	}
	return c
}
