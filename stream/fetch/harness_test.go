package fetch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

// testCluster is a Kafka, faked or real, with what the fetch tests do to it.
type testCluster struct {
	fake    *kfake.Cluster // nil when real
	brokers []string
	client  *kgo.Client
	adm     *kadm.Client
}

// onBoth runs a test against three faked brokers and against a real one.
func onBoth(t *testing.T, test func(*testing.T, *testCluster)) {
	t.Helper()
	t.Run("kfake", func(t *testing.T) { test(t, fakeCluster(t)) })
	t.Run("kafka", func(t *testing.T) { test(t, newCluster(t, nil, testbed.RealPair(t).Brokers)) })
}

func fakeCluster(tb testing.TB, options ...kfake.Opt) *testCluster {
	tb.Helper()
	fake, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(3)}, options...)...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(fake.Close)
	return newCluster(tb, fake, fake.ListenAddrs())
}

func newCluster(tb testing.TB, fake *kfake.Cluster, brokers []string) *testCluster {
	tb.Helper()
	c := &testCluster{fake: fake, brokers: brokers}
	c.client = c.connect(tb)
	c.adm = kadm.NewClient(c.client)
	return c
}

func (c *testCluster) connect(tb testing.TB, options ...kgo.Opt) *kgo.Client {
	tb.Helper()
	options = append([]kgo.Opt{
		kgo.SeedBrokers(c.brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MetadataMinAge(100 * time.Millisecond),
	}, options...)
	client, err := kgo.NewClient(options...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return client
}

// topic creates a topic with a name of its own.
func (c *testCluster) topic(tb testing.TB, partitions int32, configs ...string) string {
	tb.Helper()
	name := testbed.Unique(tb)
	settings := map[string]*string{}
	for i := 0; i+1 < len(configs); i += 2 {
		settings[configs[i]] = &configs[i+1]
	}
	if _, err := c.adm.CreateTopic(tb.Context(), partitions, 1, settings, name); err != nil {
		tb.Fatalf("create topic: %v", err)
	}
	return name
}

// numbered makes count records with the values first, first+1, …
func numbered(topic string, partition int32, first, count int) []*kgo.Record {
	records := make([]*kgo.Record, count)
	for i := range records {
		records[i] = &kgo.Record{Topic: topic, Partition: partition, Value: fmt.Appendf(nil, "%d", first+i)}
	}
	return records
}

// fetcher starts one over the topics; it ends with the test.
func (c *testCluster) fetcher(tb testing.TB, change func(*Config), topics ...string) *Fetcher {
	tb.Helper()
	return startFetcher(tb, cluster.Access{Brokers: c.brokers, ClientID: "test"}, change, topics...)
}

func startFetcher(tb testing.TB, to cluster.Access, change func(*Config), topics ...string) *Fetcher {
	tb.Helper()
	transport, err := to.Transport(topics...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(transport.CloseIdleConnections)
	options, err := to.Options()
	if err != nil {
		tb.Fatal(err)
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	config := Config{Transport: transport, Addr: to.Addr(), Cluster: client, ClientID: to.ClientID}
	if change != nil {
		change(&config)
	}
	fetcher, err := New(config)
	if err != nil {
		tb.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := fetcher.Run(tb.Context()); err != nil { // done just before the clean-up
			tb.Errorf("run fetcher: %v", err)
		}
	})
	tb.Cleanup(running.Wait)
	return fetcher
}

func assign(tb testing.TB, f *Fetcher, topic string, partition int32, offset int64) *Reader {
	tb.Helper()
	r, err := f.Assign(cluster.Partition{Topic: topic, ID: partition}, offset)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// takeValues takes batches until count records came, and returns their values
// and the position after them. It checks what holds for every batch.
func takeValues(tb testing.TB, r *Reader, count int) (values []string, next int64) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), testbed.Patience)
	defer cancel()
	for len(values) < count {
		batch, err := r.Next(ctx)
		if err != nil {
			tb.Fatalf("take %s after %d of %d records: %v", r.Partition(), len(values), count, err)
		}
		for _, record := range batch.Records {
			if record.Offset < next || record.Offset >= batch.NextOffset {
				tb.Fatalf("record at offset %d after position %d, in a batch up to %d", record.Offset, next, batch.NextOffset)
			}
			next = record.Offset + 1
			values = append(values, string(record.Value))
		}
		next = batch.NextOffset
	}
	return values, next
}

// takeTo takes batches until the position, which may lie beyond the last record.
func takeTo(tb testing.TB, r *Reader, position int64) (values []string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), testbed.Patience)
	defer cancel()
	for next := int64(0); next < position; {
		batch, err := r.Next(ctx)
		if err != nil {
			tb.Fatalf("take %s at position %d of %d: %v", r.Partition(), next, position, err)
		}
		for _, record := range batch.Records {
			values = append(values, string(record.Value))
		}
		next = batch.NextOffset
	}
	return values
}

// takeError takes until reading ends with an error of type E.
func takeError[E error](tb testing.TB, r *Reader) E {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), testbed.Patience)
	defer cancel()
	for {
		_, err := r.Next(ctx)
		var wanted E
		if errors.As(err, &wanted) {
			return wanted
		}
		if err != nil {
			tb.Fatalf("take %s: got %v, want a %T", r.Partition(), err, wanted)
		}
	}
}

func wantNumbers(tb testing.TB, values []string, first, count int) {
	tb.Helper()
	if len(values) != count {
		tb.Fatalf("got %d records, want %d", len(values), count)
	}
	for i, value := range values {
		if want := fmt.Sprint(first + i); value != want {
			tb.Fatalf("record %d has value %q, want %q", i, value, want)
		}
	}
}

// settledBounds waits until the markers of all ended transactions stand in the
// log: Kafka writes them after it has answered.
func settledBounds(tb testing.TB, c *testCluster, topic string) map[cluster.Partition]cluster.Bounds {
	tb.Helper()
	for deadline := time.Now().Add(testbed.Patience); ; time.Sleep(5 * time.Millisecond) {
		bounds, err := cluster.PartitionBounds(tb.Context(), c.adm, topic)
		if err != nil {
			tb.Fatal(err)
		}
		open := 0
		for _, b := range bounds {
			if b.LastStableOffset < b.HighWatermark {
				open++
			}
		}
		if open == 0 {
			return bounds
		}
		if time.Now().After(deadline) {
			tb.Fatalf("transactions are still open: %+v", bounds)
		}
	}
}
