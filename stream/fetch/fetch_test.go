package fetch

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

// TestMain ends the servers that tests of this package share.
func TestMain(m *testing.M) { testbed.Main(m) }

func TestFetchManyPartitions(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		const partitions, each = 7, 900
		topics := []string{c.topic(t, partitions), c.topic(t, partitions)}
		f := c.fetcher(t, func(config *Config) { config.MaxRecords = 100 }, topics...)
		for _, topic := range topics {
			for p := range int32(partitions) {
				testbed.Produce(t, c.client, numbered(topic, p, int(p)*1000, each)...)
			}
		}
		for _, topic := range topics {
			for p := range int32(partitions) {
				const from = 10 // inside a batch: what stands before it comes along and must not show
				values, next := takeValues(t, assign(t, f, topic, p, from), each-from)
				wantNumbers(t, values, int(p)*1000+from, each-from)
				if next != each {
					t.Errorf("%s/%d: next offset %d, want %d", topic, p, next, each)
				}
			}
		}
	})
}

func TestFetchLeavesOutAbortedTransactions(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		topic := c.topic(t, 1)
		a := c.connect(t, kgo.TransactionalID(topic+"-a"))
		b := c.connect(t, kgo.TransactionalID(topic+"-b"))
		begin := func(client *kgo.Client) {
			if err := client.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
		}
		end := func(client *kgo.Client, commit kgo.TransactionEndTry) {
			if err := client.EndTransaction(t.Context(), commit); err != nil {
				t.Fatal(err)
			}
		}
		write := func(client *kgo.Client, value string) {
			testbed.Produce(t, client, &kgo.Record{Topic: topic, Value: []byte(value)})
		}
		f := c.fetcher(t, nil, topic)
		r := assign(t, f, topic, 0, 0)

		begin(a)
		begin(b)
		write(a, "a1 aborted")
		write(b, "b1")
		write(c.client, "plain")
		write(a, "a2 aborted")
		end(a, kgo.TryAbort)
		write(b, "b2")
		begin(a)
		write(a, "a3")
		end(b, kgo.TryCommit)
		end(a, kgo.TryCommit)
		begin(b)
		write(b, "b3 aborted")
		end(b, kgo.TryAbort)

		const length = 11 // seven records, four markers
		if bounds := settledBounds(t, c, topic); bounds[cluster.Partition{Topic: topic, ID: 0}].HighWatermark != length {
			t.Fatalf("bounds %+v, want a log of %d offsets", bounds, length)
		}
		want := []string{"b1", "plain", "b2", "a3"}
		if got := takeTo(t, r, length); !slices.Equal(got, want) {
			t.Errorf("live: got %q, want %q", got, want)
		}
		again := c.fetcher(t, func(config *Config) { config.MaxRecords = 1 }, topic)
		if got := takeTo(t, assign(t, again, topic, 0, 0), length); !slices.Equal(got, want) {
			t.Errorf("afterwards, one by one: got %q, want %q", got, want)
		}
	})
}

func TestFetchHoldsBackOpenTransactions(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		topic := c.topic(t, 1)
		open := c.connect(t, kgo.TransactionalID(topic))
		testbed.Produce(t, c.client, numbered(topic, 0, 0, 3)...)
		if err := open.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		testbed.Produce(t, open, numbered(topic, 0, 3, 3)...)
		testbed.Produce(t, c.client, numbered(topic, 0, 6, 3)...)

		r := assign(t, c.fetcher(t, nil, topic), topic, 0, 0)
		values, next := takeValues(t, r, 3)
		wantNumbers(t, values, 0, 3)
		bounds, seen := r.Bounds()
		if !seen || next != 3 || bounds.LastStableOffset != 3 || bounds.HighWatermark != 9 {
			t.Fatalf("next %d, bounds %+v (seen %v), want to stop at 3 of 9", next, bounds, seen)
		}
		if err := open.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		values, _ = takeValues(t, r, 6)
		wantNumbers(t, values, 3, 6)
	})
}

func TestFetchKnowsWhetherMoreIsWaiting(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		topic := c.topic(t, 1)
		testbed.Produce(t, c.client, numbered(topic, 0, 0, 3)...)
		testbed.Produce(t, c.client, numbered(topic, 0, 3, 3)...) // a batch of its own
		open := c.connect(t, kgo.TransactionalID(topic))
		if err := open.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		testbed.Produce(t, open, numbered(topic, 0, 6, 3)...) // not committed
		f := c.fetcher(t, func(config *Config) { config.PartitionMaxBytes = 1 }, topic)
		r := assign(t, f, topic, 0, 0)
		var waiting []bool // after each of both batches
		for range 2 {
			batch, err := r.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			waiting = append(waiting, !batch.AtEnd())
		}
		if !slices.Equal(waiting, []bool{true, false}) {
			t.Errorf("more is waiting: %v, want true after the first batch alone", waiting)
		}
		if err := open.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFetchRefusesWhatRetentionTook(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		topic := c.topic(t, 2)
		testbed.Produce(t, c.client, numbered(topic, 0, 0, 50)...)
		testbed.Produce(t, c.client, numbered(topic, 1, 0, 50)...)
		removal := kadm.Offsets{}
		removal.AddOffset(topic, 0, 20, -1)
		if _, err := c.adm.DeleteRecords(t.Context(), removal); err != nil {
			t.Fatal(err)
		}
		f := c.fetcher(t, nil, topic)
		gone, beyond := assign(t, f, topic, 0, 10), assign(t, f, topic, 1, 60)
		err := takeError[*OffsetOutOfRangeError](t, gone)
		if want := (OffsetOutOfRangeError{Partition: cluster.Partition{Topic: topic, ID: 0}, Asked: 10, LogStartOffset: 20, HighWatermark: 50}); *err != want {
			t.Errorf("got %+v, want %+v", *err, want)
		}
		err = takeError[*OffsetOutOfRangeError](t, beyond)
		if want := (OffsetOutOfRangeError{Partition: cluster.Partition{Topic: topic, ID: 1}, Asked: 60, HighWatermark: 50}); *err != want {
			t.Errorf("got %+v, want %+v", *err, want)
		}
		gone.SeekTo(20) // what an operator decides with --rebuild
		values, _ := takeValues(t, gone, 30)
		wantNumbers(t, values, 20, 30)
	})
}

func TestFetchWaitsForAnEmptyTopic(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		topic := c.topic(t, 1)
		r := assign(t, c.fetcher(t, nil, topic), topic, 0, 0)
		for bounds, seen := r.Bounds(); !seen; bounds, seen = r.Bounds() {
			if bounds.HighWatermark != 0 {
				t.Fatalf("bounds of an empty topic: %+v", bounds)
			}
			time.Sleep(time.Millisecond)
		}
		if batch, ok, err := r.Take(); ok || err != nil {
			t.Fatalf("took %+v from an empty topic, error %v", batch, err)
		}
		testbed.Produce(t, c.client, numbered(topic, 0, 0, 1)...)
		values, next := takeValues(t, r, 1)
		wantNumbers(t, values, 0, 1)
		if next != 1 {
			t.Errorf("next offset %d, want 1", next)
		}
	})
}

func TestFetchPassesTenMegabytes(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		topic := c.topic(t, 2, "max.message.bytes", "12000000")
		large := c.connect(t, kgo.ProducerBatchMaxBytes(12_000_000), kgo.ProducerBatchCompression(kgo.NoCompression()))
		value := make([]byte, 10<<20)
		copy(value[len(value)-3:], "end")
		testbed.Produce(t, large, &kgo.Record{Topic: topic, Partition: 1, Value: value}, &kgo.Record{Topic: topic, Partition: 1, Value: []byte("after")})
		testbed.Produce(t, c.client, numbered(topic, 0, 0, 3000)...)

		// A neighbour that always has something must not keep it from coming first.
		f := c.fetcher(t, func(config *Config) {
			config.PartitionMaxBytes, config.MaxBytes, config.MaxRecords = 4096, 4096, 50
		}, topic)
		beside, r := assign(t, f, topic, 0, 0), assign(t, f, topic, 1, 0)
		neighbour := make(chan []string, 1)
		go func() {
			values, _ := takeValues(t, beside, 3000)
			neighbour <- values
		}()
		values, next := takeValues(t, r, 2)
		if len(values[0]) != len(value) || values[0][len(value)-3:] != "end" || values[1] != "after" || next != 2 {
			t.Errorf("got %d bytes and %q, next %d", len(values[0]), values[1], next)
		}
		wantNumbers(t, <-neighbour, 0, 3000)
	})
}

func TestFetchReadsEveryCompression(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		topic := c.topic(t, 1)
		var want []string
		for name, codec := range map[string]kgo.CompressionCodec{
			"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
		} {
			client := c.connect(t, kgo.ProducerBatchCompression(codec))
			var records []*kgo.Record
			for i := range 400 {
				value := fmt.Sprintf("%s %d, and again %s and again %s", name, i, name, name)
				records, want = append(records, &kgo.Record{Topic: topic, Value: []byte(value)}), append(want, value)
			}
			testbed.Produce(t, client, records...)
		}
		got, _ := takeValues(t, assign(t, c.fetcher(t, nil, topic), topic, 0, 0), len(want))
		if !slices.Equal(got, want) {
			t.Errorf("got %d values, which are not the %d written", len(got), len(want))
		}
	})
}

func TestFetchKeepsARecordAsItStands(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		topic := c.topic(t, 1)
		when := time.UnixMilli(1_700_000_000_123)
		testbed.Produce(t, c.client,
			&kgo.Record{Topic: topic, Key: []byte("k"), Value: nil, Timestamp: when, Headers: []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "", Value: nil}}},
			&kgo.Record{Topic: topic, Key: nil, Value: []byte{}, Timestamp: when.Add(5 * time.Millisecond)})
		r := assign(t, c.fetcher(t, nil, topic), topic, 0, 0)
		batch, err := r.Next(t.Context())
		if err != nil || len(batch.Records) != 2 {
			t.Fatalf("got %d records, error %v", len(batch.Records), err)
		}
		first, second := batch.Records[0], batch.Records[1]
		if string(first.Key) != "k" || first.Value != nil || first.TimestampMillis != when.UnixMilli() {
			t.Errorf("first record is %+v", first)
		}
		if len(first.Headers) != 2 || string(first.Headers[0].Key) != "a" || string(first.Headers[0].Value) != "1" || first.Headers[1].Value != nil {
			t.Errorf("its headers are %q", first.Headers)
		}
		if second.Key != nil || second.Value == nil || len(second.Value) != 0 || second.TimestampMillis != when.UnixMilli()+5 || second.Headers != nil {
			t.Errorf("second record is %+v", second)
		}
	})
}

// A lane that does not take its batch holds back nobody but itself.
func TestFetchSlowLaneBesideFast(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		topic := c.topic(t, 2)
		testbed.Produce(t, c.client, numbered(topic, 0, 0, 10)...)
		testbed.Produce(t, c.client, numbered(topic, 1, 0, 10)...)
		f := c.fetcher(t, nil, topic)
		slow, fast := assign(t, f, topic, 0, 0), assign(t, f, topic, 1, 0)
		<-slow.Ready()
		for i := range 50 {
			values, _ := takeValues(t, fast, 10)
			wantNumbers(t, values, 10*i, 10)
			testbed.Produce(t, c.client, numbered(topic, 0, 10+10*i, 10)...)
			testbed.Produce(t, c.client, numbered(topic, 1, 10+10*i, 10)...)
		}
		values, _ := takeValues(t, slow, 510)
		wantNumbers(t, values, 0, 510)
	})
}

func TestFetchSeekVoidsWhatWasDelivered(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		topic := c.topic(t, 1)
		testbed.Produce(t, c.client, numbered(topic, 0, 0, 100)...)
		f := c.fetcher(t, func(config *Config) { config.MaxRecords = 7 }, topic)
		r := assign(t, f, topic, 0, 50)
		takeValues(t, r, 7)
		r.SeekTo(20)
		values, _ := takeValues(t, r, 80)
		wantNumbers(t, values[:80], 20, 80)

		if _, err := f.Assign(cluster.Partition{Topic: topic, ID: 0}, 0); err == nil {
			t.Error("a partition was assigned twice")
		}
		r.Drop()
		if _, _, err := r.Take(); !errors.Is(err, ErrDropped) {
			t.Errorf("take after drop: %v", err)
		}
		values, _ = takeValues(t, assign(t, f, topic, 0, 90), 10)
		wantNumbers(t, values, 90, 10)
	})
}

func TestFetchNoticesAnotherTopicOfTheSameName(t *testing.T) {
	onBoth(t, func(t *testing.T, c *testCluster) {
		topic := c.topic(t, 1)
		testbed.Produce(t, c.client, numbered(topic, 0, 0, 5)...)
		r := assign(t, c.fetcher(t, nil, topic), topic, 0, 0)
		takeValues(t, r, 5)
		if _, err := c.adm.DeleteTopics(t.Context(), topic); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(testbed.Patience); ; time.Sleep(50 * time.Millisecond) {
			if _, err := c.adm.CreateTopic(t.Context(), 1, 1, nil, topic); err == nil {
				break
			} else if time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
		err := takeError[*TopicRecreatedError](t, r)
		if err.Topic != topic || err.Was == err.Is || err.Was == [16]byte{} {
			t.Errorf("got %+v", *err)
		}
	})
}

// A silence costs nothing and loses nothing: connections idle out, leaders
// are looked at, and the next record still comes.
func TestFetchThroughASilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network kfake.VirtualNetwork
		fake, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.Ports(9092, 9093), kfake.ListenFn(network.Listen), kfake.SeedTopics(2, "t"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(fake.Close)
		to := cluster.Access{Brokers: []string{"localhost:9092", "localhost:9093"}, Dial: network.DialContext}
		options, err := to.Options()
		if err != nil {
			t.Fatal(err)
		}
		client, err := kgo.NewClient(append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		r := assign(t, startFetcher(t, to, nil, "t"), "t", 0, 0)
		for round := range 3 {
			time.Sleep(20 * time.Minute)
			testbed.Produce(t, client, numbered("t", 0, round, 1)...)
			began := time.Now()
			values, _ := takeValues(t, r, 1)
			wantNumbers(t, values, round, 1)
			if waited := time.Since(began); waited > time.Second { // virtual: no machine is slow in it
				t.Errorf("the record took %v", waited)
			}
		}
	})
}
