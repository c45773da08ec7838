package endtoend

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream"
)

// BenchmarkFiringBesideEvents carries b.N live events at a steady 20,000 a second,
// while as many customers at rest have come due (awake) or sleep on (asleep). It
// reports how long a live event takes from its producer to a read_committed
// subscriber, and how many due customers a second are told of. Consumer and publisher
// are the programs, in processes of their own.
// -benchtime=400000x makes it 20 seconds of each. All are measured on one broker, as
// it is after a minute of the same work (warming): before, Kafka compiles its own
// code on the cores that are measured. They take turns, as a machine that is shared
// is faster now and slower then.
func BenchmarkFiringBesideEvents(b *testing.B) {
	kafka := testbed.StartKafka(b, testbed.KafkaOptions{Brokers: 1, JVMFlags: []string{"-XX:TieredStopAtLevel=4", "-Xmx1g"}})
	shipped := programs(testbed.BuildPrograms(b))
	asleep, awake := config.AwakeOff, config.AwakeWall
	for _, c := range []struct {
		name string
		mode config.AwakeMode
	}{{"warming-1", awake}, {"warming-2", awake}, {"asleep-1", asleep}, {"awake-1", awake}, {"asleep-2", asleep}, {"awake-2", awake}, {"asleep-3", asleep}, {"awake-3", awake}} {
		b.Run(c.name, func(b *testing.B) {
			fireBeside(b, newSystem(b, kafka.Addrs(), []string{testbed.StartRedis(b).Addr}), shipped, c.mode)
		})
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

	s.cfg.Awake.Mode = mode
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
	if letters := s.deadLetters(ctx, b); letters > 0 {
		b.Errorf("%d dead letters: not every event was an event", letters)
	}
}

func (s *system) deadLetters(ctx context.Context, b *testing.B) (letters int64) {
	ends := must(s.admin.ListEndOffsets(ctx, stream.OutputTopicsOf(s.cfg.Namespace).DeadLetter))(b)
	ends.Each(func(end kadm.ListedOffset) { letters += end.Offset })
	return letters
}

const (
	eventsPerSecond = 20_000
	probeEvery      = 100 // of the live events is one whose way is timed
)

// rest publishes the one order of each of b.N customers, of three days ago.
func rest(b *testing.B, s *system) {
	out := must(feed.New(s.kafka, s.cfg.Input.Topics))(b)
	defer out.Close()
	from := time.Now().AddDate(0, 0, -3)
	for i := range b.N {
		e := clv.Event{
			Kind: clv.OrderPlaced, ID: fmt.Sprintf("rest-%08d", i), OrderID: fmt.Sprintf("rest-%08d", i),
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
			e := clv.Event{
				Kind: clv.OrderPlaced, ID: id, OrderID: id, CustomerID: customer,
				AtMicros: time.Now().UnixMicro(), AmountMinor: 500 + random.Int64N(20_000),
			}
			out.Produce(b.Context(), &kgo.Record{Key: []byte(customer), Value: stream.AppendEvent(nil, &e, s.cfg.Business.Currency)}, delivered.Promise())
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
	probes  []time.Duration // their ways
	fired   int
	first   time.Time // when the first due customer was told of
	last    time.Time // and the last
	cancel  context.CancelFunc
	done    chan struct{}
	enough  chan struct{} // all probes, and all due customers
	probing chan struct{} // all probes
}

// subscribe reads the changes from now on.
func subscribe(ctx context.Context, b *testing.B, s *system) *seen {
	ctx, cancel := context.WithCancel(ctx)
	ends := must(s.admin.ListEndOffsets(ctx, s.cfg.Namespace+".changes"))(b)
	reader := must(kgo.NewClient(append(must(s.kafka.Options())(b),
		kgo.ConsumePartitions(ends.KOffsets()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(10*time.Millisecond),
	)...))(b)
	n := &seen{cancel: cancel, done: make(chan struct{}), enough: make(chan struct{}), probing: make(chan struct{})}
	go func() {
		defer close(n.done)
		defer reader.Close()
		for ctx.Err() == nil {
			reader.PollFetches(ctx).EachRecord(n.take)
			if len(n.probes) == (b.N+probeEvery-1)/probeEvery {
				once(n.probing)
				if n.fired == b.N {
					once(n.enough)
				}
			}
		}
	}()
	return n
}

// once closes a channel of one goroutine's, if it is open.
func once(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

func (n *seen) take(r *kgo.Record) {
	switch {
	case strings.HasPrefix(string(r.Key), "probe-"):
		var change struct {
			Cause struct {
				OccurredAt time.Time `json:"occurred_at"`
			} `json:"cause"`
		}
		if json.Unmarshal(r.Value, &change) == nil {
			n.probes = append(n.probes, time.Since(change.Cause.OccurredAt))
		}
	case strings.HasPrefix(string(r.Key), "rest-"):
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
	<-n.done
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
