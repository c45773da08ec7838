package progress

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
)

func TestProgressIsOfOneTopicAndPartition(t *testing.T) {
	orders := Source(layout.Source{Topic: "orders", Partition: 1, TopicID: [16]byte{1}})
	reached := Lane{}.Shard(3)
	reached.Raise(orders, 7)
	reached.Raise(orders, 5) // never back
	p := Lane{3: reached.Stored()}
	for _, c := range []struct {
		shard  int
		source layout.Source
		offset int64
		want   bool
	}{
		{3, layout.Source{Topic: "orders", Partition: 1, TopicID: [16]byte{1}}, 7, true},
		{3, layout.Source{Topic: "orders", Partition: 1, TopicID: [16]byte{1}}, 0, true},
		{3, layout.Source{Topic: "orders", Partition: 1, TopicID: [16]byte{1}}, 8, false},
		{2, layout.Source{Topic: "orders", Partition: 1, TopicID: [16]byte{1}}, 7, false},
		{3, layout.Source{Topic: "orders", Partition: 0, TopicID: [16]byte{1}}, 7, false},
		{3, layout.Source{Topic: "churn", Partition: 1, TopicID: [16]byte{1}}, 7, false},
		{3, layout.Source{Topic: "orders", Partition: 1, TopicID: [16]byte{2}}, 7, false}, // recreated
	} {
		if got := p.Shard(c.shard).Has(Source(c.source), c.offset); got != c.want {
			t.Errorf("shard %d has published offset %d of %v: %t, want %t", c.shard, c.offset, c.source, got, c.want)
		}
	}
	p.Shard(3).Raise(orders, 9)
	if p.Shard(3).Has(orders, 9) {
		t.Error("raising a copy raises the original")
	}
}

// What a later version has noted stays in the progress while a lane publishes.
func TestProgressKeepsKeysOfALaterVersion(t *testing.T) {
	in := Source(layout.Source{Topic: "in", TopicID: [16]byte{1}})
	p := Lane{}
	if err := p.Take(&kgo.Record{Key: []byte("3"), Value: []byte(`{"` + in + `":7,"later":5,"held@c":-1}`)}); err != nil {
		t.Fatal(err)
	}
	reached := p.Shard(3)
	reached.Raise(in, 9)
	reached.RaiseDue(100, "c")
	want := map[string]int64{in: 9, "later": 5, "held@c": -1, duePrefix + "c": 100}
	if got := reached.Stored(); !maps.Equal(got, want) {
		t.Errorf("the progress is %v, want %v", got, want)
	}
	if applied := p.Applied(3, func(string) bool { return true }); len(applied) != 1 {
		t.Errorf("%v are taken for input partitions, want one", applied)
	}
}

// Progress is read past what is aborted, and up to the lane's own last record,
// whatever the other lanes have open.
func TestProgressIsReadToItsEnd(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		topic := testbed.Unique(t)
		pair.CreateTopic(t, topic, 2, "cleanup.policy", "compact,delete") // deleting records needs the latter
		access := cluster.Access{Brokers: pair.Brokers}
		read := func() Lane {
			t.Helper()
			p, err := Read(t.Context(), access, topic, 1)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		if p := read(); len(p) != 0 {
			t.Errorf("progress of an empty topic is %v", p)
		}
		lane, other := laneWriter(t, pair, topic+"-1"), laneWriter(t, pair, topic+"-0")
		note := func(client *kgo.Client, lane int32, shard int, offset int64, end kgo.TransactionEndTry) {
			t.Helper()
			record, err := Record(topic, lane, shard, map[string]int64{"in/0@": offset})
			if err != nil {
				t.Fatal(err)
			}
			if err := client.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			testbed.Produce(t, client, record)
			if err := client.EndTransaction(t.Context(), end); err != nil {
				t.Fatal(err)
			}
		}
		if err := other.BeginTransaction(); err != nil { // and never end it
			t.Fatal(err)
		}
		testbed.Produce(t, other, &kgo.Record{Topic: topic, Partition: 0, Key: []byte("0"), Value: []byte(`{"in/0@":99}`)})
		note(lane, 1, 1, 10, kgo.TryCommit)
		note(lane, 1, 3, 20, kgo.TryCommit)
		note(lane, 1, 3, 30, kgo.TryCommit)
		note(lane, 1, 1, 99, kgo.TryAbort)
		want := Lane{1: {"in/0@": 10}, 3: {"in/0@": 30}}
		if got := read(); !maps.EqualFunc(got, want, maps.Equal) {
			t.Errorf("progress is %v, want %v", got, want)
		}

		ends, err := pair.Admin(t).ListEndOffsets(t.Context(), topic)
		if err != nil {
			t.Fatal(err)
		}
		offsets := ends.Offsets()
		offsets.Delete(topic, 0)
		deleted, err := kadm.NewClient(pair.KafkaClient(t)).DeleteRecords(t.Context(), offsets)
		if err = errors.Join(err, deleted.Error()); err != nil {
			t.Fatal(err)
		}
		if p := read(); len(p) != 0 {
			t.Errorf("progress whose records were deleted is %v", p)
		}
	})
}

func laneWriter(t *testing.T, pair *testbed.Pair, id string) *kgo.Client {
	t.Helper()
	return pair.KafkaClient(t, kgo.TransactionalID(id), kgo.RecordPartitioner(kgo.ManualPartitioner()))
}

func TestForeignProgressIsRefused(t *testing.T) {
	for _, record := range []*kgo.Record{
		{Offset: 41, Key: []byte("customer-1"), Value: []byte(`{}`)},
		{Offset: 41, Key: []byte("1"), Value: []byte(`[]`)},
		{Offset: 41, Key: []byte("1"), Value: []byte(`{"in/0@":"x"}`)},
		{Offset: 41, Value: []byte(`{}`)},
	} {
		if err := (Lane{}).Take(record); err == nil || !strings.Contains(err.Error(), "offset 41") {
			t.Errorf("%s = %s: %v", record.Key, record.Value, err)
		}
	}
}

// Progress names input partitions by text, which the waker needs back.
func TestProgressNamesArePutBackIntoSources(t *testing.T) {
	orders := layout.Source{Topic: "due.shop_orders-2", Partition: 31, TopicID: [16]byte{0xab, 15: 1}}
	gone := layout.Source{Topic: "gone", Partition: 1}
	p := Lane{5: {Source(orders): 7, Source(gone): 8, duePrefix + "c/1@00": 9, "nonsense": 1, "a/b@00": 1}}
	p[5][duePrefix+"somebody"] = 3
	NoteApplied(p[5], state.Applied{orders: 11})
	NoteApplied(p[5], state.Applied{orders: 9}) // of a Redis that was brought back
	got := p.Applied(5, func(topic string) bool { return topic != "gone" })
	if want := (state.Applied{orders: 11}); !maps.Equal(got, want) {
		t.Errorf("the published offsets are %v, want %v", got, want)
	}
	if source, ok := ParseSource(Source(orders) + appliedSuffix); ok {
		t.Errorf("what was applied without a change is taken for published of %v", source)
	}
	p[5][Source(orders)] = 11
	if NoteApplied(p[5], state.Applied{orders: 11}); len(p.Applied(5, func(string) bool { return true })) != 2 || p[5][Source(orders)+appliedSuffix] != 0 {
		t.Errorf("what is published is noted a second time: %v", p[5])
	}
}
