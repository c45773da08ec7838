package stream

import (
	"errors"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestPartitionBounds(t *testing.T) {
	onBoth(t, func(t *testing.T, c *cluster) {
		one, two := c.topic(t, 1), c.topic(t, 2)
		produce(t, c.client, numbered(one, 0, 0, 8)...)
		removal := kadm.Offsets{}
		removal.AddOffset(one, 0, 5, -1)
		if _, err := c.adm.DeleteRecords(t.Context(), removal); err != nil {
			t.Fatal(err)
		}
		open := c.connect(t, kgo.TransactionalID(two))
		if err := open.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		produce(t, open, numbered(two, 1, 0, 3)...)

		got, err := PartitionBounds(t.Context(), c.adm, one, two)
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
		if _, err := PartitionBounds(t.Context(), c.adm, one, "absent"); !errors.Is(err, kerr.UnknownTopicOrPartition) {
			t.Errorf("bounds of an absent topic: %v", err)
		}
		if got, err := PartitionBounds(t.Context(), c.adm); err != nil || len(got) != 0 {
			t.Errorf("bounds of no topic: %v, error %v", got, err)
		}
	})
}
