package verify_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/verify"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/due"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/mapping"
	"github.com/clvstream/clvstream/stream/registry"
)

const shards = 4

// system is a whole clvstream in the test's process.
type system struct {
	pair      *testbed.Pair
	namespace string
	inputs    []string
	topics    cluster.OutputTopics
	store     *state.Store
	kafka     cluster.Access
	rules     event.Rules
	mappings  []*mapping.Mapping
	valuation clv.Valuation
	awake     due.Mode // empty: due times do not fire
	current   change.Form
	registry  registry.Access // for Avro
	producer  *kgo.Client
	sent      []*kgo.Record
	aborted   *kgo.Record // of a transaction that was aborted; nil: none was
}

func must[T any](t testing.TB) func(value T, err error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// newSystem makes topics and an empty state.
func newSystem(t testing.TB, pair *testbed.Pair) *system {
	t.Helper()
	s := &system{
		pair:      pair,
		namespace: testbed.Unique(t),
		kafka:     cluster.Access{Brokers: pair.Brokers, ClientID: "test"},
		producer:  pair.KafkaClient(t, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.MetadataMinAge(50*time.Millisecond)),
	}
	s.setRules(t)
	s.inputs = []string{s.namespace + ".orders", s.namespace + ".churn"}
	s.topics = cluster.OutputTopicsOf(s.namespace)
	for _, topic := range s.inputs {
		pair.CreateTopic(t, topic, 3)
	}
	for _, topic := range []string{s.topics.Changes, s.topics.DeadLetter} {
		pair.CreateTopic(t, topic, 3)
	}
	pair.CreateTopic(t, s.topics.Current, 3, "cleanup.policy", "compact")
	pair.CreateTopic(t, s.topics.Progress, 2, "cleanup.policy", "compact")
	s.store = s.open(t)
	return s
}

func (s *system) open(t testing.TB) *state.Store {
	t.Helper()
	store, err := state.Open(t.Context(), s.pair.RedisClient(t), state.Options{Namespace: s.namespace, Shards: shards, CacheCustomers: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// consume runs a consumer until stop is called.
func (s *system) consume(t testing.TB) (stop func()) {
	t.Helper()
	c, err := stream.NewConsumer(t.Context(), stream.ConsumerConfig{
		Kafka: s.kafka, Topics: s.inputs, Repartition: s.topics.Repartition, Group: s.namespace + "-c", Store: s.open(t), Rules: s.rules, Mappings: s.mappings, Valuation: s.valuation,
		MaxRecords: 100, AdvanceEvery: 200 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return background(t, c.Run)
}

// quietAfter is for how long no record comes in an input that holds nobody back.
const quietAfter = time.Second

// newAwakeSystem is a system in which everything is watched that can be.
func newAwakeSystem(t testing.TB, pair *testbed.Pair, mode due.Mode) *system {
	t.Helper()
	s := newSystem(t, pair)
	s.awake = mode
	s.setAwake(t)
	return s
}

// publish runs a publisher until stop is called.
func (s *system) publish(t testing.TB) (stop func()) {
	t.Helper()
	config := stream.PublisherConfig{
		Kafka: s.kafka, Topics: s.topics, Group: s.namespace + "-p", Store: s.open(t), Currency: s.rules.Rates.Business(), Source: "/test", Current: s.current,
	}
	if s.current.IsAvro() {
		config.Register = must[*registry.Writer](t)(registry.NewWriter(s.registry)).Register
	}
	if s.awake != "" {
		config.Due = due.Config{Mode: s.awake, Topics: s.inputs[:2], QuietAfter: quietAfter, Valuation: func() *clv.Valuation { return &s.valuation }, Refresh: time.Hour}
	}
	p, err := stream.NewPublisher(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return background(t, p.Run)
}

func background(t testing.TB, run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// send writes records and returns when they are in the log.
func (s *system) send(t testing.TB, records ...*kgo.Record) {
	t.Helper()
	if err := s.produce(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	s.sent = append(s.sent, records...)
}

func (s *system) produce(ctx context.Context, records []*kgo.Record) error {
	for batch := range slices.Chunk(records, 500) {
		if err := s.producer.ProduceSync(ctx, batch...).FirstErr(); err != nil {
			return err
		}
	}
	return nil
}

// abort puts a transaction into the input that must not count.
func (s *system) abort(t testing.TB) {
	t.Helper()
	client := s.pair.KafkaClient(t, kgo.TransactionalID(s.namespace+"-aborted"))
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	s.aborted = s.record(&history.Event{Kind: history.OrderPlaced, ID: "a", CustomerID: "ada", OrderID: "aborted", AmountMinor: 1}, true)
	if err := client.ProduceSync(t.Context(), s.aborted).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := client.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
}

// record is an event on its topic; a keyed one stays in its customer's
// partition.
func (s *system) record(e *history.Event, keyed bool) *kgo.Record {
	topic := s.inputs[0]
	if e.Kind == history.ChurnConfirmed || e.Kind == history.ChurnReverted || e.Kind == history.ChurnPredicted {
		topic = s.inputs[1]
	}
	r := &kgo.Record{Topic: topic, Value: event.Append(nil, e, s.rules.Rates.Business())}
	if keyed {
		r.Key = []byte(e.CustomerID)
	}
	return r
}

// settle waits until everything that was sent is applied, what is due is fired,
// and all of it is published.
func (s *system) settle(t testing.TB) {
	t.Helper()
	s.applied(t)
	if s.awake != "" {
		s.until(t, func() bool { return s.fired(t) })
	}
	s.until(t, func() bool {
		return slices.Max(must[[]int64](t)(s.store.Depth(t.Context()))) == 0
	})
}

// fired says whether the inputs are quiet and nothing is due by their time.
func (s *system) fired(t testing.TB) bool {
	for _, head := range must[map[string]state.Head](t)(s.store.Heads(t.Context())) {
		quiet := head.AtMicros == 0 || head.SeenMicros-head.ActiveMicros >= quietAfter.Microseconds()
		if head.Kind != state.HeadIdle || !quiet {
			return false
		}
	}
	awake := due.Config{Mode: s.awake, Topics: s.inputs[:2], QuietAfter: quietAfter}
	until, known, err := awake.StreamTime(t.Context(), s.store)
	if err != nil {
		t.Fatal(err)
	}
	next := must[[]int64](t)(s.store.Next(t.Context(), []int{0, 1, 2, 3}))
	return known && !slices.ContainsFunc(next, func(due int64) bool { return due != 0 && due <= until })
}

// applied waits until everything that was sent is applied.
func (s *system) applied(t testing.TB) {
	t.Helper()
	ends := must[kadm.ListedOffsets](t)(kadm.NewClient(s.producer).ListCommittedOffsets(t.Context(), s.inputs...))
	s.until(t, func() bool {
		behind := false
		for _, shard := range must[[]state.Applied](t)(s.store.Applied(t.Context())) {
			reached := map[string]int64{}
			for source, offset := range shard {
				reached[source.String()] = offset
			}
			ends.Each(func(end kadm.ListedOffset) {
				behind = behind || reached[fmt.Sprintf("%s/%d", end.Topic, end.Partition)] < end.Offset
			})
		}
		return !behind
	})
}

func (s *system) until(t testing.TB, done func() bool) {
	t.Helper()
	for !done() {
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *system) verify(t testing.TB) verify.Report {
	t.Helper()
	config := verify.Config{
		Kafka: s.kafka, InputTopics: s.inputs, Topics: s.topics, Store: s.store, Rules: s.rules, Mappings: s.mappings, Valuation: s.valuation,
		Current: s.current,
	}
	if s.current.IsAvro() {
		config.Schemas = must[*registry.Schemas](t)(registry.NewSchemas(s.registry))
	}
	report, err := verify.Run(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// random is a source of chance whose seed a failure names.
func random(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 1))
}
