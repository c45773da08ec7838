package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/bench/workload"
	"github.com/clvstream/clvstream/stream/cluster"
)

// producerOptions are Kafka's usual producer: by key, idempotent, not compressed.
func producerOptions(access cluster.Access, linger time.Duration) ([]kgo.Opt, error) {
	options, err := access.Options()
	if err != nil {
		return nil, err
	}
	return append(options,
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerBatchMaxBytes(1<<20),
		kgo.ProducerLinger(linger),
		kgo.MaxBufferedRecords(50_000),
	), nil
}

// Load writes a workload's records into the input topics: the first is for orders, the
// last for churn. It returns when the brokers have them all.
func Load(ctx context.Context, access cluster.Access, topics []string, records *workload.Stream) error {
	options, err := producerOptions(access, 20*time.Millisecond)
	if err != nil {
		return fmt.Errorf("load the input: %w", err)
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return fmt.Errorf("load the input: %w", err)
	}
	defer client.Close()
	var delivered kgo.FirstErrPromise
	for r, ok := records.Next(); ok && ctx.Err() == nil; r, ok = records.Next() {
		topic := topics[0]
		if r.Topic == workload.Churn {
			topic = topics[len(topics)-1]
		}
		client.Produce(ctx, &kgo.Record{Topic: topic, Key: r.Key, Value: r.Value}, delivered.Promise())
	}
	if err := client.Flush(ctx); err != nil {
		return fmt.Errorf("load the input: %w", err)
	}
	if err := delivered.Err(); err != nil {
		return fmt.Errorf("load the input: %w", err)
	}
	return nil
}
