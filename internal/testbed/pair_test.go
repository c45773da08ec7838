package testbed

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func TestPairOutlivesOutages(t *testing.T) {
	EachPair(t, func(t *testing.T, p *Pair) {
		name := Unique(t)
		p.CreateTopic(t, name, 1)
		kafka, store := p.KafkaClient(t), p.RedisClient(t)
		produce(t, kafka, name, "before")
		mustSet(t, store, name, "before")
		for _, node := range p.Redis {
			node.AwaitWritten(t)
		}

		p.KafkaDown(t)
		p.RedisDown(t)
		short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if err := p.KafkaClient(t).Ping(short); err == nil {
			t.Error("ping Kafka: answered while down")
		}
		if err := store.Get(short, name).Err(); err == nil {
			t.Error("get from Redis: answered while down")
		}

		p.KafkaUp(t)
		p.RedisUp(t)
		produce(t, kafka, name, "after")
		if got := consume(t, p, name, 2); !slices.Equal(got, []string{"before", "after"}) {
			t.Errorf("records across the outage: got %q", got)
		}
		wantValue(t, p.RedisClient(t), name, "before")
	})
}

func TestPairRefusesUnknownTopics(t *testing.T) {
	EachPair(t, func(t *testing.T, p *Pair) {
		client := p.KafkaClient(t, kgo.UnknownTopicRetries(0))
		record := &kgo.Record{Topic: Unique(t), Value: []byte("x")}
		if err := client.ProduceSync(soon(t), record).FirstErr(); err == nil {
			t.Error("produce to a topic nobody created: accepted")
		}
	})
}

func TestUniqueDiffers(t *testing.T) {
	if a, b := Unique(t), Unique(t); a == b {
		t.Errorf("two names of one test are the same: %s", a)
	}
}
