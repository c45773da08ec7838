package endtoend

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/fetch"
)

// BenchmarkFiringBesideEvents carries b.N live events at a steady 20,000 a second,
// while as many customers at rest have come due (awake) or sleep on (asleep). It
// reports how long a live event takes from its producer to a read_committed
// subscriber, how many due customers a second are told of, and how fast the cores
// were just before (json-ns: what each takes to read an order with encoding/json while
// all do).
// Consumer and publisher are the programs, in processes of their own, and compress
// what they publish as the deployment's documentation advises at such rates.
// -benchtime=400000x makes it 20 seconds of each, seven minutes in all. All are measured
// on one broker, as it is after some minutes of the same work (warming): before, Kafka
// compiles its own code on the cores that are measured. They take turns, as a machine
// that is shared is faster now and slower then.
func BenchmarkFiringBesideEvents(b *testing.B) {
	kafka := testbed.StartKafka(b, testbed.KafkaOptions{Brokers: 1, JVMFlags: []string{"-XX:TieredStopAtLevel=4", "-Xmx1g"}})
	shipped := programs(testbed.BuildPrograms(b))
	run := func(name string, mode config.AwakeMode) {
		b.Run(name, func(b *testing.B) {
			fireBeside(b, newSystem(b, kafka.Addrs(), []string{testbed.StartRedis(b).Addr}), shipped, mode)
		})
	}
	for i := range 3 {
		run(fmt.Sprintf("warming-asleep-%d", i+1), config.AwakeOff)
		run(fmt.Sprintf("warming-awake-%d", i+1), config.AwakeWall)
	}
	for i := range 3 {
		run(fmt.Sprintf("asleep-%d", i+1), config.AwakeOff)
		run(fmt.Sprintf("awake-%d", i+1), config.AwakeWall)
	}
}

func fireBeside(b *testing.B, s *system, shipped programs, mode config.AwakeMode) {
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Minute)
	defer cancel()
	// Each customer at rest comes due once: when they have been silent for a day.
	s.cfg.Awake.Cooling, s.cfg.Awake.Dormant = config.Stage{}, config.Stage{}
	s.cfg.Awake.Lost = config.Stage{SilenceDays: 1}
	s.cfg.Awake.Mode = config.AwakeOff
	rest(b, s)
	stop := s.start(ctx, b)
	s.wait(ctx, b)
	stop()

	s.cfg.Awake.Mode, s.cfg.Publisher.Compression = mode, config.CompressionSnappy
	speed := coreSpeed()
	seen := subscribe(ctx, b, s)
	stop = shipped.run(b, s)
	b.ResetTimer()
	live(b, s)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	s.wait(ctx, b)
	seen.await(ctx, b, mode != config.AwakeOff)
	stop()
	seen.report(b)
	b.ReportMetric(speed, "json-ns")
	if letters := s.deadLetters(ctx, b); letters > 0 {
		b.Errorf("%d dead letters: not every event was an event", letters)
	}
}

func (s *system) deadLetters(ctx context.Context, b *testing.B) (letters int64) {
	ends := must(s.admin.ListEndOffsets(ctx, cluster.OutputTopicsOf(s.cfg.Namespace).DeadLetter))(b)
	ends.Each(func(end kadm.ListedOffset) { letters += end.Offset })
	return letters
}

const (
	eventsPerSecond = 20_000
	probeEvery      = 100 // of the live events is one whose way is timed
)

// coreSpeed is how long a core takes to read an order with encoding/json, nanoseconds,
// while all cores do. It depends on nothing of ours.
func coreSpeed() float64 {
	order := event.Append(nil, &history.Event{
		Kind: history.OrderPlaced, ID: "live-123456", OrderID: "live-123456", CustomerID: "live-654321", AtMicros: 1_700_000_000_000_000, AmountMinor: 12_345,
	}, config.Default().Business.Currency)
	const orders = 50_000
	began := time.Now()
	var cores sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		cores.Go(func() {
			for range orders {
				var read struct {
					Type       string `json:"type"`
					EventID    string `json:"event_id"`
					OrderID    string `json:"order_id"`
					CustomerID string `json:"customer_id"`
					OccurredAt string `json:"occurred_at"`
					Amount     string `json:"amount"`
					Currency   string `json:"currency"`
				}
				_ = json.Unmarshal(order, &read)
			}
		})
	}
	cores.Wait()
	return float64(time.Since(began).Nanoseconds()) / orders
}

// rest publishes the one order of each of b.N customers, of three days ago.
func rest(b *testing.B, s *system) {
	out := must(feed.New(s.kafka, s.cfg.Input.Topics))(b)
	defer out.Close()
	from := time.Now().AddDate(0, 0, -3)
	for i := range b.N {
		e := history.Event{
			Kind: history.OrderPlaced, ID: fmt.Sprintf("rest-%08d", i), OrderID: fmt.Sprintf("rest-%08d", i),
			CustomerID: fmt.Sprintf("rest-%08d", i), AtMicros: from.UnixMicro() + int64(i), AmountMinor: 2500,
		}
		if err := out.Add(b.Context(), &e, s.cfg.Business.Currency); err != nil {
			b.Fatal(err)
		}
	}
	if err := out.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// live publishes b.N orders at a steady pace, each with the time it is made at, from a
// producer as Kafka's clients are unless told otherwise: batches that are not compressed. The
// customers are drawn as the other benchmarks' without the head of that curve: nobody
// orders two thousand times a second, and whoever has ordered 4,096 times on one day
// is refused. Here the most frequent orders three times a second.
func live(b *testing.B, s *system) {
	out := must(kgo.NewClient(append(must(s.kafka.Options())(b),
		kgo.DefaultProduceTopic(s.cfg.Input.Topics[0]), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerLinger(5*time.Millisecond),
	)...))(b)
	defer out.Close()
	var delivered kgo.FirstErrPromise
	random := rand.New(rand.NewPCG(1, 2))
	customers := rand.NewZipf(random, 1.07, 1000, 1_000_000)
	began := time.Now()
	for made := 0; made < b.N; time.Sleep(5 * time.Millisecond) {
		for due := min(b.N, int(time.Since(began).Seconds()*eventsPerSecond)); made < due; made++ {
			customer := "live-" + strconv.FormatUint(customers.Uint64(), 10)
			if made%probeEvery == 0 {
				customer = "probe-" + strconv.Itoa(made)
			}
			id := "live-" + strconv.Itoa(made)
			e := history.Event{
				Kind: history.OrderPlaced, ID: id, OrderID: id, CustomerID: customer,
				AtMicros: time.Now().UnixMicro(), AmountMinor: 500 + random.Int64N(20_000),
			}
			out.Produce(b.Context(), &kgo.Record{Key: []byte(customer), Value: event.Append(nil, &e, s.cfg.Business.Currency)}, delivered.Promise())
		}
	}
	if err := out.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := delivered.Err(); err != nil {
		b.Fatal(err)
	}
}

// seen is what a subscriber has read.
type seen struct {
	mu      sync.Mutex
	probes  []time.Duration // their ways
	fired   int
	first   time.Time // when the first due customer was told of
	last    time.Time // and the last
	cancel  context.CancelFunc
	reading sync.WaitGroup
	enough  chan struct{} // all probes, and all due customers
	probing chan struct{} // all probes
}

// subscribe reads the changes from now on, with the consumer's own reader: it takes the
// least of the cores.
func subscribe(ctx context.Context, b *testing.B, s *system) *seen {
	ctx, cancel := context.WithCancel(ctx)
	topic := cluster.OutputTopicsOf(s.cfg.Namespace).Changes
	client := must(cluster.Connect(ctx, s.kafka))(b)
	fetcher := must(fetch.New(fetch.Config{
		Transport: must(s.kafka.Transport(topic))(b), Addr: s.kafka.Addr(), Cluster: client, MinInterval: 10 * time.Millisecond,
	}))(b)
	n := &seen{cancel: cancel, enough: make(chan struct{}), probing: make(chan struct{})}
	for partition, bounds := range must(cluster.PartitionBounds(ctx, s.admin, topic))(b) {
		reader := must(fetcher.Assign(partition, bounds.HighWatermark))(b)
		n.reading.Go(func() { n.read(ctx, b, reader) })
	}
	n.reading.Go(func() {
		defer client.Close()
		if err := fetcher.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	return n
}

func (n *seen) read(ctx context.Context, b *testing.B, reader *fetch.Reader) {
	for {
		batch, err := reader.Next(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			b.Error(err)
			return
		}
		n.mu.Lock()
		for i := range batch.Records {
			n.take(&batch.Records[i])
		}
		if len(n.probes) == (b.N+probeEvery-1)/probeEvery {
			once(n.probing)
			if n.fired == b.N {
				once(n.enough)
			}
		}
		n.mu.Unlock()
	}
}

// once closes a channel, if it is open.
func once(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

func (n *seen) take(r *event.Record) {
	switch {
	case bytes.HasPrefix(r.Key, []byte("probe-")):
		var change struct {
			Cause struct {
				OccurredAt time.Time `json:"occurred_at"`
			} `json:"cause"`
		}
		if json.Unmarshal(r.Value, &change) == nil {
			n.probes = append(n.probes, time.Since(change.Cause.OccurredAt))
		}
	case bytes.HasPrefix(r.Key, []byte("rest-")):
		n.fired++
		n.last = time.Now()
		if n.fired == 1 {
			n.first = n.last
		}
	}
}

// await waits until everything that is to come was read.
func (n *seen) await(ctx context.Context, b *testing.B, due bool) {
	all := n.probing
	if due {
		all = n.enough
	}
	select {
	case <-all:
	case <-ctx.Done():
		b.Error("the subscriber missed something")
	}
	n.cancel()
	n.reading.Wait()
}

func (n *seen) report(b *testing.B) {
	slices.Sort(n.probes)
	at := func(quantile float64) float64 {
		return float64(n.probes[int(quantile*float64(len(n.probes)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(.5), "p50-ms")
	b.ReportMetric(at(.99), "p99-ms")
	if n.fired > 1 {
		b.ReportMetric(float64(n.fired)/n.last.Sub(n.first).Seconds(), "due/s")
	}
	b.ReportMetric(0, "ns/op")
}
