package webhook

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func headers(id, kind, at string) []kgo.RecordHeader {
	return []kgo.RecordHeader{{Key: "ce_id", Value: []byte(id)}, {Key: "ce_type", Value: []byte(kind)}, {Key: "ce_time", Value: []byte(at)}}
}

// The change's bytes are sent as they are, whatever JSON they are of.
func TestBodyHasTheChangeAsItIs(t *testing.T) {
	for _, data := range []string{`{"a":1.0}`, "{ \"a\" :\t1e2}", `{"b":"\u00e9é","a":"</script>"}`} {
		m, err := MessageOf(&kgo.Record{Value: []byte(data), Headers: headers("o/1/2", `io.clvstream "x"`, "2026-03-14T09:26:53Z")})
		if err != nil {
			t.Fatal(err)
		}
		want := `{"type":"io.clvstream \"x\"","timestamp":"2026-03-14T09:26:53Z","data":` + data + `}`
		if got := string(m.Body()); got != want || !json.Valid(m.Body()) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Ids that are no header's value, or hold a full stop, are escaped: two of them are never one.
func TestIDs(t *testing.T) {
	for id, want := range map[string]string{
		"orders/3/1842":                      "orders/3/1842",
		"orders/3/1842.1":                    "orders/3/1842%2E1",
		"shop.orders/3/1842":                 "shop%2Eorders/3/1842",
		"due:c-42@2026-03-14T00:00:00Z#7":    "due:c-42@2026-03-14T00:00:00Z#7",
		"due:Zoë 100%@2026-03-14T00:00:00Z#": "due:Zo%C3%AB%20100%25@2026-03-14T00:00:00Z#",
		"due:a\r\nx: y\x00":                  "due:a%0D%0Ax:%20y%00",
	} {
		if got := escapeID(id); got != want {
			t.Errorf("%q is %q, want %q", id, got, want)
		}
	}
}

func TestWhatIsNoChange(t *testing.T) {
	for name, record := range map[string]*kgo.Record{
		"no headers": {Value: []byte("{}")},
		"no id":      {Value: []byte("{}"), Headers: headers("", "t", "t")},
		"no JSON":    {Value: []byte("{"), Headers: headers("a", "t", "t")},
		"no value":   {Headers: headers("a", "t", "t")},
	} {
		if _, err := MessageOf(record); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "soon": 0, "0": 0, "-5": 0, "120": 2 * time.Minute, " 7 ": 7 * time.Second, "999999999999": mostRetryAfter,
		"Sat, 14 Mar 2026 09:00:30 GMT": 30 * time.Second, "Sat, 14 Mar 2026 08:00:30 GMT": 0, "Sat, 14 Mar 2037 08:00:30 GMT": mostRetryAfter,
	} {
		if got := parseRetryAfter(text, now); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

// Waits follow the schedule, and are a fifth longer at most.
func TestWaits(t *testing.T) {
	s := Schedule{time.Second, time.Minute}
	for failures, want := range map[int]time.Duration{1: time.Second, 2: time.Minute, 9: time.Minute} {
		for range 100 {
			if got := s.wait(failures); got < want || got > want*6/5 {
				t.Fatalf("after %d failures it waits %s, want %s or a fifth more", failures, got, want)
			}
		}
	}
	b := backoff{time.Second, 5 * time.Minute}
	for failures, want := range map[int]time.Duration{1: time.Second, 4: 8 * time.Second, 9: 256 * time.Second, 10: 5 * time.Minute, 1000: 5 * time.Minute} {
		if got := b.after(failures); got < want || got > want*6/5 {
			t.Errorf("pause %d is %s, want %s or a fifth more", failures, got, want)
		}
	}
	if DefaultSchedule.tries() != 10 {
		t.Errorf("%d tries", DefaultSchedule.tries())
	}
}
