package cluster

import (
	"errors"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
)

func TestPartitionBounds(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		one, two := testbed.Unique(t), testbed.Unique(t)
		pair.CreateTopic(t, one, 1)
		pair.CreateTopic(t, two, 2)
		byHand := kgo.RecordPartitioner(kgo.ManualPartitioner())
		writer, open := pair.KafkaClient(t, byHand), pair.KafkaClient(t, byHand, kgo.TransactionalID(two))
		admin := kadm.NewClient(writer)
		for range 8 {
			testbed.Produce(t, writer, &kgo.Record{Topic: one})
		}
		removal := kadm.Offsets{}
		removal.AddOffset(one, 0, 5, -1)
		if _, err := admin.DeleteRecords(t.Context(), removal); err != nil {
			t.Fatal(err)
		}
		if err := open.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			testbed.Produce(t, open, &kgo.Record{Topic: two, Partition: 1})
		}

		got, err := PartitionBounds(t.Context(), admin, one, two)
		if err != nil || len(got) != 3 {
			t.Fatalf("got %v, error %v, want three partitions", got, err)
		}
		for partition, want := range map[Partition]Bounds{
			{one, 0}: {LogStartOffset: 5, LastStableOffset: 8, HighWatermark: 8},
			{two, 0}: {},
			{two, 1}: {LastStableOffset: 0, HighWatermark: 3},
		} {
			bounds := got[partition]
			if bounds.TopicID == [16]byte{} {
				t.Errorf("%s has no topic id", partition)
			}
			bounds.TopicID = [16]byte{}
			if bounds != want {
				t.Errorf("%s: got %+v, want %+v", partition, bounds, want)
			}
		}
		if err := open.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
			t.Fatal(err)
		}
		if _, err := PartitionBounds(t.Context(), admin, one, "absent"); !errors.Is(err, kerr.UnknownTopicOrPartition) {
			t.Errorf("bounds of an absent topic: %v", err)
		}
		if got, err := PartitionBounds(t.Context(), admin); err != nil || len(got) != 0 {
			t.Errorf("bounds of no topic: %v, error %v", got, err)
		}
	})
}
