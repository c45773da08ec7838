package integration

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
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
// they were published.
func (d *deployment) wantHeard(t *testing.T) {
	t.Helper()
	changes := byID(d.committed(t, d.config.ChangesTopic()))
	for i, l := range listeners {
		want := slices.DeleteFunc(slices.Clone(changes), func(r *kgo.Record) bool {
			var h heard
			if err := json.Unmarshal(r.Value, &h); err != nil {
				t.Fatal(err)
			}
			return !l.belongs(t, &h)
		})
		got := byID(d.committed(t, d.config.AudienceTopic(d.config.Audiences[i])))
		if !slices.EqualFunc(got, want, func(a, b *kgo.Record) bool {
			return idOf(a) == idOf(b) && bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value)
		}) {
			t.Errorf("%s hears of %d changes that are not the %d of %d which belong to it", l.name, len(got), len(want), len(changes))
		}
		t.Logf("%s: %d of %d changes", l.name, len(got), len(changes))
	}
}

func byID(records []*kgo.Record) []*kgo.Record {
	slices.SortFunc(records, func(a, b *kgo.Record) int { return strings.Compare(idOf(a), idOf(b)) })
	return records
}

func idOf(r *kgo.Record) string {
	for _, h := range r.Headers {
		if h.Key == "ce_id" {
			return string(h.Value)
		}
	}
	return ""
}
