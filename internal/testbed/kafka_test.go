package testbed

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// pairOf wraps a cluster of the test's own to use Pair's clients.
func pairOf(k *Kafka) *Pair { return &Pair{Brokers: k.Addrs(), Kafka: k} }

func TestKafkaKeepsRecordsThroughKillAndStop(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	k := StartKafka(t, KafkaOptions{})
	// The client's first exchange on a connection ends by this, not by its context.
	client := pairOf(k).KafkaClient(t, kgo.RequestTimeoutOverhead(500*time.Millisecond))
	if err := client.Ping(soon(t)); err != nil {
		t.Fatal(err)
	}
	k.Pause()
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := client.Ping(short); err == nil {
		t.Error("ping: a paused broker answered")
	}
	k.Resume()
	if err := client.Ping(soon(t)); err != nil {
		t.Errorf("ping after resume: %v", err)
	}
}

func TestKafkaOfThreeSurvivesTheLossOfALeader(t *testing.T) {
	t.Parallel()
	k := StartKafka(t, KafkaOptions{Brokers: 3})
	p := pairOf(k)
	p.CreateTopic(t, "orders", 1)
	client := p.KafkaClient(t)
	produce(t, client, "orders", "before")
	topics, err := kadm.NewClient(client).ListTopics(soon(t), "orders")
	if err != nil {
		t.Fatal(err)
	}
	leader := topics["orders"].Partitions[0].Leader
	k.Nodes[leader-1].Kill()
	produce(t, client, "orders", "without")
	k.Nodes[leader-1].Start(t)
	produce(t, client, "orders", "after")
	if got := consume(t, p, "orders", 3); !slices.Equal(got, []string{"before", "without", "after"}) {
		t.Errorf("records across the loss of broker %d: got %q", leader, got)
	}
}
