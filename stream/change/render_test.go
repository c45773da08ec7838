package change_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/stream/change"
)

func renderer(t testing.TB, code string) change.Renderer {
	t.Helper()
	currency, err := money.ParseCurrency(code)
	if err != nil {
		t.Fatal(err)
	}
	return change.NewRenderer(currency)
}

func rendered(t testing.TB, code string, c *clv.Change) []byte {
	t.Helper()
	r := renderer(t, code)
	return r.Append(nil, c)
}

func TestChangeIsRendered(t *testing.T) {
	want := `{"customer_id":"c-42","version":3,"reason":"purchase","as_of":"2024-03-01T12:00:00.25Z",` +
		`"cause":{"event_id":"e-9","type":"order.placed","order_id":"o-9","occurred_at":"2024-03-01T12:00:00.25Z"},` +
		`"currency":"USD","clv":{"previous":"265.01","current":"290.00","delta":"24.99","historic":"89.33","predicted":"200.67"},` +
		`"status":"active","p_alive":0.875,"expected_orders":2.5,"expected_spend":"44.67","next_order_days":12.25,` +
		`"orders":3,"purchase_days":3,"revenue":"89.33","margin":"89.33","recency_days":30,"age_days":30,` +
		`"average_order_value":"29.78","days_between_orders":15.0,"first_channel":null,"model":{"name":"simple","version":"simple-1"}}`
	if got := string(rendered(t, "USD", changetest.Sample())); got != want {
		t.Errorf("rendered\n%s\nwant\n%s", got, want)
	}
}

// Receivers flatten a change, and add its amounts up.
func TestChangesAreFlatAndAddUp(t *testing.T) {
	r, random := renderer(t, "USD"), rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		c := changetest.Sample()
		historic, predicted := float64(random.IntN(1e6)-1e5), random.Float64()*1e6-1e5
		c.PreviousMinor = random.Float64()*1e6 - 1e5
		c.Current.HistoricMinor, c.Current.PredictedMinor, c.Current.CLVMinor = historic, predicted, historic+predicted
		c.Current.Acquisition = history.Acquisition{Known: random.IntN(2) == 0, CostMinor: random.Int64N(3) * 999}
		var change map[string]any
		text := r.Append(nil, c)
		if err := json.Unmarshal(text, &change); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		for name, value := range change {
			if inner, ok := value.(map[string]any); ok {
				for deep, value := range inner {
					switch value.(type) {
					case map[string]any, []any:
						t.Fatalf("%s.%s is nested too deep: %s", name, deep, text)
					}
				}
			}
		}
		amount := map[string]int64{}
		for name, value := range change["clv"].(map[string]any) {
			minor, err := money.ParseMinor(value.(string), 2)
			if err != nil || strings.IndexByte(value.(string), '.') != len(value.(string))-3 {
				t.Fatalf("clv.%s is %q, want a decimal of two places", name, value)
			}
			amount[name] = minor
		}
		if amount["delta"] != amount["current"]-amount["previous"] || amount["historic"]+amount["predicted"] != amount["current"] {
			t.Fatalf("the amounts do not add up: %s", text)
		}
	}
}
