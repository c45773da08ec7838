package relay

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
)

// harness is an outlet whose lanes tests turn by hand.
type harness struct{ *outlet.Outlet }

func newHarness(t *testing.T, pair *testbed.Pair, letterConfigs ...string) *harness {
	t.Helper()
	return &harness{outlet.New(t, pair, letterConfigs...)}
}

// relay is one that is not open.
func (o *harness) relay(t *testing.T, lane int32, change func(*Config)) *Relay {
	t.Helper()
	config := Config{
		Access: cluster.Access{Brokers: o.Pair.Brokers, ClientID: "test"}, Store: o.Store, Topics: o.Topics, Limits: map[string]int{},
		Lane: lane, MaxItems: 10_000, Linger: 5 * time.Millisecond, TransactionTimeout: 5 * time.Second, Grace: 10 * time.Second,
		Change: rendered(o.Topics), Ended: func(context.Context, bool) {}, Unseen: new(sync.Once),
	}
	if change != nil {
		change(&config)
	}
	var err error
	if config.Client, err = cluster.Connect(t.Context(), config.Access); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(config.Client.Close)
	for _, topic := range []string{o.Topics.Changes, o.Topics.Current, o.Topics.DeadLetter, o.Topics.Progress} {
		config.Limits[topic] = cluster.MessageLimit(t.Context(), kadm.NewClient(config.Client), topic)
	}
	for shard := int(lane); shard < outlet.Shards; shard += outlet.Lanes {
		config.Shards = append(config.Shards, shard)
	}
	return New(config)
}

// rendered stands in for the rendering of changes: what these tests read of it.
func rendered(topics cluster.OutputTopics) func([]*kgo.Record, layout.Source, *layout.Item) ([]*kgo.Record, *kgo.Record) {
	return func(records []*kgo.Record, source layout.Source, item *layout.Item) (all []*kgo.Record, latest *kgo.Record) {
		c := item.Change
		id := fmt.Sprintf("%s/%d/%d", source.Topic, source.Partition, item.Offset)
		if c.Cause.Kind == history.TimePassed {
			id = fmt.Sprintf("due:%s@%d", c.CustomerID, c.Cause.AtMicros)
		}
		change := kgo.Record{
			Topic: topics.Changes, Key: []byte(c.CustomerID), Headers: []kgo.RecordHeader{{Key: "ce_id", Value: []byte(id)}},
			Value: fmt.Appendf(nil, `{"customer_id":%q,"version":%d,"caused_at":%d}`, c.CustomerID, c.Version, c.Cause.AtMicros),
		}
		current := change
		current.Topic = topics.Current
		return append(records, &change), &current
	}
}

func (o *harness) opened(t *testing.T, lane int32, change func(*Config)) *Relay {
	t.Helper()
	r := o.relay(t, lane, change)
	if err := r.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// drain takes the lanes over and relays until nothing waits.
func (o *harness) drain(t *testing.T) {
	t.Helper()
	for lane := range int32(outlet.Lanes) {
		r := o.opened(t, lane, nil)
		for moved := true; moved; {
			var err error
			if moved, err = r.once(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		r.producer.Close()
	}
}

// waiting are the heads of the outboxes of a relay.
func (o *harness) waiting(t *testing.T, r *Relay) [][]layout.Entry {
	t.Helper()
	shards := r.config.Shards
	waiting, err := o.Store.Waiting(t.Context(), shards, make([]string, len(shards)), mostEntries)
	if err != nil {
		t.Fatal(err)
	}
	return waiting
}

// gathered is a transaction of entries that are at hand.
func gathered(r *Relay, waiting [][]layout.Entry) *transaction {
	t := r.gathering()
	for i, entries := range waiting {
		for e := range entries {
			r.gatherEntry(t, r.config.Shards[i], &entries[e])
		}
	}
	t.gathered()
	return t
}
