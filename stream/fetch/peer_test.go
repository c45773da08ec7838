package fetch

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Whatever producers and transactions leave in a log, what is read of it is what
// franz-go reads, which is held to Kafka's own consumer.
func TestFetchAgreesWithFranz(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		topic := c.topic(t, 2)
		writeRandomLog(t, c, topic, random)

		bounds := settledBounds(t, c, topic)
		f := c.fetcher(t, func(config *Config) {
			config.MaxRecords, config.PartitionMaxBytes = 1+random.IntN(40), 200+random.Int32N(4000)
		}, topic)
		for p := range int32(2) {
			end := bounds[cluster.Partition{Topic: topic, ID: p}].LastStableOffset
			from := random.Int64N(end / 2)
			want := franzReads(t, c, topic, p, from, end)
			got := takeTo(t, assign(t, f, topic, p, from), end)
			if !slices.Equal(got, want) {
				t.Errorf("partition %d from %d to %d: got %q, want %q", p, from, end, got, want)
			}
		}
	})
}

// writeRandomLog lets three transactional producers and a plain one write in
// turns, and ends every transaction one way or the other.
func writeRandomLog(t *testing.T, c *testCluster, topic string, random *rand.Rand) {
	t.Helper()
	type writer struct {
		client *kgo.Client
		open   bool
	}
	writers := []*writer{{client: c.client}}
	for i := range 3 {
		writers = append(writers, &writer{client: c.connect(t, kgo.TransactionalID(fmt.Sprintf("%s-%d", topic, i)))})
	}
	end := func(w *writer) {
		if err := w.client.EndTransaction(t.Context(), kgo.TransactionEndTry(random.IntN(2) == 0)); err != nil {
			t.Fatal(err)
		}
		w.open = false
	}
	for i := range 150 {
		choice := random.IntN(len(writers))
		w := writers[choice]
		switch {
		case choice > 0 && w.open && random.IntN(3) == 0:
			end(w)
			continue
		case choice > 0 && !w.open:
			if err := w.client.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			w.open = true
		}
		testbed.Produce(t, w.client, numbered(topic, random.Int32N(2), 100*i, 1+random.IntN(20))...)
	}
	for _, w := range writers {
		if w.open {
			end(w)
		}
	}
}

// franzReads returns the values of the committed records in [from, to).
func franzReads(t *testing.T, c *testCluster, topic string, partition int32, from, to int64) (values []string) {
	t.Helper()
	client := c.connect(t, kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.ConsumePartitions(
		map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(from)}}))
	ctx, cancel := context.WithTimeout(t.Context(), testbed.Patience)
	defer cancel()
	for next := from; next < to; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("read partition %d at %d of %d: %v", partition, next, to, err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			next = record.Offset + 1
			if !record.Attrs.IsControl() {
				values = append(values, string(record.Value))
			}
		})
	}
	return values
}
