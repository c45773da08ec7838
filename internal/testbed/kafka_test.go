package testbed

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// pairOf wraps a cluster of the test's own to use Pair's clients.
func pairOf(k *Kafka) *Pair { return &Pair{Brokers: k.Addrs(), Kafka: k} }

func TestKafkaKeepsRecordsThroughKillAndStop(t *testing.T) {
	k := StartKafka(t, KafkaOptions{Properties: map[string]string{"message.max.bytes": "12345678"}})
	p := pairOf(k)
	p.CreateTopic(t, "orders", 1)
	client := p.KafkaClient(t)
	produce(t, client, "orders", "one")
	k.Restart(t)
	produce(t, client, "orders", "two")
	k.Stop(t)
	if k.Nodes[0].Running() {
		t.Error("the broker runs after Stop")
	}
	k.Start(t)
	if got := consume(t, p, "orders", 2); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("records after a kill and a stop: got %q", got)
	}
	configs, err := kadm.NewClient(client).DescribeBrokerConfigs(soon(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(configs[0].Configs, func(c kadm.Config) bool {
		return c.Key == "message.max.bytes" && c.MaybeValue() == "12345678"
	}) {
		t.Error("the property given to the broker is not in its configuration")
	}
}

func TestKafkaPausedDoesNotAnswer(t *testing.T) {
	k := StartKafka(t, KafkaOptions{})
	k.Pause()
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := pairOf(k).KafkaClient(t).Ping(short); err == nil {
		t.Error("ping: a paused broker answered")
	}
	k.Resume()
	if err := pairOf(k).KafkaClient(t).Ping(soon(t)); err != nil {
		t.Errorf("ping after resume: %v", err)
	}
}

func TestKafkaOfThreeSurvivesTheLossOfOne(t *testing.T) {
	k := StartKafka(t, KafkaOptions{Brokers: 3})
	p := pairOf(k)
	p.CreateTopic(t, "orders", 1)
	client := p.KafkaClient(t)
	for i, node := range k.Nodes {
		node.Kill()
		produce(t, client, "orders", node.Addr)
		node.Start(t)
		if got := consume(t, p, "orders", i+1); !slices.Contains(got, node.Addr) {
			t.Errorf("records after broker %d was killed and came back: got %q", i+1, got)
		}
	}
}
