package workload

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

var options = Options{
	Events: 20_000, Seed: 1, Currency: "EUR", End: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Span: 730 * 24 * time.Hour,
}

// all makes a workload's records.
func all(t *testing.T, name string, o Options) (records []Record, s *Stream) {
	t.Helper()
	s, err := New(name, o)
	if err != nil {
		t.Fatal(err)
	}
	for r, ok := s.Next(); ok; r, ok = s.Next() {
		records = append(records, r)
	}
	return records, s
}

// The peer and the report rely on this text.
func TestOrderIsWrittenSo(t *testing.T) {
	s, err := New(Shop, options)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"type":"order.placed","event_id":"e-000000000042","order_id":"o-000000000042","customer_id":"c-00000007",` +
		`"occurred_at":"2024-03-02T12:47:31.200Z","amount":"12.05","currency":"EUR","channel":"web"}`
	if got := string(s.appendOrder(nil, order{number: 42, customer: 7, at: s.At(42), amountMinor: 1205, channel: "web"})); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEqualSeedsGiveEqualRecords(t *testing.T) {
	for _, name := range Names() {
		first, _ := all(t, name, options)
		again, _ := all(t, name, options)
		other := options
		other.Seed = 2
		another, _ := all(t, name, other)
		if len(first) != options.Events || len(again) != options.Events {
			t.Fatalf("%s: %d and %d records, want %d", name, len(first), len(again), options.Events)
		}
		same := 0
		for i := range first {
			if !bytes.Equal(first[i].Value, again[i].Value) {
				t.Fatalf("%s: record %d is %s and then %s", name, i, first[i].Value, again[i].Value)
			}
			if bytes.Equal(first[i].Value, another[i].Value) {
				same++
			}
		}
		if same > options.Events/100 {
			t.Errorf("%s: another seed gives %d of the same records", name, same)
		}
	}
}

// How many customers there are, and how many orders the largest has, is what makes a
// workload hard or easy.
func TestCustomersOfEachWorkload(t *testing.T) {
	for _, c := range []struct {
		name                      string
		leastSeen, mostSeen       int
		leastLargest, mostLargest int
	}{
		{Shop, 2600, 3000, 40, 130},
		{Grown, 2600, 3000, 40, 130},
		{Zipf, 4500, 8500, 1500, 4000},
		{Uniform, 20_000, 20_000, 1, 1},
	} {
		_, s := all(t, c.name, options)
		if s.Customers() < c.leastSeen || s.Customers() > c.mostSeen || s.Largest() < c.leastLargest || s.Largest() > c.mostLargest {
			t.Errorf("%s: %d customers, the largest with %d orders", c.name, s.Customers(), s.Largest())
		}
	}
}

// The shares of a hostile workload are those that it promises.
func TestHostileIsHostile(t *testing.T) {
	o := options
	o.Events = 200_000
	records, _ := all(t, Hostile, o)
	seen, orders := map[string]bool{}, map[string]bool{}
	found := map[string]int{}
	latest := time.Time{}
	for _, r := range records {
		var e struct {
			Type, EventID, OrderID string
			OccurredAt             time.Time
		}
		text := strings.NewReplacer("event_id", "EventID", "order_id", "OrderID", "occurred_at", "OccurredAt").Replace(string(r.Value))
		if json.Unmarshal([]byte(text), &e) != nil {
			found["broken"]++
			continue
		}
		if (r.Topic == Churn) != (e.Type == "churn.predicted") {
			t.Fatalf("in topic %d: %s", r.Topic, r.Value)
		}
		switch {
		case seen[e.EventID]:
			found["repeated"]++
		case e.Type == "order.refunded" && !orders[e.OrderID]:
			found["refund before its order"]++
		case e.Type == "order.placed" && latest.Sub(e.OccurredAt) > time.Hour*24:
			if found["late"]++; latest.Sub(e.OccurredAt) > 90*24*time.Hour {
				t.Errorf("later than a consumer accepts: %s", r.Value)
			}
		default:
			found[e.Type]++
		}
		seen[e.EventID] = true
		if e.Type == "order.placed" {
			orders[e.OrderID] = true
		}
		if e.OccurredAt.After(latest) {
			latest = e.OccurredAt
		}
	}
	for what, percent := range map[string]float64{
		"broken": 1, "repeated": 5, "late": 5, "refund before its order": 1.5, "order.refunded": 1.5, "churn.predicted": 1, "order.placed": 85,
	} {
		if got := float64(found[what]) / float64(len(records)) * 100; got < percent*0.8 || got > percent*1.2 {
			t.Errorf("%s: %.1f %%, want %.1f %%", what, got, percent)
		}
	}
}

func TestWhatIsNoWorkloadIsRefused(t *testing.T) {
	for name, o := range map[string]Options{"bazaar": options, Shop: {Events: 0}, Zipf: {Events: 1, Span: -1}} {
		if _, err := New(name, o); err == nil {
			t.Errorf("%s with %+v is made", name, o)
		}
	}
	if _, err := New("bazaar", options); err == nil || !strings.Contains(err.Error(), "give shop, zipf") {
		t.Errorf("the error does not name the workloads: %v", err)
	}
}
