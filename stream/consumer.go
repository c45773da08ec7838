package stream

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/fetch"
	"github.com/clvstream/clvstream/stream/mapping"
)

// ConsumerConfig is all that a consumer needs to turn input topics into state.
type ConsumerConfig struct {
	Kafka  cluster.Access
	Topics []string // the input topics
	// Repartition is the topic by which events come whose customer was found through their
	// order; empty: there is no index of orders.
	Repartition string
	Group       string // the consumer group that shares their partitions
	Store       *state.Store
	Rules       event.Rules        // which events are accepted
	Mappings    []*mapping.Mapping // of input topics whose records are not events of ours
	Valuation   clv.Valuation
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

// Consumer is a member of the input group: it runs one task per partition that
// the group assigns to it.
type Consumer struct {
	config  ConsumerConfig
	client  *kgo.Client // for questions
	fetcher *fetch.Fetcher
	// endFetcher closes the fetcher's connections, which else ask for metadata for as long
	// as the process lives.
	endFetcher func()

	mu     sync.Mutex
	tasks  map[cluster.Partition]*task
	joined bool
}

// Timing of group membership. A member that says nothing for its session
// timeout, in which it would say something heartbeatsPerSession times, is taken
// for dead; a rebalance waits rebalanceTimeout for commits under way.
const (
	defaultSession       = 10 * time.Second
	heartbeatsPerSession = 5
	rebalanceTimeout     = 30 * time.Second
	defaultMaxRecords    = 5000
	defaultAdvance       = 5 * time.Second
	defaultGrace         = 10 * time.Second
)

// NewConsumer checks the configuration and that the cluster answers and has the
// topics.
func NewConsumer(ctx context.Context, config ConsumerConfig) (*Consumer, error) {
	config.MaxRecords = cmp.Or(config.MaxRecords, defaultMaxRecords)
	config.AdvanceEvery = cmp.Or(config.AdvanceEvery, defaultAdvance)
	config.SessionTimeout = cmp.Or(config.SessionTimeout, defaultSession)
	config.CommitGrace = cmp.Or(config.CommitGrace, defaultGrace)
	client, err := cluster.Connect(ctx, config.Kafka)
	if err != nil {
		return nil, err
	}
	c := &Consumer{config: config, client: client, tasks: map[cluster.Partition]*task{}}
	if err := c.prepare(ctx); err != nil {
		client.Close()
		return nil, err
	}
	return c, nil
}

func (c *Consumer) prepare(ctx context.Context) error {
	err := cluster.Patiently(ctx, func(ctx context.Context) error {
		_, err := cluster.PartitionBounds(ctx, kadm.NewClient(c.client), c.config.Topics...)
		return err
	})
	if err != nil {
		return fmt.Errorf("find input topics: %w", err)
	}
	transport, err := c.config.Kafka.Transport(c.config.Topics...)
	if err != nil {
		return err
	}
	c.endFetcher = transport.CloseIdleConnections
	c.fetcher, err = fetch.New(fetch.Config{
		Transport:         transport,
		Addr:              c.config.Kafka.Addr(),
		Cluster:           c.client,
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
	defer c.client.Close()
	defer c.endFetcher()
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

// stuckAfter is how long a commit may be retried before the consumer says that
// it is not ready.
const stuckAfter = 10 * time.Second

// Ready says why the consumer cannot do its work now, nil when it can.
func (c *Consumer) Ready(ctx context.Context) error {
	if err := c.config.Store.Ping(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.joined {
		return fmt.Errorf("group %s is not joined yet", c.config.Group)
	}
	for _, t := range c.tasks {
		if stuck := t.retryingFor(time.Now()); stuck > stuckAfter {
			return fmt.Errorf("partition %s: its claim or commit has been failing for %s", t.partition, stuck.Round(time.Second))
		}
	}
	return nil
}

// silentAfter is how long a task may go without a turn of its loop. A commit
// that is being retried counts as alive.
const silentAfter = 60 * time.Second

// Live says which loop has stopped turning, nil when all do.
func (c *Consumer) Live() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.tasks {
		if silent := time.Since(time.Unix(0, t.turned.Load())); silent > silentAfter && t.retryingFor(time.Now()) == 0 {
			return fmt.Errorf("partition %s: its loop has not turned for %s", t.partition, silent.Round(time.Second))
		}
	}
	return nil
}
