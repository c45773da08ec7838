package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/clvstream/clvstream/stream/cluster"
)

// What is fetched ahead of the windows, bytes: of a broker, and of a partition.
const (
	fetchBytes          = 4 << 20
	fetchPartitionBytes = 1 << 20
)

const (
	// rebalanceTimeout is how long a member may take to give partitions up: requests under way
	// are waited for.
	rebalanceTimeout = time.Minute
	// heartbeatsPerSession is how many may fail before the group gives a member up.
	heartbeatsPerSession = 3
	// mostPolled is how many records are handed over at once.
	mostPolled = 500
)

// member is a delivery's place in its consumer group.
type member struct {
	client *kgo.Client
	lease  *lease

	mu       sync.Mutex
	fetched  map[cluster.Partition]position // as the group has it, of partitions just assigned
	positive map[cluster.Partition]bool     // the group has an offset
}

// join makes the client that reads a webhook's topics as a member of its group.
func (d *Delivery) join(ctx context.Context) (*member, error) {
	options, err := d.config.Kafka.Options()
	if err != nil {
		return nil, err
	}
	m := &member{lease: newLease(d.config.SessionTimeout), fetched: map[cluster.Partition]position{}, positive: map[cluster.Partition]bool{}}
	m.client, err = kgo.NewClient(append(options,
		kgo.ConsumerGroup(Group(d.config.Namespace, d.webhook.Name)),
		kgo.ConsumeTopics(d.topics()...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // they move the position where a marker is the last record
		kgo.FetchMaxBytes(fetchBytes), kgo.FetchMaxPartitionBytes(fetchPartitionBytes),
		kgo.FetchMaxWait(500*time.Millisecond),
		kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(),
		kgo.SessionTimeout(d.config.SessionTimeout), kgo.HeartbeatInterval(d.config.SessionTimeout/heartbeatsPerSession),
		kgo.RebalanceTimeout(rebalanceTimeout),
		kgo.WithHooks(m.lease),
		kgo.OnOffsetsFetched(m.remember),
		kgo.AdjustFetchOffsetsFn(func(_ context.Context, given map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
			return d.assign(m, given), nil
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, taken map[string][]int32) { d.giveUp(ctx, m, taken) }),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { d.lose(lost) }),
	)...)
	if err != nil {
		return nil, fmt.Errorf("join the group of webhook %s: %w", d.webhook.Name, err)
	}
	return m, nil
}

// remember keeps what the group has of partitions that were assigned.
func (m *member) remember(_ context.Context, _ *kgo.Client, response *kmsg.OffsetFetchResponse) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, group := range response.Groups {
		for _, topic := range group.Topics {
			for _, p := range topic.Partitions {
				at, metadata := cluster.Partition{Topic: topic.Topic, ID: p.Partition}, ""
				if p.Metadata != nil {
					metadata = *p.Metadata
				}
				if m.positive[at] = p.Offset >= 0 && p.ErrorCode == 0; m.positive[at] {
					m.fetched[at] = decodeProgress(p.Offset, metadata)
				}
			}
		}
	}
	return nil
}

// start is where a partition is begun with.
func (m *member) start(partition cluster.Partition, standing Standing) position {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.fetched[partition]
	if begin := standing.begin(partition); !m.positive[partition] || p.offset < begin {
		p = position{offset: begin, done: done{base: begin, high: max(begin, p.done.high), unmet: p.done.unmet}, status: p.status}
	}
	return p
}

// poll hands over what is read until ctx is done.
func (d *Delivery) poll(ctx context.Context, m *member) {
	for ctx.Err() == nil {
		fetches := m.client.PollRecords(ctx, mostPolled)
		for _, failed := range fetches.Errors() {
			if ctx.Err() == nil {
				slog.WarnContext(ctx, "error in the group of a webhook", "webhook", d.webhook.Name, "error", failed.Err)
				cluster.Wait(ctx, time.Second)
			}
		}
		d.do(func() {
			fetches.EachPartition(func(p kgo.FetchTopicPartition) { d.take(p) })
		})
		m.client.AllowRebalance()
	}
}
