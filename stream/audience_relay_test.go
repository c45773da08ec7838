package stream

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/stream/audience"
	"github.com/clvstream/clvstream/stream/cluster"
)

// testAudiences are what the outlet's orders are sorted into, and by which other
// means it is known what belongs.
var testAudiences = []struct {
	name, filter string
	belongs      func(customer, version int) bool
}{
	{"everybody", `true`, func(int, int) bool { return true }},
	{"nobody", `stage.current == "dormant"`, func(int, int) bool { return false }},
	{"even", `customer_id.matches("[02468]$")`, func(customer, _ int) bool { return customer%2 == 0 }},
	{"second", `version == 2 && clv.historic == 20.0`, func(_, version int) bool { return version == 2 }},
	{"failing", `10 / (orders - 1) == 10`, func(_, version int) bool { return version == 2 }}, // fails at the first order
}

// withAudiences makes the audiences' topics and has publishers write them.
func (o *harness) withAudiences(t *testing.T) func(*PublisherConfig) {
	t.Helper()
	var audiences []audience.Audience
	for _, a := range testAudiences {
		audiences = append(audiences, audience.Audience{Name: a.name, Topic: o.audienceTopic(a.name), Filter: a.filter})
	}
	if _, err := cluster.CreateTopics(t.Context(), o.Pair.Admin(t), AudienceSpecs(audiences, 2, -1)); err != nil {
		t.Fatal(err)
	}
	return func(c *PublisherConfig) { c.Audiences = audiences }
}

func (o *harness) audienceTopic(name string) string { return o.Topics.Changes + ".audience." + name }

// wantAdmitted checks that each audience has the changes that belong to it, once,
// and as they are on the changes topic.
func (o *harness) wantAdmitted(t *testing.T) {
	t.Helper()
	changes := o.Committed(t, o.Topics.Changes)
	for _, a := range testAudiences {
		want := slices.DeleteFunc(slices.Clone(changes), func(r *kgo.Record) bool { return !a.belongs(orderOf(t, r)) })
		got := o.Committed(t, o.audienceTopic(a.name))
		if len(got) != len(want) {
			t.Errorf("%s gets %d changes, want %d of %d", a.name, len(got), len(want), len(changes))
			continue
		}
		byID := func(x, y *kgo.Record) int {
			return strings.Compare(outlet.Header(x, "ce_id"), outlet.Header(y, "ce_id"))
		}
		slices.SortFunc(got, byID)
		slices.SortFunc(want, byID)
		for i := range got {
			if !bytes.Equal(got[i].Key, want[i].Key) || !bytes.Equal(got[i].Value, want[i].Value) || !slices.EqualFunc(got[i].Headers, want[i].Headers, sameHeader) {
				t.Errorf("%s gets %v, and the change is %v", a.name, got[i], want[i])
			}
		}
	}
}

func sameHeader(a, b kgo.RecordHeader) bool { return a.Key == b.Key && bytes.Equal(a.Value, b.Value) }

func orderOf(t *testing.T, change *kgo.Record) (customer, version int) {
	t.Helper()
	var data struct{ Version int }
	if err := json.Unmarshal(change.Value, &data); err != nil {
		t.Fatal(err)
	}
	customer, err := strconv.Atoi(strings.TrimPrefix(string(change.Key), "c"))
	if err != nil {
		t.Fatal(err)
	}
	return customer, data.Version
}

// Lanes that do not learn whether their transactions were committed begin again.
func TestAudiencesGetTheirChangesOnce(t *testing.T) {
	for _, applied := range []bool{true, false} {
		t.Run(map[bool]string{true: "committed", false: "not committed"}[applied], func(t *testing.T) {
			testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
				o := newHarness(t, pair)
				audiences := o.withAudiences(t)
				o.Orders(t, 40)
				loss := &outlet.LossyNetwork{Applied: applied}
				o.drain(t, o.publisher(t, func(c *PublisherConfig) {
					audiences(c)
					c.Kafka.Dial = loss.Dial
				}))
				if loss.Lost.Load() == 0 {
					t.Error("no answer was lost")
				}
				o.WantPublished(t)
				o.wantAdmitted(t)
				o.Orders(t, 40)
				o.drain(t, o.publisher(t, audiences))
				o.WantPublished(t)
				o.wantAdmitted(t)
			})
		})
	}
}

// A failing filter is counted for its audience, and costs nobody else a change. What
// is not published is not counted.
func TestATransactionCountsWhomItAdmits(t *testing.T) {
	o := newHarness(t, testbed.EmbeddedPair(t))
	w := newChangeWriter(o.publisher(t, o.withAudiences(t)))
	o.Orders(t, 40)
	waiting, err := o.Store.Waiting(t.Context(), allShards, make([]string, len(allShards)), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range slices.Concat(waiting...) {
		for i := range entry.Items {
			w.append(nil, entry.Source, &entry.Items[i])
		}
	}
	if want := []admitted{{changes: 40}, {}, {changes: 20}, {}, {failed: 40}}; !slices.Equal(w.counts, want) {
		t.Errorf("%+v, want %+v", w.counts, want)
	}
	w.ended(t.Context(), false)
	if !slices.Equal(w.counts, make([]admitted, 5)) {
		t.Errorf("%+v is left of a transaction that failed", w.counts)
	}
}

func TestPublisherRefusesAudiences(t *testing.T) {
	o := newHarness(t, testbed.EmbeddedPair(t))
	for want, a := range map[string]audience.Audience{
		"topics create":                 {Name: "a", Topic: "nowhere", Filter: "true"},
		"audience a: line 1, column 3:": {Name: "a", Topic: o.Topics.Changes, Filter: "1 == 'x' || 'y' == 2"},
	} {
		_, err := NewPublisher(t.Context(), PublisherConfig{
			Kafka: cluster.Access{Brokers: o.Pair.Brokers}, Topics: o.Topics, Store: o.Store, Audiences: []audience.Audience{a},
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

func TestACompactedTopicFitsNoAudience(t *testing.T) {
	pair := testbed.EmbeddedPair(t)
	topic := testbed.Unique(t)
	pair.CreateTopic(t, topic, 1, "cleanup.policy", "compact")
	states, err := cluster.CheckTopics(t.Context(), pair.Admin(t), AudienceSpecs([]audience.Audience{{Name: "a", Topic: topic}}, 1, -1))
	if err != nil || len(states) != 1 || !strings.Contains(strings.Join(states[0].Problems, "; "), "cleanup.policy is compact") {
		t.Errorf("%+v, %v", states, err)
	}
}
