package testbed

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// The pairs by name, which is also the name of the subtest.
const (
	embeddedName = "kfake+miniredis"
	redisName    = "kafka+redis"
	clusterName  = "kafka+rediscluster"
)

// Pair is a broker and a store to run against.
type Pair struct {
	Name       string
	Brokers    []string // Kafka bootstrap addresses
	RedisAddrs []string // one, or the nodes of a cluster
	Cluster    bool     // the addresses are a Redis Cluster's

	Kafka *Kafka   // nil in-process
	Redis []*Redis // the store's nodes; empty in-process

	kafkaDown, redisDown func()
	kafkaUp, redisUp     func() error
}

// EachPair runs a test against every pair as a subtest: the in-process pair,
// new for each call, then Kafka with Redis and Kafka with a Redis Cluster, which
// the whole test binary shares. The package must have Main as its TestMain.
func EachPair(t *testing.T, test func(t *testing.T, p *Pair)) {
	t.Helper()
	t.Run(embeddedName, func(t *testing.T) { test(t, startEmbedded(t)) })
	t.Run(redisName, func(t *testing.T) { test(t, sharedPair(t, redisName)) })
	t.Run(clusterName, func(t *testing.T) { test(t, sharedPair(t, clusterName)) })
}

// EmbeddedPair is the in-process pair alone, new for this test.
func EmbeddedPair(t testing.TB) *Pair {
	t.Helper()
	return startEmbedded(t)
}

// RealPair is Apache Kafka with Redis alone, shared by the test binary.
func RealPair(t testing.TB) *Pair {
	t.Helper()
	return sharedPair(t, redisName)
}

// KafkaDown takes the broker away (SIGKILL where it is real) until KafkaUp or
// the end of the test.
func (p *Pair) KafkaDown(t testing.TB) {
	t.Helper()
	t.Cleanup(func() { p.KafkaUp(t) })
	p.kafkaDown()
}

// KafkaUp brings the broker back on the same addresses with its data.
func (p *Pair) KafkaUp(t testing.TB) {
	t.Helper()
	if err := p.kafkaUp(); err != nil {
		t.Fatal(err)
	}
}

// RedisDown takes the store away (SIGKILL where it is real) until RedisUp or
// the end of the test.
func (p *Pair) RedisDown(t testing.TB) {
	t.Helper()
	t.Cleanup(func() { p.RedisUp(t) })
	p.redisDown()
}

// RedisUp brings the store back on the same addresses with its data.
func (p *Pair) RedisUp(t testing.TB) {
	t.Helper()
	if err := p.redisUp(); err != nil {
		t.Fatal(err)
	}
}

// KafkaClient is a kgo client of the broker, closed with the test.
func (p *Pair) KafkaClient(t testing.TB, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(p.Brokers...)}, options...)...)
	if err != nil {
		t.Fatalf("create Kafka client: %v", err)
	}
	t.Cleanup(client.Close)
	return client
}

// Admin asks the broker and changes its topics.
func (p *Pair) Admin(t testing.TB) *kadm.Client {
	t.Helper()
	return kadm.NewClient(p.KafkaClient(t, kgo.MetadataMinAge(50*time.Millisecond)))
}

// RedisClient is a client of the store, closed with the test.
func (p *Pair) RedisClient(t testing.TB) redis.UniversalClient {
	t.Helper()
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: p.RedisAddrs, IsClusterMode: p.Cluster, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { client.Close() })
	return client
}

// CreateTopic creates a topic with the cluster's own replication factor.
// Configs are pairs of key and value.
func (p *Pair) CreateTopic(t testing.TB, topic string, partitions int32, configs ...string) {
	t.Helper()
	settings := make(map[string]*string)
	for i := 0; i+1 < len(configs); i += 2 {
		settings[configs[i]] = &configs[i+1]
	}
	admin := kadm.NewClient(p.KafkaClient(t))
	if _, err := admin.CreateTopic(context.Background(), partitions, -1, settings, topic); err != nil {
		t.Fatalf("create topic %s: %v", topic, err)
	}
	// Creating is answered before the broker's own metadata knows of it.
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		topics, err := admin.ListTopics(context.Background(), topic)
		if err == nil && topics.Has(topic) && topics[topic].Err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("topic %s is created and not known: %v", topic, err)
		}
	}
}
