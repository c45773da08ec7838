package integration

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// heard is what audiences' tests read of a change.
type heard struct {
	Reason string `json:"reason"`
	Orders int64  `json:"orders"`
	CLV    struct {
		Current string `json:"current"`
	} `json:"clv"`
}

// listeners are audiences, and by other means who belongs to them.
var listeners = []struct {
	name, filter string
	belongs      func(*testing.T, *heard) bool
}{
	{"everybody", `true`, func(*testing.T, *heard) bool { return true }},
	{"refunded", `reason == "refund"`, func(_ *testing.T, h *heard) bool { return h.Reason == "refund" }},
	{"worthy", `clv.current > 250`, func(t *testing.T, h *heard) bool { return parse(t, h.CLV.Current) > 250 }},
	{"failing", `6 / (orders - 2) > 0`, func(_ *testing.T, h *heard) bool { return h.Orders > 2 && h.Orders <= 8 }}, // fails at two orders
}

// audienceSetting is the listeners as a setting.
func audienceSetting(t *testing.T) string {
	t.Helper()
	var rows []map[string]string
	for _, l := range listeners {
		rows = append(rows, map[string]string{"name": l.name, "filter": l.filter})
	}
	return "audiences=" + string(must(json.Marshal(rows))(t))
}

// wantHeard checks that each audience has the changes that belong to it, once, as
// they were published. Time may bring others meanwhile, so that an audience has at
// least what was published before it is read, and at most what was after.
func (d *deployment) wantHeard(t *testing.T) {
	t.Helper()
	before := byID(t, d.committed(t, d.config.ChangesTopic()))
	audiences := make([]map[string]*kgo.Record, len(listeners))
	for i := range listeners {
		audiences[i] = byID(t, d.committed(t, d.config.AudienceTopic(d.config.Audiences[i])))
	}
	after := byID(t, d.committed(t, d.config.ChangesTopic()))
	for i, l := range listeners {
		for id, record := range before {
			if l.belongs(t, readHeard(t, record)) && audiences[i][id] == nil {
				t.Errorf("%s does not hear of %s", l.name, id)
			}
		}
		for id, record := range audiences[i] {
			change := after[id]
			if change == nil || !bytes.Equal(record.Key, change.Key) || !bytes.Equal(record.Value, change.Value) || !l.belongs(t, readHeard(t, change)) {
				t.Errorf("%s hears of %s, which is another change or none of theirs", l.name, id)
			}
		}
		t.Logf("%s: %d of %d changes", l.name, len(audiences[i]), len(before))
	}
}

func readHeard(t *testing.T, r *kgo.Record) *heard {
	t.Helper()
	var h heard
	if err := json.Unmarshal(r.Value, &h); err != nil {
		t.Fatal(err)
	}
	return &h
}

// byID is a topic's changes by their id, none of which is there twice.
func byID(t *testing.T, records []*kgo.Record) map[string]*kgo.Record {
	t.Helper()
	found := make(map[string]*kgo.Record, len(records))
	for _, r := range records {
		id := string(r.Key) + " " + idOf(r)
		if found[id] != nil {
			t.Errorf("%s has %s twice", r.Topic, id)
		}
		found[id] = r
	}
	return found
}

func idOf(r *kgo.Record) string {
	for _, h := range r.Headers {
		if h.Key == "ce_id" {
			return string(h.Value)
		}
	}
	return ""
}
