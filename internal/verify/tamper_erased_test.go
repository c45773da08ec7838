package verify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/deadletter"
)

// erasedSystem has ada in it, who was erased, and was sent orders of before and after.
func erasedSystem(t *testing.T, later history.LaterEvents) *system {
	s := newSystem(t, testbed.EmbeddedPair(t))
	s.valuation.Rules.LaterEvents = later
	on := func(day int, e history.Event) *kgo.Record {
		e.ID, e.CustomerID = fmt.Sprint("ada-later-", day), "ada"
		e.AtMicros = 1_500_000_000_000_000 + int64(day)*24*time.Hour.Microseconds()
		r := s.record(&e, true)
		r.Topic = s.inputs[0]
		r.Headers = []kgo.RecordHeader{{Key: "traceparent", Value: []byte("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")}}
		return r
	}
	order := func(id string) history.Event {
		return history.Event{Kind: history.OrderPlaced, OrderID: id, AmountMinor: 1200}
	}
	return settled(t, s,
		on(70, history.Event{Kind: history.CustomerErased}), on(70, history.Event{Kind: history.CustomerErased}),
		on(65, order("o9")), on(75, order("o10")), on(76, order("o11")),
	)
}

// storedOf is where a customer is stored.
func (s *system) storedOf(id string) string {
	return fmt.Sprintf("%s:{s%03d}:customers", s.namespace, state.Shard(id, shards))
}

func TestWhatIsLeftOfWhoWasErasedIsCompared(t *testing.T) {
	lived := clv.Customer{Version: 3}
	lived.History.LatestMicros = 1_505_000_000_000_000
	marker := func(days int, version uint64) string {
		at := 1_500_000_000_000_000 + int64(days)*24*time.Hour.Microseconds()
		return string(layout.AppendMarker(nil, layout.Marker{Form: layout.MarkerErased, AtMicros: at, Version: version}))
	}
	for name, tc := range map[string]struct {
		later  history.LaterEvents
		stored string
		text   string
	}{
		"refuse, still there":       {history.RefuseLater, string(layout.AppendCustomer(nil, &lived)), `customer "ada": customer: want erased, got stored`},
		"refuse, another time":      {history.RefuseLater, marker(71, 0), `customer "ada": erasure: want erased at 2017-09-22T02:40:00Z, got erased at 2017-09-23`},
		"refuse, with a version":    {history.RefuseLater, marker(70, 9), "versions go on from 9"},
		"refuse, forgotten":         {history.RefuseLater, "", `customer "ada": customer: want a marker, got missing`},
		"anew, as if nothing came":  {history.BeginAnew, marker(70, 13), "want stored: events came after the erasure, got erased"},
		"anew, as if never erased":  {history.BeginAnew, string(layout.AppendCustomer(nil, &lived)), "erasure: want erased at"},
		"anew, forgotten by itself": {history.BeginAnew, "", `customer "ada": customer: want a marker, got missing`},
	} {
		t.Run(name, func(t *testing.T) {
			s := erasedSystem(t, tc.later)
			client := s.pair.RedisClient(t)
			if tc.stored == "" {
				client.HDel(t.Context(), s.storedOf("ada"), "ada")
			} else if err := client.HSet(t.Context(), s.storedOf("ada"), "ada", tc.stored).Err(); err != nil {
				t.Fatal(err)
			}
			report := s.verify(t)
			if report.Verified || report.DifferingCustomers != 1 {
				t.Error(report)
			}
			s.expect(t, faultsOf(report), tc.text)
		})
	}
}

// A customer who began anew is compared as any other, and so is what they count for.
func TestWhoBeganAnewIsCompared(t *testing.T) {
	s := erasedSystem(t, history.BeginAnew)
	for name, tc := range map[string]struct {
		change func(*clv.Customer)
		text   string
	}{
		"version":        {func(c *clv.Customer) { c.Version++ }, "version: want"},
		"amount":         {func(c *clv.Customer) { c.History.Orders[0].AmountMinor++ }, "revenue_minor"},
		"erased when":    {func(c *clv.Customer) { c.Erasure.AtMicros++ }, "erasure: want"},
		"went on from":   {func(c *clv.Customer) { c.Erasure.Version-- }, "erasure: want"},
		"never erased":   {func(c *clv.Customer) { c.Erasure = clv.Erasure{} }, "erasure: want"},
		"forgotten once": {func(c *clv.Customer) { c.History.Orders = c.History.Orders[1:] }, "orders"},
	} {
		t.Run(name, func(t *testing.T) {
			s.tamper(t, "ada", tc.change)
			report := s.verify(t)
			if report.DifferingCustomers != 1 {
				t.Error(report)
			}
			s.expect(t, faultsOf(report), tc.text)
		})
	}
}

// What the topics say of who was erased: the change, the tombstone, the letters.
func TestWhatIsToldOfAnErasureIsCompared(t *testing.T) {
	for _, later := range []history.LaterEvents{history.RefuseLater, history.BeginAnew} {
		s := erasedSystem(t, later)
		s.wantToldOfErasure(t)
		sound := s.topics
		early := s.sent[slices.IndexFunc(s.sent, func(r *kgo.Record) bool { return strings.Contains(string(r.Value), "ada-later-65") })]
		refused := func(r *kgo.Record) bool {
			return headerOf(r, deadletter.HeaderTopic) == early.Topic && headerOf(r, deadletter.HeaderOffset) == fmt.Sprint(early.Offset) &&
				headerOf(r, deadletter.HeaderPartition) == fmt.Sprint(early.Partition)
		}
		tombstone := func(r *kgo.Record) bool { return isAda(r) && r.Value == nil }
		erasure := func(r *kgo.Record) bool {
			return isAda(r) && strings.Contains(string(r.Value), `"reason":"erased"`)
		}
		at := slices.IndexFunc[[]*kgo.Record]
		for name, tc := range map[string]struct {
			topic *string
			edit  func([]*kgo.Record) []*kgo.Record
			want  faults
			text  string
		}{
			"a tombstone that is missing": {&s.topics.Current,
				func(r []*kgo.Record) []*kgo.Record { return slices.DeleteFunc(r, tombstone) }, faults{stale: 1}, "the tombstone of change"},
			"a tombstone, and the value after it": {&s.topics.Current, func(r []*kgo.Record) []*kgo.Record {
				return append(slices.DeleteFunc(r, tombstone), r[at(r, isAda)])
			}, faults{stale: 1}, "got another value"},
			"no word of her": {&s.topics.Current,
				func(r []*kgo.Record) []*kgo.Record { return slices.DeleteFunc(r, isAda) }, faults{stale: 1}, "got none"},
			"two tombstones": {&s.topics.Current, func(r []*kgo.Record) []*kgo.Record {
				return slices.Insert(r, at(r, tombstone), r[at(r, tombstone)])
			}, faults{stale: 1}, "want 1 tombstones, got 2"},
			"a letter with the record's value": {&s.topics.DeadLetter, func(r []*kgo.Record) []*kgo.Record {
				letter := *r[at(r, refused)]
				letter.Value = []byte("{}")
				r[at(r, refused)] = &letter
				return r
			}, faults{lettersUnfounded: 1}, "dead letter of an erased customer"},
			"a letter with her key": {&s.topics.DeadLetter, func(r []*kgo.Record) []*kgo.Record {
				letter := *r[at(r, refused)]
				letter.Key = []byte("ada")
				r[at(r, refused)] = &letter
				return r
			}, faults{lettersUnfounded: 1}, "dead letter of an erased customer"},
			"a letter with a header of the record": {&s.topics.DeadLetter, func(r []*kgo.Record) []*kgo.Record {
				letter := *r[at(r, refused)]
				letter.Headers = append(slices.Clone(letter.Headers), kgo.RecordHeader{Key: "clv-header-shop", Value: []byte("x")})
				r[at(r, refused)] = &letter
				return r
			}, faults{lettersUnfounded: 1}, "dead letter of an erased customer"},
			"a letter that is missing": {&s.topics.DeadLetter, func(r []*kgo.Record) []*kgo.Record {
				return slices.Delete(r, at(r, refused), at(r, refused)+1)
			}, faults{lettersLost: 1}, "dead letter: want erased, got none"},
			"a letter of another reason": {&s.topics.DeadLetter, func(r []*kgo.Record) []*kgo.Record {
				r[at(r, refused)] = headed(r[at(r, refused)], deadletter.HeaderReason, "too_late")
				return r
			}, faults{lettersUnfounded: 1}, "dead letter's reason: want erased, got too_late"},
			"a figure in the change": {&s.topics.Changes, func(r []*kgo.Record) []*kgo.Record {
				return edited(r, at(r, erasure), `"revenue":"0.00"`, `"revenue":"0.01"`)
			}, faults{differing: 1}, "figures: want none: the customer was erased"},
			"another time of the change": {&s.topics.Changes, func(r []*kgo.Record) []*kgo.Record {
				return edited(r, at(r, erasure), `"as_of":"2017-09-22T02`, `"as_of":"2017-09-22T03`)
			}, faults{differing: 1}, "as_of"},
		} {
			t.Run(fmt.Sprint(later, " ", name), func(t *testing.T) {
				from := *tc.topic
				*tc.topic = s.copyTopic(t, from, tc.edit)
				defer func() { s.topics = sound }()
				if later == history.BeginAnew && tc.topic == &s.topics.Current && name != "two tombstones" {
					return // the value that came since is the last
				}
				s.expect(t, tc.want, tc.text)
			})
		}
	}
}

func headerOf(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// wantToldOfErasure checks what a receiver gets.
func (s *system) wantToldOfErasure(t *testing.T) {
	t.Helper()
	var letters int
	for _, r := range s.readAll(t, s.topics.DeadLetter) {
		if headerOf(r, deadletter.HeaderReason) != "erased" {
			continue
		}
		letters++
		if r.Key != nil || r.Value != nil || headerOf(r, "traceparent") != "" {
			t.Errorf("a letter of an erased customer is %s = %s, %+v", r.Key, r.Value, r.Headers)
		}
	}
	if letters == 0 {
		t.Error("no letter is of reason erased")
	}
	current := slices.DeleteFunc(s.readAll(t, s.topics.Current), func(r *kgo.Record) bool { return !isAda(r) || r.Value != nil })
	if len(current) != 1 || headerOf(current[0], "ce_subject") != "ada" {
		t.Errorf("%d tombstones", len(current))
	}
}
