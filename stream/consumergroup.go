package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
)

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
			slog.WarnContext(ctx, "joining the group is retried", "group", c.config.Group, "error", err)
			continue
		}
		c.serve(ctx, stop, generation)
	}
}

// aligned are the partitions that wait for each other. Rerouted events do not: the task that
// rerouted them waits for them.
func (c *Consumer) aligned(bounds map[cluster.Partition]cluster.Bounds) map[cluster.Partition]cluster.Bounds {
	aligned := maps.Clone(bounds)
	maps.DeleteFunc(aligned, func(p cluster.Partition, _ cluster.Bounds) bool { return p.Topic == c.config.Repartition })
	return aligned
}

// serve starts the tasks of a generation. The group ends it, after a rebalance,
// once each of them has returned. Closing the group ends their context.
func (c *Consumer) serve(ctx context.Context, stop context.CancelCauseFunc, generation *kafka.Generation) {
	bounds, err := cluster.PartitionBounds(ctx, kadm.NewClient(c.client), c.config.Topics...)
	if err != nil {
		slog.WarnContext(ctx, "reading partition bounds is retried", "error", err)
		generation.Start(func(ctx context.Context) { cluster.Wait(ctx, time.Second) }) // returning ends the generation
		return
	}
	if err := c.config.Store.Expect(ctx, unread(c.aligned(bounds))); err != nil {
		slog.WarnContext(ctx, "naming the input partitions failed", "error", err)
	}
	var tasks []*task
	for topic, assigned := range generation.Assignments {
		for _, partition := range assigned {
			tasks = append(tasks, newTask(c, cluster.Partition{Topic: topic, ID: int32(partition.ID)}, bounds, partition.Offset >= 0))
		}
	}
	c.remember(tasks)
	slog.InfoContext(ctx, "joined the group", "group", c.config.Group, "generation", generation.ID, "partitions", len(tasks))
	for _, t := range tasks {
		generation.Start(func(ctx context.Context) {
			defer c.forget(t)
			if err := t.run(ctx); err != nil {
				stop(err)
			}
		})
	}
	generation.Start(func(ctx context.Context) { c.commitOffsets(ctx, generation, tasks) })
}

// unread are the partitions that hold records: no task runs ahead of them before
// something is known of them.
func unread(bounds map[cluster.Partition]cluster.Bounds) []layout.Source {
	var sources []layout.Source
	for partition, at := range bounds {
		if at.LastStableOffset > at.LogStartOffset {
			sources = append(sources, layout.Source{Topic: partition.Topic, Partition: partition.ID, TopicID: at.TopicID})
		}
	}
	return sources
}

func (c *Consumer) remember(tasks []*task) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.joined = true
	for _, t := range tasks {
		c.tasks[t.partition] = t
	}
}

// leave notes that the group is not joined any more.
func (c *Consumer) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.joined = false
}

func (c *Consumer) forget(t *task) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tasks[t.partition] == t {
		delete(c.tasks, t.partition)
	}
}

// commitOffsets commits to the group, for lag tools only, how far the tasks
// have come. Nothing here reads it, except that a partition without state but
// with a committed offset is known to have lost it.
func (c *Consumer) commitOffsets(ctx context.Context, generation *kafka.Generation, tasks []*task) {
	for done := false; !done; {
		cluster.Wait(ctx, c.config.AdvanceEvery)
		done = ctx.Err() != nil
		offsets := map[string]map[int]int64{}
		for _, t := range tasks {
			if position := t.position.Load(); position > 0 {
				if offsets[t.partition.Topic] == nil {
					offsets[t.partition.Topic] = map[int]int64{}
				}
				offsets[t.partition.Topic][int(t.partition.ID)] = position
			}
		}
		if len(offsets) == 0 {
			continue
		}
		if err := generation.CommitOffsets(offsets); err != nil && !done {
			slog.WarnContext(ctx, "committing group offsets failed: only lag tools use them", "error", err)
		}
	}
}
