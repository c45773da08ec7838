package export

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/internal/eventtest"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/change"
)

var update = flag.Bool("update", false, "write testdata anew")

func TestMain(m *testing.M) { testbed.Main(m) }

// valuation is of a shop with tiers, which is told when a customer falls silent.
func valuation(t *testing.T) clv.Valuation {
	t.Helper()
	simple, err := model.NewSimple(3)
	if err != nil {
		t.Fatal(err)
	}
	v := clv.Valuation{Basis: standing.Basis{Rules: *eventtest.TenDays(t), Awake: standing.Awake{
		Stages: standing.Stages{Dormant: standing.StageEntry{SilenceDays: 30}},
		Tiers:  standing.Tiers{Tiers: []standing.Tier{{Name: "bronze", FromMinor: 5_000}}},
	}}}
	v.By(simple)
	return v
}

// c42 has something of everything: sealed orders, a ledger with a refund in another currency
// and its revert, a cancel that waits, churn and a cost.
func c42() []history.Event {
	yen := eventtest.Refund(41, "o3", "r2", 300)
	yen.Own = history.Own{Currency: eventtest.Currency("JPY"), Minor: 40_000}
	acquired := eventtest.Event(history.CustomerAcquired, 0, history.Event{AmountMinor: 900, Channel: "search"})
	first := eventtest.Order(1, "o1", 4_000)
	first.Channel = "web"
	return []history.Event{
		acquired, first, eventtest.Refund(2, "o1", "r1", 1_000), eventtest.Order(3, "o2", 2_500), eventtest.Order(40, "o3", 6_000), yen,
		eventtest.Versioned(eventtest.Revert(42, "o3", "r2"), 7), eventtest.Cancel(43, "o4"), eventtest.Churn(history.ChurnConfirmed, 44),
	}
}

// store is a state with c42 in it, and what waits to be published.
func store(t *testing.T, v *clv.Valuation, events []history.Event) *state.Store {
	t.Helper()
	s, err := state.Open(t.Context(), testbed.EmbeddedPair(t).RedisClient(t), state.Options{Namespace: testbed.Unique(t), Shards: 1, CacheCustomers: 10})
	if err != nil {
		t.Fatal(err)
	}
	claim, err := s.Claim(t.Context(), layout.Source{Topic: "orders", TopicID: [16]byte{1}}, state.Start{}, v)
	if err != nil {
		t.Fatal(err)
	}
	batch := &state.Batch{UpTo: int64(len(events)), DeadLetter: func(w *state.Work, refused *history.Refusal) *layout.DeadLetter {
		return &layout.DeadLetter{Reason: refused.Reason, Detail: refused.Detail, Key: []byte("c"), Value: []byte("{}")}
	}}
	for i := range events {
		batch.Work = append(batch.Work, state.Work{Offset: int64(i), Event: &events[i]})
	}
	if _, err := claim.Commit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	return s
}

func collect(t *testing.T, events []history.Event) *Document {
	t.Helper()
	v := valuation(t)
	d, err := Collect(t.Context(), store(t, &v, events), "shop", &customerview.Customer{
		ID: "c", Valuation: v, Currency: eventtest.Currency("EUR"), NowMicros: (eventtest.Day0 + 50) * eventtest.DayMicros,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What an export looks like, as JSON and as text; and the JSON is what the schema says.
func TestExportsAreWrittenDown(t *testing.T) {
	schema := compiled(t)
	erased := eventtest.Event(history.CustomerErased, 45, history.Event{})
	late := eventtest.Order(3, "o9", 1_000)
	for name, events := range map[string][]history.Event{
		"c42": append(c42(), late), "erased": append(c42(), erased, eventtest.Order(46, "o5", 1_000)), "unknown": {eventtest.Event(history.OrderPlaced, 0, history.Event{OrderID: "o", AmountMinor: 1})},
	} {
		if name == "unknown" {
			events[0].CustomerID = "else"
		}
		d := collect(t, events)
		text, err := change.Marshal(d, jsontext.WithIndent("  "))
		if err != nil {
			t.Fatal(err)
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err == nil {
			err = schema.Validate(instance)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var words bytes.Buffer
		if err := d.WriteText(&words); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", append(text, '\n'))
		golden(t, name+".txt", words.Bytes())
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "schema.json", append(text, '\n'))
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", resource); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is out of date (%v): with -update it is\n%s", path, err, got)
	}
}

// A record may be a customer's by its key, or by the id as a text in its value.
func TestRecordsMentionCustomers(t *testing.T) {
	for _, c := range []struct {
		key, value, id string
		want           bool
	}{
		{"c", "", "c", true}, {"k", `{"customer_id":"c"}`, "c", true}, {"k", `{"after":{"account":"c"}}`, "c", true},
		{"k", `{"customer_id":"cc"}`, "c", false}, {"cc", "", "c", false}, {"k", `{"a":"x\"y"}`, `x"y`, true},
	} {
		if got := mentions([]byte(c.key), []byte(c.value), c.id); got != c.want {
			t.Errorf("%q = %s mentions %s: %t", c.key, c.value, c.id, got)
		}
	}
}
