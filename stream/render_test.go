package stream

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
)

func dollars(t *testing.T) *renderer {
	t.Helper()
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	return &renderer{topics: cluster.OutputTopicsOf("clv"), currency: usd, source: []byte("/clvstream/clv")}
}

// sampleChange is a customer's third order.
func sampleChange() *clv.Change {
	return &clv.Change{
		CustomerID: "c-42", Version: 3, Reason: announce.ReasonPurchase, PreviousMinor: 26_501.4,
		Cause: clv.Cause{EventID: "e-9", Kind: history.OrderPlaced, OrderID: "o-9", AtMicros: 1_709_294_400_250_000},
		Current: estimate.Estimate{
			AsOfMicros: 1_709_294_400_250_000, Status: history.Active,
			HistoricMinor: 8_933, PredictedMinor: 20_066.6, CLVMinor: 28_999.6,
			PAlive: .875, ExpectedOrders: 2.5, SpendMinor: 4_466.5, NextOrderDays: 12.25,
			Facts: history.Facts{Orders: 3, PurchaseDays: 3, Frequency: 2, RecencyDays: 30, AgeDays: 30, RevenueMinor: 8_933, MarginMinor: 8_933},
		},
		ModelName: "simple", ModelVersion: "simple-1",
	}
}

func TestChangeIsRendered(t *testing.T) {
	want := `{"customer_id":"c-42","version":3,"reason":"purchase","as_of":"2024-03-01T12:00:00.25Z",` +
		`"cause":{"event_id":"e-9","type":"order.placed","order_id":"o-9","occurred_at":"2024-03-01T12:00:00.25Z"},` +
		`"currency":"USD","clv":{"previous":"265.01","current":"290.00","delta":"24.99","historic":"89.33","predicted":"200.67"},` +
		`"status":"active","p_alive":0.875,"expected_orders":2.5,"expected_spend":"44.67","next_order_days":12.25,` +
		`"orders":3,"purchase_days":3,"revenue":"89.33","margin":"89.33","recency_days":30,"age_days":30,` +
		`"average_order_value":"29.78","days_between_orders":15,"model":{"name":"simple","version":"simple-1"}}`
	if got := string(dollars(t).change(sampleChange())); got != want {
		t.Errorf("rendered\n%s\nwant\n%s", got, want)
	}
}

// Receivers flatten a change, and add its amounts up.
func TestChangesAreFlatAndAddUp(t *testing.T) {
	r, random := dollars(t), rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		c := sampleChange()
		historic, predicted := float64(random.IntN(1e6)-1e5), random.Float64()*1e6-1e5
		c.PreviousMinor = random.Float64()*1e6 - 1e5
		c.Current.HistoricMinor, c.Current.PredictedMinor, c.Current.CLVMinor = historic, predicted, historic+predicted
		c.Current.Acquisition = history.Acquisition{Known: random.IntN(2) == 0, CostMinor: random.Int64N(3) * 999}
		var change map[string]any
		text := r.change(c)
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

func TestChangeHeadersAreACloudEvent(t *testing.T) {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	source := layout.Source{Topic: "orders", Partition: 7}
	headers := dollars(t).changeHeaders(source, &layout.Item{Offset: 1234, TraceParent: parent, Change: sampleChange()}, []byte(sampleChange().CustomerID))
	want := map[string]string{
		"ce_specversion": "1.0", "ce_type": "io.clvstream.clv.changed.v1", "ce_source": "/clvstream/clv", "ce_id": "orders/7/1234",
		"ce_time": "2024-03-01T12:00:00.25Z", "ce_subject": "c-42", "content-type": "application/json", "traceparent": parent,
	}
	for _, h := range headers {
		if want[h.Key] != string(h.Value) {
			t.Errorf("%s is %q, want %q", h.Key, h.Value, want[h.Key])
		}
		delete(want, h.Key)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	without := dollars(t).changeHeaders(source, &layout.Item{Change: sampleChange()}, []byte(sampleChange().CustomerID))
	if outlet.Header(&kgo.Record{Headers: without}, "traceparent") != "" {
		t.Error("a trace is made up")
	}
}
