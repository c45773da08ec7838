package stream

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

// A consumer counts what an open transaction holds back, beside a lag of 0, until it ends.
func TestHeldRecordsAreCounted(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		in := newIntake(t, pair, 1)
		c := in.consumer(t)
		stop := run(t, c.Run)
		testbed.Await(t, "readiness", func() bool { return c.Ready(t.Context()) == nil })
		producer := pair.KafkaClient(t, kgo.TransactionalID(in.topic))
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			testbed.Produce(t, producer, &kgo.Record{Topic: in.topic, Value: []byte("{}")})
		}
		figures := func() (lag, held int64, since time.Duration) {
			c.mu.Lock()
			defer c.mu.Unlock()
			t := c.tasks[cluster.Partition{Topic: in.topic}]
			if t == nil {
				return -1, -1, 0
			}
			lag, _ = t.lag(time.Now())
			held, since = t.held(time.Now())
			return lag, held, since
		}
		testbed.Await(t, "20 records to be held, for a while", func() bool {
			lag, held, since := figures()
			return lag == 0 && held == 20 && since > 0
		})
		if err := c.Ready(t.Context()); err != nil {
			t.Errorf("another's transaction makes it unready: %v", err)
		}
		if err := producer.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		testbed.Await(t, "nothing to be held", func() bool {
			lag, held, since := figures()
			return lag == 0 && held == 0 && since == 0
		})
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// The time counts from when the same transaction was first seen to hold records.
func TestStandstill(t *testing.T) {
	var s standstill
	at := func(second int64) time.Time { return time.Unix(second, 0) }
	for _, c := range []struct {
		second, stable int64
		held           bool
		want           time.Duration
	}{
		{1, 10, false, 0}, {2, 10, true, 0}, {7, 10, true, 5 * time.Second},
		{8, 12, true, 0}, {9, 12, true, time.Second}, {10, 30, false, 0}, {11, 30, true, 0},
	} {
		if got := s.at(c.stable, c.held, at(c.second)); got != c.want {
			t.Errorf("at second %d: %s, want %s", c.second, got, c.want)
		}
	}
}
