package testbed

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestMain(m *testing.M) { Main(m) }

// soon bounds a wait for something that has to happen; it measures nothing.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func produce(t *testing.T, client *kgo.Client, topic, value string) {
	t.Helper()
	if err := client.ProduceSync(soon(t), &kgo.Record{Topic: topic, Value: []byte(value)}).FirstErr(); err != nil {
		t.Fatalf("produce %q: %v", value, err)
	}
}

// consume reads n values from the start of a topic.
func consume(t *testing.T, p *Pair, topic string, n int) []string {
	t.Helper()
	client := p.KafkaClient(t, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	var values []string
	for len(values) < n {
		fetches := client.PollFetches(soon(t))
		if err := fetches.Err0(); err != nil {
			t.Fatalf("consume %s after %d records: %v", topic, len(values), err)
		}
		fetches.EachRecord(func(r *kgo.Record) { values = append(values, string(r.Value)) })
	}
	return values
}

func mustSet(t *testing.T, client redis.UniversalClient, key, value string) {
	t.Helper()
	if err := client.Set(soon(t), key, value, 0).Err(); err != nil {
		t.Fatalf("set %s: %v", key, err)
	}
}

func wantValue(t *testing.T, client redis.UniversalClient, key, want string) {
	t.Helper()
	got, err := client.Get(soon(t), key).Result()
	if errors.Is(err, redis.Nil) {
		got, err = "", nil
	}
	if err != nil || got != want {
		t.Fatalf("get %s: got %q, %v; want %q", key, got, err, want)
	}
}
