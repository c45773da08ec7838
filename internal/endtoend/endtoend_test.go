// Package endtoend benchmarks the whole path, from a backlog of orders in Kafka, through
// consumer and publisher, to changes that a read_committed subscriber can see. It only has
// tests.
package endtoend

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/backlog"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/process"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/due"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // it would stand between the results
	process.CollectSeldom()                        // as the programs do
	testbed.Main(m)
}

// Each iteration is one event: -benchtime=2000000x carries two million.
func BenchmarkEmbedded(b *testing.B) {
	p := testbed.EmbeddedPair(b)
	carry(b, p.Brokers, p.RedisAddrs)
}

func BenchmarkRealServers(b *testing.B) {
	kafka := testbed.StartKafka(b, testbed.KafkaOptions{Brokers: 1, JVMFlags: []string{"-XX:TieredStopAtLevel=4", "-Xmx1g"}})
	store := testbed.StartRedis(b)
	carry(b, kafka.Addrs(), []string{store.Addr})
}

// carry publishes b.N orders of customers drawn as a shop's are (Zipf 1.07 over a
// million), then times how long the pipeline takes with them.
func carry(b *testing.B, brokers, redisAddresses []string) {
	s := newSystem(b, brokers, redisAddresses)
	publish(b, s.kafka, s.cfg)
	b.ResetTimer()
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Minute)
	defer cancel()
	stop := s.start(ctx, b)
	s.wait(ctx, b)
	b.StopTimer()
	stop()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// system is a deployment with an empty state.
type system struct {
	cfg   config.Config
	kafka cluster.Access
	admin *kadm.Client
	store *state.Store
}

func newSystem(b *testing.B, brokers, redisAddresses []string) *system {
	cfg := config.Default()
	cfg.Namespace = testbed.Unique(b)
	cfg.Kafka.Brokers, cfg.Redis.Addresses = brokers, redisAddresses
	cfg.Redis.Checks = config.ChecksOff
	cfg.Input.Topics = []string{cfg.Namespace + ".orders"}
	cfg.Input.Group, cfg.Publisher.Group = cfg.Namespace+"-consumer", cfg.Namespace+"-publisher"
	cfg.Topics.Partitions = 4
	ctx := b.Context()
	client := must(assembly.Kafka(cfg))(b)
	kafka := must(cluster.Connect(ctx, client))(b)
	b.Cleanup(kafka.Close)
	admin := kadm.NewClient(kafka)
	must(cluster.CreateTopics(ctx, admin, assembly.TopicSpecs(cfg)))(b)
	redisClient := must(assembly.Redis(cfg))(b)
	b.Cleanup(func() { _ = redisClient.Close() })
	return &system{cfg: cfg, kafka: client, admin: admin, store: must(assembly.Store(ctx, cfg, redisClient))(b)}
}

// start runs a consumer and a publisher until they are stopped.
func (s *system) start(ctx context.Context, b *testing.B) (stop func()) {
	consumer := must(assembly.Consumer(ctx, s.cfg, s.store))(b)
	publisher := must(assembly.Publisher(ctx, s.cfg, s.store))(b)
	running, cancel := context.WithCancel(ctx)
	ended := make(chan error, 2)
	go func() { ended <- consumer.Run(running) }()
	go func() { ended <- publisher.Run(running) }()
	return func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				b.Error(err)
			}
		}
	}
}

// wait is over when everything is applied and published.
func (s *system) wait(ctx context.Context, b *testing.B) {
	if err := backlog.Wait(ctx, s.admin, s.store, s.cfg.Input.Topics, due.Config{Mode: due.Off}); err != nil {
		b.Fatal(err)
	}
}

func publish(b *testing.B, client cluster.Access, cfg config.Config) {
	out := must(feed.New(client, cfg.Input.Topics))(b)
	defer out.Close()
	random := rand.New(rand.NewPCG(1, 2))
	customers := rand.NewZipf(random, 1.07, 1, 1_000_000)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	const span = int64(180*24) * 3_600_000_000 // half a year
	for i := range b.N {
		e := history.Event{
			Kind: history.OrderPlaced, ID: fmt.Sprintf("evt-%09d", i), OrderID: fmt.Sprintf("ord-%09d", i),
			CustomerID: fmt.Sprintf("cust-%07d", customers.Uint64()), Channel: "web",
			AtMicros: start + int64(i)*(span/int64(b.N)), AmountMinor: 500 + random.Int64N(20_000),
		}
		if err := out.Add(b.Context(), &e, cfg.Business.Currency); err != nil {
			b.Fatal(err)
		}
	}
	if err := out.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// must ends the benchmark when a part cannot be made.
func must[T any](made T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return made
	}
}
