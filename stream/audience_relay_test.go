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
func (o *outlet) withAudiences(t *testing.T) func(*PublisherConfig) {
	t.Helper()
	var audiences []Audience
	for _, a := range testAudiences {
		audiences = append(audiences, Audience{Name: a.name, Topic: o.audienceTopic(a.name), Filter: a.filter})
	}
	if _, err := CreateTopics(t.Context(), adminOf(t, o.pair), AudienceSpecs(audiences, 2, -1)); err != nil {
		t.Fatal(err)
	}
	return func(c *PublisherConfig) { c.Audiences = audiences }
}

func (o *outlet) audienceTopic(name string) string { return o.topics.Changes + ".audience." + name }

// wantHeard checks that each audience has the changes that belong to it, once,
// and as they are on the changes topic.
func (o *outlet) wantHeard(t *testing.T) {
	t.Helper()
	changes := o.committed(t, o.topics.Changes)
	for _, a := range testAudiences {
		want := slices.DeleteFunc(slices.Clone(changes), func(r *kgo.Record) bool { return !a.belongs(orderOf(t, r)) })
		got := o.committed(t, o.audienceTopic(a.name))
		if len(got) != len(want) {
			t.Errorf("%s hears of %d changes, want %d of %d", a.name, len(got), len(want), len(changes))
			continue
		}
		byID := func(x, y *kgo.Record) int { return strings.Compare(header(x, "ce_id"), header(y, "ce_id")) }
		slices.SortFunc(got, byID)
		slices.SortFunc(want, byID)
		for i := range got {
			if !bytes.Equal(got[i].Key, want[i].Key) || !bytes.Equal(got[i].Value, want[i].Value) || !slices.EqualFunc(got[i].Headers, want[i].Headers, sameHeader) {
				t.Errorf("%s hears %v, and the change is %v", a.name, got[i], want[i])
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

// The owner of one lane dies before it trims, that of the other in the middle of
// its transaction.
func TestAudiencesHearOfTheirChangesOnce(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		o := newOutlet(t, pair)
		audiences := o.withAudiences(t)
		o.orders(t, 40)
		for lane := range int32(outletLanes) {
			r := opened(t, o.publisher(t, audiences), lane)
			waiting, err := o.store.Waiting(t.Context(), r.shards, make([]string, len(r.shards)), mostEntries)
			if err != nil {
				t.Fatal(err)
			}
			gathered := r.gather(waiting)
			if lane == 0 {
				err = r.publish(t.Context(), gathered)
			} else if err = r.producer.BeginTransaction(); err == nil {
				err = r.producer.ProduceSync(t.Context(), gathered.records...).FirstErr()
			}
			if err != nil {
				t.Fatal(err)
			}
			r.producer.Close()
		}
		o.drain(t, o.publisher(t, audiences))
		o.orders(t, 40)
		o.drain(t, o.publisher(t, audiences))
		o.wantPublished(t)
		o.wantHeard(t)
	})
}

// A failing filter is counted for its audience, and costs nobody else a change.
func TestATransactionCountsWhoHears(t *testing.T) {
	o := newOutlet(t, testbed.EmbeddedPair(t))
	p := o.publisher(t, o.withAudiences(t))
	o.orders(t, 40)
	var sum [5]told
	for lane := range int32(outletLanes) {
		r := newRelay(p, lane)
		waiting, err := o.store.Waiting(t.Context(), r.shards, make([]string, len(r.shards)), mostEntries)
		if err != nil {
			t.Fatal(err)
		}
		for i, told := range r.gather(waiting).told {
			sum[i].heard += told.heard
			sum[i].failed += told.failed
		}
	}
	if want := [...]told{{heard: 40}, {}, {heard: 20}, {}, {failed: 40}}; sum != want {
		t.Errorf("%+v, want %+v", sum, want)
	}
}

func TestPublisherRefusesAudiences(t *testing.T) {
	o := newOutlet(t, testbed.EmbeddedPair(t))
	for want, a := range map[string]Audience{
		"topics create":                 {Name: "a", Topic: "nowhere", Filter: "true"},
		"audience a: line 1, column 3:": {Name: "a", Topic: o.topics.Changes, Filter: "1 == 'x' || 'y' == 2"},
	} {
		_, err := NewPublisher(t.Context(), PublisherConfig{
			Kafka: KafkaClient{Brokers: o.pair.Brokers}, Topics: o.topics, Store: o.store, Audiences: []Audience{a},
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
	states, err := CheckTopics(t.Context(), adminOf(t, pair), AudienceSpecs([]Audience{{Name: "a", Topic: topic}}, 1, -1))
	if err != nil || len(states) != 1 || !strings.Contains(strings.Join(states[0].Problems, "; "), "cleanup.policy is compact") {
		t.Errorf("%+v, %v", states, err)
	}
}
