package integration

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
)

// Redis is brought back to an older copy of itself while it is written. What it
// forgot is computed again from the log; what was published of it is not
// published again.
func TestSurvivesRollback(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		if len(pair.Redis) == 0 {
			t.Skip("the store in this process keeps no file to bring back")
		}
		// Customers are late by up to maxLateDays: due times wait for them.
		d := deploy(t, pair, oneTopic(t), "awake.mode=event", "awake.grace="+(maxLateDays*24*time.Hour).String())
		d.consume(t)
		d.publish(t)
		feed := d.feed(t, d.records(traffic(t, newSeed(t), 6000)))
		d.works(t)
		node := pair.Redis[0] // of a cluster, one: the others' shards stay where they are
		older := node.CopyAOF(t)
		d.works(t)
		d.works(t)
		node.RestoreAOF(t, older)
		d.works(t)
		feed.end(t)
		t.Log(d.settled(t))
	})
}

// oneTopic is the setting for a single input topic. Where a customer's events
// come from several partitions, or after due times that they precede, computing them
// again may take them in another order and count the versions of their changes
// otherwise.
func oneTopic(t *testing.T) string { return "input.topics=" + testbed.Unique(t) + "-all" }

// Redis loses everything. The consumer says so and stops; told to, it computes
// everything again, and nothing that was published is published again.
func TestRebuildsLostState(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		d := deploy(t, pair, oneTopic(t))
		records := d.records(traffic(t, newSeed(t), 300))
		half := len(records) / 2
		consumer, publisher := d.consume(t), d.publish(t)
		d.produce(t, records[:half]...)
		d.settle(t)
		eventually(t, "committed offsets", func() bool { return d.groupHasOffsets(t) })
		changes := d.settled(t).Changes

		flush(t, d.redis)
		if err := consumer.refusal(t); !errors.Is(err, state.ErrStateLost) || !strings.Contains(err.Error(), "--rebuild") {
			t.Errorf("after the loss the consumer ended with %v", err)
		}
		if err := d.consume(t).refusal(t); !errors.Is(err, state.ErrStateLost) {
			t.Errorf("started again it ended with %v", err)
		}
		publisher.stop(t)

		d.consume(t, "--rebuild")
		d.publish(t)
		if report := d.settled(t); report.Changes != changes {
			t.Errorf("%d changes are published after the rebuild, %d were before", report.Changes, changes)
		}
		d.produce(t, records[half:]...)
		t.Log(d.settled(t))
	})
}

func flush(t *testing.T, client redis.UniversalClient) {
	t.Helper()
	err := client.FlushAll(t.Context()).Err()
	if cluster, ok := client.(*redis.ClusterClient); ok {
		err = cluster.ForEachMaster(t.Context(), func(ctx context.Context, node *redis.Client) error { return node.FlushAll(ctx).Err() })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// groupHasOffsets says whether the consumer group has committed offsets of all
// input: without them a loss cannot be told from a birth.
func (d *deployment) groupHasOffsets(t *testing.T) bool {
	t.Helper()
	committed, err := d.admin.FetchOffsets(t.Context(), d.config.Input.Group)
	if err != nil {
		return false
	}
	return len(committed.Offsets()[d.config.Input.Topics[0]]) == d.config.Topics.Partitions
}
