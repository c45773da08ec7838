package backlog

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/due"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// A partition is as far as the slowest shard, and one that has no mark has everything
// before it.
func TestLowestMark(t *testing.T) {
	mine, other := layout.Source{Topic: "a", Partition: 1}, layout.Source{Topic: "a", Partition: 2}
	partition := cluster.Partition{Topic: "a", ID: 1}
	for _, c := range []struct {
		name   string
		shards []state.Applied
		start  int64
		want   int64
	}{
		{"the slowest", []state.Applied{{mine: 7, other: 1}, {mine: 5}}, 0, 5},
		{"one without a mark", []state.Applied{{mine: 7}, {other: 9}}, 3, 3},
		{"a mark before the log's start", []state.Applied{{mine: 2}}, 4, 4},
		{"no shards", nil, 4, 4},
	} {
		if got := lowestMark(c.shards, partition, c.start); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// What nobody applies is counted, and waited for until the context is done, with what is
// left in the error.
func TestWaitSaysWhatIsLeft(t *testing.T) {
	pair := testbed.EmbeddedPair(t)
	topic := testbed.Unique(t)
	pair.CreateTopic(t, topic, 1)
	client := pair.KafkaClient(t)
	redisClient := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: pair.RedisAddrs, MaxRetries: -1})
	t.Cleanup(func() { redisClient.Close() })
	store, err := state.Open(t.Context(), redisClient, state.Options{Namespace: topic, Shards: 2, OutboxCap: 10, CacheCustomers: 10})
	if err != nil {
		t.Fatal(err)
	}
	wait := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // enough to ask for the ends, on a busy machine
		defer cancel()
		return Wait(ctx, kadm.NewClient(client), store, []string{topic}, due.Config{Mode: due.Off})
	}
	if err := wait(); err != nil {
		t.Errorf("with nothing to do: %v", err)
	}
	if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte("1")}, &kgo.Record{Topic: topic, Value: []byte("2")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := wait(); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "2 records and 0 outbox entries") {
		t.Errorf("with two records: %v", err)
	}
}
