package fetch

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

// benchmarkOrder is 200 bytes, as the orders of the throughput notes.
func benchmarkOrder(i int) []byte {
	return fmt.Appendf(nil, `{"type":"order.placed","event_id":"e-%09d","order_id":"o-%09d","customer_id":"c-%07d","occurred_at":"2026-03-01T12:00:%02d.%06dZ","amount":"%d.%02d","currency":"EUR","channel":"web"}`,
		i, i, i*7919%1_000_000, i%60, i%1_000_000, i%400, i%100)
}

// BenchmarkFetch reads the same log again and again: ns/op is per record, from
// socket to Record, with the broker on the same cores.
func BenchmarkFetch(b *testing.B) {
	const partitions, each = 4, 50_000
	for _, codec := range []struct {
		name  string
		codec kgo.CompressionCodec
	}{{"none", kgo.NoCompression()}, {"lz4", kgo.Lz4Compression()}, {"zstd", kgo.ZstdCompression()}} {
		for _, kind := range []string{"kfake", "kafka"} {
			b.Run(codec.name+"/"+kind, func(b *testing.B) {
				c := benchmarkCluster(b, kind)
				topic := c.topic(b, partitions)
				producer := c.connect(b, kgo.ProducerBatchCompression(codec.codec))
				for p := range int32(partitions) {
					records := make([]*kgo.Record, each)
					for i := range records {
						records[i] = &kgo.Record{Topic: topic, Partition: p, Value: benchmarkOrder(i)}
					}
					testbed.Produce(b, producer, records...)
				}
				f := c.fetcher(b, nil, topic)
				readers := make([]*Reader, partitions)
				for p := range readers {
					readers[p] = assign(b, f, topic, int32(p), 0)
				}
				b.SetBytes(int64(len(benchmarkOrder(0))))
				b.ReportAllocs()
				b.ResetTimer()
				readAll(b, readers, each, b.N)
			})
		}
	}
}

func benchmarkCluster(b *testing.B, kind string) *testCluster {
	if kind == "kfake" {
		return fakeCluster(b)
	}
	return newCluster(b, nil, testbed.RealPair(b).Brokers)
}

// readAll reads count records in all, each partition in a goroutine of its own.
func readAll(b *testing.B, readers []*Reader, each, count int) {
	share := count/len(readers) + 1
	ended := make(chan error, len(readers))
	for _, r := range readers {
		go func() {
			for left := share; left > 0; {
				batch, err := r.Next(b.Context())
				if err != nil {
					ended <- err
					return
				}
				left -= len(batch.Records)
				if batch.NextOffset == int64(each) {
					r.SeekTo(0)
				}
			}
			ended <- nil
		}()
	}
	for range readers {
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTake is the lane's share of it: check, decompress and parse.
func BenchmarkTake(b *testing.B) {
	offsets := make([]int64, 5000)
	for i := range offsets {
		offsets[i] = int64(i)
	}
	raw := testBatch{offsets: offsets}.bytes()
	limits := testLimits(b, 8192)
	var reused memory
	b.ReportAllocs()
	for read := 0; read < b.N; read += len(offsets) {
		found, err := scanBatches(raw, 0)
		if err != nil {
			b.Fatal(err)
		}
		if batch, err := newCursor(found, 0, nil, cluster.Bounds{}, limits, &reused).take(cluster.Partition{}); err != nil || len(batch.Records) != len(offsets) {
			b.Fatalf("%d records, error %v", len(batch.Records), err)
		}
	}
}

// BenchmarkFetchRoundTrip is the latency of one record: produced, acknowledged
// and taken, alone and beside a lane that takes nothing.
func BenchmarkFetchRoundTrip(b *testing.B) {
	for _, kind := range []string{"kfake", "kafka"} {
		for _, blocked := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/blocked neighbour=%v", kind, blocked), func(b *testing.B) {
				c := benchmarkCluster(b, kind)
				topic := c.topic(b, 2)
				f := c.fetcher(b, nil, topic)
				r := assign(b, f, topic, 0, 0)
				if blocked {
					testbed.Produce(b, c.client, numbered(topic, 1, 0, 1)...)
					<-assign(b, f, topic, 1, 0).Ready()
				}
				takeOne := func(i int) {
					testbed.Produce(b, c.client, numbered(topic, 0, i, 1)...)
					if _, err := r.Next(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
				takeOne(-1)
				b.ResetTimer()
				for i := range b.N {
					takeOne(i)
				}
			})
		}
	}
}
