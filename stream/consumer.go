package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state"
)

// ConsumerConfig is all that a consumer needs to turn input topics into state.
type ConsumerConfig struct {
	Kafka     KafkaClient
	Topics    []string // the input topics
	Group     string   // the consumer group that shares their partitions
	Store     *state.Store
	Rules     Rules // which events are accepted
	Valuation clv.Valuation
	// Rebuild computes a lost state again from the start of the log instead of
	// refusing to start.
	Rebuild bool

	MaxRecords        int           // of one commit; 0: 5,000
	MaxWait           time.Duration // of a fetch when all is idle; 0: 250 ms
	PartitionMaxBytes int32         // of a fetch; 0: 1 MiB
	AdvanceEvery      time.Duration // how often idle shards' marks follow; 0: 5 s
	SessionTimeout    time.Duration // after which the group takes a silent member for dead, and how often it looks for new partitions; 0: 10 s
	// CommitGrace is how long a commit under way may still take when the
	// partition is given up or the process stops; 0: 10 s.
	CommitGrace time.Duration
}

// Consumer is a member of the input group: it runs one lane per partition that
// the group assigns to it.
type Consumer struct {
	config  ConsumerConfig
	cluster *kgo.Client
	fetcher *Fetcher

	mu     sync.Mutex
	lanes  map[Partition]*lane
	joined bool
}

// Timing of group membership. A member that says nothing for its session
// timeout, in which it would say something heartbeatsPerSession times, is taken
// for dead; a rebalance waits rebalanceTimeout for commits under way.
const (
	defaultSession       = 10 * time.Second
	heartbeatsPerSession = 5
	rebalanceTimeout     = 30 * time.Second
	reachTimeout         = 30 * time.Second
	defaultMaxRecords    = 5000
	defaultAdvance       = 5 * time.Second
	defaultGrace         = 10 * time.Second
)

// NewConsumer checks the configuration and that the cluster answers and has the
// topics.
func NewConsumer(ctx context.Context, config ConsumerConfig) (*Consumer, error) {
	config.MaxRecords = orDefault(config.MaxRecords, defaultMaxRecords)
	config.AdvanceEvery = orDefault(config.AdvanceEvery, defaultAdvance)
	config.SessionTimeout = orDefault(config.SessionTimeout, defaultSession)
	config.CommitGrace = orDefault(config.CommitGrace, defaultGrace)
	cluster, err := Connect(ctx, config.Kafka)
	if err != nil {
		return nil, err
	}
	c := &Consumer{config: config, cluster: cluster, lanes: map[Partition]*lane{}}
	if err := c.prepare(ctx); err != nil {
		cluster.Close()
		return nil, err
	}
	return c, nil
}

// Connect makes a plain client and waits until a broker answers it.
func Connect(ctx context.Context, client KafkaClient, more ...kgo.Opt) (*kgo.Client, error) {
	options, err := client.Options()
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	cluster, err := kgo.NewClient(append(options, more...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	if err := cluster.Ping(ctx); err != nil {
		cluster.Close()
		if refused := refusedCredentials(err); refused != nil {
			return nil, refused
		}
		return nil, fmt.Errorf("connect to Kafka at %v: no broker answers: %w: check --brokers, TLS and SASL settings", client.Brokers, err)
	}
	return cluster, nil
}

// patiently asks until the cluster gives an answer that stays: while it elects
// leaders, after its start or a broker's end, it refuses for a moment. That a topic
// does not exist stays.
func patiently(ctx context.Context, ask func(context.Context) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	for attempt := 0; ; attempt++ {
		refused := err
		if err = ask(ctx); refused != nil && ctx.Err() != nil {
			return refused // that time is over is the least telling of all errors
		}
		if err == nil || ctx.Err() != nil || !passing(err) || errors.Is(err, kerr.UnknownTopicOrPartition) {
			return err
		}
		if refused == nil {
			slog.WarnContext(ctx, "the cluster is asked again", "trying_for", reachTimeout.String(), "error", err)
		}
		wait(ctx, backoff(attempt))
	}
}

func (c *Consumer) prepare(ctx context.Context) error {
	err := patiently(ctx, func(ctx context.Context) error {
		_, err := PartitionBounds(ctx, kadm.NewClient(c.cluster), c.config.Topics...)
		return err
	})
	if err != nil {
		return fmt.Errorf("find input topics: %w", err)
	}
	transport, err := c.config.Kafka.Transport(c.config.Topics...)
	if err != nil {
		return err
	}
	c.fetcher, err = NewFetcher(FetchConfig{
		Transport:         transport,
		Addr:              c.config.Kafka.Addr(),
		Cluster:           c.cluster,
		ClientID:          c.config.Kafka.ClientID,
		MaxWait:           c.config.MaxWait,
		PartitionMaxBytes: c.config.PartitionMaxBytes,
		MaxRecords:        c.config.MaxRecords,
		OnRetry:           countFetchRetry,
	})
	return err
}

// Run takes part in the group until ctx is done or something is found that an
// operator must decide about. Commits under way are finished.
func (c *Consumer) Run(ctx context.Context) error {
	defer c.cluster.Close()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	fetchCtx, endFetching := context.WithCancel(context.WithoutCancel(ctx))
	var fetching sync.WaitGroup
	fetching.Go(func() {
		if err := c.fetcher.Run(fetchCtx); err != nil {
			stop(err)
		}
	})
	defer fetching.Wait()
	defer endFetching()
	group, err := c.joinGroup()
	if err != nil {
		return err
	}
	unregister := observeConsumer(c)
	defer unregister()
	return c.generations(ctx, stop, group)
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func (c *Consumer) joinGroup() (*kafka.ConsumerGroup, error) {
	dialer, err := c.config.Kafka.Dialer()
	if err != nil {
		return nil, err
	}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID:                     c.config.Group,
		Brokers:                c.config.Kafka.Brokers,
		Dialer:                 dialer,
		Topics:                 c.config.Topics,
		GroupBalancers:         []kafka.GroupBalancer{kafka.RangeGroupBalancer{}},
		HeartbeatInterval:      c.config.SessionTimeout / heartbeatsPerSession,
		SessionTimeout:         c.config.SessionTimeout,
		RebalanceTimeout:       rebalanceTimeout,
		JoinGroupBackoff:       time.Second,
		WatchPartitionChanges:  true,
		PartitionWatchInterval: c.config.SessionTimeout,
		StartOffset:            kafka.FirstOffset,
	})
	if err != nil {
		return nil, fmt.Errorf("join group %s: %w", c.config.Group, err)
	}
	return group, nil
}

// generations lives through one generation of the group after another.
func (c *Consumer) generations(ctx context.Context, stop context.CancelCauseFunc, group *kafka.ConsumerGroup) error {
	defer func() { _ = group.Close() }()
	for {
		generation, err := group.Next(ctx)
		switch {
		case ctx.Err() != nil:
			if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
				return cause
			}
			return nil
		case errors.Is(err, kafka.ErrGroupClosed):
			return nil
		case err != nil:
			// A fresh cluster answers so until its offsets topic exists, and one
			// that is away until it is back: kafka-go tries again by itself.
			countJoinRetry(ctx)
			c.leave()
			slog.WarnContext(ctx, "joining the group is tried again", "group", c.config.Group, "error", err)
			continue
		}
		c.serve(ctx, stop, generation)
	}
}

// serve starts the lanes of a generation. The group ends it, after a rebalance,
// once each of them has returned. Closing the group ends their context.
func (c *Consumer) serve(ctx context.Context, stop context.CancelCauseFunc, generation *kafka.Generation) {
	bounds, err := PartitionBounds(ctx, kadm.NewClient(c.cluster), c.config.Topics...)
	if err != nil {
		slog.WarnContext(ctx, "reading partition bounds is tried again", "error", err)
		generation.Start(func(ctx context.Context) { wait(ctx, time.Second) }) // returning ends the generation
		return
	}
	if err := c.config.Store.Expect(ctx, unread(bounds)); err != nil {
		slog.WarnContext(ctx, "naming the input partitions failed", "error", err)
	}
	var lanes []*lane
	for topic, assigned := range generation.Assignments {
		for _, partition := range assigned {
			lanes = append(lanes, newLane(c, Partition{Topic: topic, ID: int32(partition.ID)}, bounds, partition.Offset >= 0))
		}
	}
	c.remember(lanes)
	slog.InfoContext(ctx, "joined the group", "group", c.config.Group, "generation", generation.ID, "partitions", len(lanes))
	for _, l := range lanes {
		generation.Start(func(ctx context.Context) {
			defer c.forget(l)
			if err := l.run(ctx); err != nil {
				stop(err)
			}
		})
	}
	generation.Start(func(ctx context.Context) { c.commitOffsets(ctx, generation, lanes) })
}

// unread are the partitions that hold records: no lane runs ahead of them before
// something is known of them.
func unread(bounds map[Partition]Bounds) []state.Source {
	var sources []state.Source
	for partition, at := range bounds {
		if at.LastStableOffset > at.LogStartOffset {
			sources = append(sources, state.Source{Topic: partition.Topic, Partition: partition.ID, TopicID: at.TopicID})
		}
	}
	return sources
}

func (c *Consumer) remember(lanes []*lane) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.joined = true
	for _, l := range lanes {
		c.lanes[l.partition] = l
	}
}

// leave notes that the group is not joined any more.
func (c *Consumer) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.joined = false
}

func (c *Consumer) forget(l *lane) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lanes[l.partition] == l {
		delete(c.lanes, l.partition)
	}
}

// commitOffsets tells the group, for those who watch its lag, how far the lanes
// have come. Nothing here reads it, except that a partition without state but
// with a committed offset is known to have lost it.
func (c *Consumer) commitOffsets(ctx context.Context, generation *kafka.Generation, lanes []*lane) {
	for done := false; !done; {
		wait(ctx, c.config.AdvanceEvery)
		done = ctx.Err() != nil
		offsets := map[string]map[int]int64{}
		for _, l := range lanes {
			if position := l.position.Load(); position > 0 {
				if offsets[l.partition.Topic] == nil {
					offsets[l.partition.Topic] = map[int]int64{}
				}
				offsets[l.partition.Topic][int(l.partition.ID)] = position
			}
		}
		if len(offsets) == 0 {
			continue
		}
		if err := generation.CommitOffsets(offsets); err != nil && !done {
			slog.WarnContext(ctx, "committing group offsets failed: only lag tools notice", "error", err)
		}
	}
}

// wait returns after a pause or when ctx is done.
func wait(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// stuckAfter is how long a commit may be retried before the consumer says that
// it is not ready.
const stuckAfter = 10 * time.Second

// Ready says why the consumer can not do its work now, nil when it can.
func (c *Consumer) Ready(ctx context.Context) error {
	if err := c.config.Store.Ping(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.joined {
		return fmt.Errorf("group %s is not joined yet", c.config.Group)
	}
	for _, l := range c.lanes {
		if stuck := l.retryingFor(time.Now()); stuck > stuckAfter {
			return fmt.Errorf("partition %s: its claim or commit has been failing for %s", l.partition, stuck.Round(time.Second))
		}
	}
	return nil
}

// silentAfter is how long a lane may go without a turn of its loop. A commit
// that is being retried counts as alive.
const silentAfter = 60 * time.Second

// Live says which loop has stopped turning, nil when all do.
func (c *Consumer) Live() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lanes {
		if silent := time.Since(time.Unix(0, l.turned.Load())); silent > silentAfter && l.retryingFor(time.Now()) == 0 {
			return fmt.Errorf("partition %s: its loop has not turned for %s", l.partition, silent.Round(time.Second))
		}
	}
	return nil
}
