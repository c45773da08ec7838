package change_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/schema"
)

// Whatever a change holds, its data fits the published schema.
func TestChangesFitTheirSchema(t *testing.T) {
	published := changedSchema(t)
	full := clv.Change{
		CustomerID: "c \"42\"\u2028", Version: 7, Reason: announce.ReasonReactivation, PreviousMinor: -12.5,
		Cause: clv.Cause{EventID: "e", Kind: history.OrderPlaced, OrderID: "o", AtMicros: 1_700_000_000_123_456},
		Current: estimate.Estimate{
			AsOfMicros: 1_700_000_000_123_456, Status: history.Active, HistoricMinor: -4, PredictedMinor: math.Pi, CLVMinor: math.Pi - 4,
			PAlive: 5e-324, ExpectedOrders: 1e21, ResidualKnown: true, ResidualMinor: 1, SpendMinor: 2.5, NextOrderDays: .25,
			Facts:       history.Facts{Orders: 3, PurchaseDays: 2, Frequency: 1, RecencyDays: 3, AgeDays: 4, RevenueMinor: -1},
			Acquisition: history.Acquisition{Known: true, CostMinor: 100, Channel: "web"},
		},
		ModelName: "m", ModelVersion: "v",
	}
	empty := clv.Change{CustomerID: "c", Version: 1, Reason: announce.ReasonFirst, Cause: clv.Cause{EventID: "e", Kind: history.ChurnConfirmed}, ModelName: "m", ModelVersion: "v"}
	empty.Current.Acquisition.Known = true
	for name, change := range map[string]clv.Change{"full": full, "empty": empty} {
		text := rendered(t, "KWD", &change)
		data, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v in %s", name, err, text)
		}
		if err := published.Validate(data); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

func TestTheSchemaOfChangesRefuses(t *testing.T) {
	published := changedSchema(t)
	good := rendered(t, "USD", &clv.Change{CustomerID: "c", Version: 1, Reason: announce.ReasonFirst, Cause: clv.Cause{Kind: history.OrderPlaced}})
	for _, broken := range []struct{ from, to string }{
		{`"version":1`, `"version":0`},
		{`"status":"prospect"`, `"status":"suspect"`},
		{`"revenue":"0.00"`, `"revenue":0.0`},
		{`"currency":"USD"`, `"currency":"usd"`},
		{`"p_alive":null`, `"p_alive":1.5`},
	} {
		text := bytes.Replace(good, []byte(broken.from), []byte(broken.to), 1)
		if bytes.Equal(text, good) {
			t.Fatalf("%s is not in %s", broken.from, good)
		}
		data, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if published.Validate(data) == nil {
			t.Errorf("the schema accepts %s", broken.to)
		}
	}
}

func changedSchema(t *testing.T) *jsonschema.Schema { return compiledSchema(t, "clv.changed.json") }

func compiledSchema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	text, err := schema.FS.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(name, document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, example := range document.(map[string]any)["examples"].([]any) {
		if err := compiled.Validate(example); err != nil {
			t.Error(err)
		}
	}
	return compiled
}
