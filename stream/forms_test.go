package stream

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/audience"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
)

// registered gives each subject an id of its own.
type registered struct {
	mu  sync.Mutex
	ids map[string]uint32
}

func (r *registered) register(_ context.Context, subject string, schema []byte) (uint32, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !bytes.Contains(schema, []byte(`"namespace": "io.clvstream"`)) {
		return 0, errors.New("another schema")
	}
	if r.ids[subject] == 0 {
		r.ids[subject] = uint32(100 + len(r.ids))
	}
	return r.ids[subject], nil
}

// Each topic has the changes in its form, with the headers of that, and the topic of changes has
// them as ever.
func TestEachTopicHasItsForm(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		o := newHarness(t, pair)
		registry := &registered{ids: map[string]uint32{}}
		var audiences []audience.Audience
		for _, form := range []change.Form{change.JSON, change.Flat, change.Avro, change.FlatAvro} {
			audiences = append(audiences, audience.Audience{Name: string(form), Topic: o.audienceTopic(string(form)), Filter: "true", Form: form})
		}
		if _, err := cluster.CreateTopics(t.Context(), pair.Admin(t), AudienceSpecs(audiences, 2, -1)); err != nil {
			t.Fatal(err)
		}
		o.Orders(t, 30)
		o.drain(t, o.publisher(t, func(c *PublisherConfig) {
			c.Audiences, c.Current, c.Register = audiences, change.Avro, registry.register
		}))
		o.WantPublished(t)
		for _, record := range o.Committed(t, o.Topics.Changes) {
			if outlet.Header(record, "ce_type") != change.EventType || record.Value[0] != '{' {
				t.Fatalf("a change is %v", record)
			}
		}
		for _, a := range append(audiences, audience.Audience{Topic: o.Topics.Current, Form: change.Avro}) {
			all := o.Committed(t, a.Topic)
			if len(all) != 30 {
				t.Errorf("%s has %d changes", a.Topic, len(all))
			}
			for _, record := range all {
				wantForm(t, record, a.Form, registry.ids[a.Topic+"-value"])
			}
		}
	})
}

// wantForm checks a record of the outlet's orders.
func wantForm(t *testing.T, record *kgo.Record, form change.Form, id uint32) {
	t.Helper()
	if outlet.Header(record, "ce_type") != form.EventType() || outlet.Header(record, "content-type") != form.ContentType() || outlet.Header(record, "ce_subject") != string(record.Key) {
		t.Errorf("the headers of %s are %v", form, record.Headers)
	}
	switch {
	case form.IsAvro() && (id == 0 || record.Value[0] != 0 || binary.BigEndian.Uint32(record.Value[1:]) != id):
		t.Errorf("%s has no id %d before it: % x", form, id, record.Value[:8])
	case form == change.Flat && !bytes.Contains(record.Value, []byte(`"tier_current":null`)):
		t.Errorf("flat is %s", record.Value)
	case form == change.JSON && !bytes.Contains(record.Value, []byte(`"clv":{`)):
		t.Errorf("JSON is %s", record.Value)
	}
}

// A publisher does not start without the id of a schema.
func TestPublisherNeedsTheIDsOfSchemas(t *testing.T) {
	o := newHarness(t, testbed.EmbeddedPair(t))
	refuse := func(context.Context, string, []byte) (uint32, error) { return 0, errors.New("no such registry") }
	for says, register := range map[string]func(context.Context, string, []byte) (uint32, error){"there is no schema registry": nil, "no such registry": refuse} {
		_, err := NewPublisher(t.Context(), PublisherConfig{
			Kafka: cluster.Access{Brokers: o.Pair.Brokers, ClientID: "test"}, Topics: o.Topics, Group: "g", Store: o.Store, Current: change.Avro, Register: register,
		})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("want %q, got %v", says, err)
		}
	}
}

// What several topics have in one form is written once for all of them, and anew for each change.
func TestFormsAreWrittenOncePerChange(t *testing.T) {
	r := dollars(t)
	r.outputs = map[string]output{"a": {form: change.Flat}, "b": {form: change.Flat}, "c": {change.Avro, 1}, "d": {change.Avro, 2}}
	item := &layout.Item{Change: changetest.Sample()}
	announced, _ := r.records(layout.Source{Topic: "in"}, item)
	on := map[string]kgo.Record{}
	for topic := range r.outputs {
		on[topic] = r.on(topic, announced, item)
	}
	if &on["a"].Value[0] != &on["b"].Value[0] || &on["a"].Headers[0] != &on["b"].Headers[0] {
		t.Error("flat is written twice")
	}
	if on["c"].Value[4] != 1 || on["d"].Value[4] != 2 {
		t.Error("the ids of schemas are mixed up")
	}
	other := changetest.Dormant()
	announced, _ = r.records(layout.Source{Topic: "in"}, &layout.Item{Change: other})
	if got := r.on("a", announced, &layout.Item{Change: other}); bytes.Equal(got.Value, on["a"].Value) {
		t.Error("a change is written as the one before")
	}
}
