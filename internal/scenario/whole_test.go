package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/backlog"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/verify"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
)

// whole is the whole system on an embedded broker and store, in a bubble of virtual time:
//
//	steps ──► input topics ──► consumer ──► store ──► publisher ──► changes, dead letters
//	             │                both end before a long time passes and start again before
//	             └ the clock      its end: nothing in a bubble is faster than what polls
type whole struct {
	t         *testing.T
	file      *File
	cfg       config.Config
	valuation clv.Valuation // in force
	kafka     cluster.Access
	network   kfake.VirtualNetwork
	server    *miniredis.Miniredis
	redis     *redis.Client
	store     *state.Store
	stopped   bool              // by the steps
	end       func()            // of consumer and publisher; nil: they do not run
	waiting   []*Event          // that arrive while the clock stands
	places    map[string]*Event // by topic/partition/offset
	seen      *Seen
}

// The bubble's clock begins in 2000; a run begins as much later as its file says.
const (
	// runUp is for how long the system works before the end of a long time that passes.
	runUp = 15 * time.Second
	// settleFor is enough for whatever polls: fetches, heads, due times, transactions.
	settleFor = 2 * time.Second
)

// runWhole runs the steps, inside a bubble.
func runWhole(t *testing.T, f *File, way Way, steps []Step) *Seen {
	w := &whole{t: t, file: f, valuation: f.Valuation, cfg: f.Config, places: map[string]*Event{}, seen: &Seen{
		By: "the whole system, " + string(way), Readings: map[int]Fields{}, Unread: map[int]string{}, Changes: map[string][]Fields{}, Letters: map[*Event][]string{},
	}}
	if way == EventMode {
		w.cfg.Awake.Mode = config.AwakeEvent
	}
	begins := f.Begins
	if f.Live() {
		begins = firstTime(steps)
	}
	time.Sleep(time.Until(begins) - runUp)
	w.build()
	w.start()
	time.Sleep(time.Until(begins))
	for i := range steps {
		if steps[i].Verb == Arrive && !f.Live() {
			w.waiting = append(w.waiting, steps[i].Event)
			continue
		}
		w.flush()
		w.step(&steps[i], i)
	}
	w.flush()
	w.settle()
	w.collect()
	w.stop()
	return w.seen
}

func firstTime(steps []Step) time.Time {
	for i := range steps {
		if e := steps[i].Event; e != nil && !e.At.IsZero() {
			return e.At
		}
	}
	return time.Date(defaultYear, 1, 1, 0, 0, 0, 0, time.UTC)
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func (w *whole) build() {
	fake := must[*kfake.Cluster](w.t)(kfake.NewCluster(kfake.NumBrokers(1), kfake.ListenFn(w.network.Listen),
		kfake.BrokerConfigs(map[string]string{"log.cleaner.backoff.ms": "99999999999"}))) // nothing is deleted or compacted
	w.t.Cleanup(fake.Close)
	w.kafka = cluster.Access{Brokers: fake.ListenAddrs(), Dial: w.network.DialContext}
	w.server = miniredis.NewMiniRedis()
	w.t.Cleanup(w.server.Close)
	w.redis = redisClient(w.server)
	w.t.Cleanup(func() { _ = w.redis.Close() })
	w.cfg.Redis.Checks = config.ChecksOff
	w.cfg.State.Shards, w.cfg.Publisher.Lanes, w.cfg.Topics.Partitions = min(w.cfg.State.Shards, 2), 1, 1
	w.store = must[*state.Store](w.t)(assembly.Store(w.t.Context(), w.cfg, w.redis))
	w.ask(func(client *kgo.Client) {
		admin := kadm.NewClient(client)
		for _, topic := range w.cfg.Input.Topics {
			if _, err := admin.CreateTopic(w.t.Context(), w.partitions(topic), 1, nil, topic); err != nil {
				w.t.Fatal(err)
			}
		}
		must[[]cluster.TopicState](w.t)(cluster.CreateTopics(w.t.Context(), admin, assembly.TopicSpecs(w.cfg)))
	})
}

// partitions of an input topic are as many as the steps use.
func (w *whole) partitions(topic string) (n int32) {
	n = 1
	for i := range w.file.Steps {
		if e := w.file.Steps[i].Event; e != nil && e.Topic == topic {
			n = max(n, e.Partition+1)
		}
	}
	if topic == ordersTopic && len(w.file.Ways) > 1 {
		n = max(n, 4)
	}
	return n
}

// ask lends a client that does not outlive the question: idle ones have much to say in a
// year.
func (w *whole) ask(question func(*kgo.Client), more ...kgo.Opt) {
	options := must[[]kgo.Opt](w.t)(w.kafka.Options())
	client := must[*kgo.Client](w.t)(kgo.NewClient(append(options, more...)...))
	defer client.Close()
	question(client)
}

func (w *whole) start() {
	if w.end != nil || w.stopped {
		return
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	consumer := must[*stream.Consumer](w.t)(stream.NewConsumer(ctx, stream.ConsumerConfig{
		Kafka: w.kafka, Topics: w.cfg.Input.Topics, Group: w.cfg.Input.Group, Store: w.open(),
		Rules: w.rules(), Valuation: w.file.Valuation, AdvanceEvery: w.cfg.Input.IdleWatermarkInterval,
	}))
	awake := assembly.Clock(w.cfg)
	awake.Valuation, awake.Refresh = func() *clv.Valuation { return &w.file.Valuation }, w.cfg.Awake.Refresh
	publisher := must[*stream.Publisher](w.t)(stream.NewPublisher(ctx, stream.PublisherConfig{
		Kafka: w.kafka, Topics: cluster.OutputTopicsOf(w.cfg.Namespace), Group: w.cfg.Publisher.Group, Store: w.open(),
		Currency: w.cfg.Business.Currency, Source: "/scenario", Due: awake,
	}))
	var running sync.WaitGroup
	for _, run := range []func(context.Context) error{consumer.Run, publisher.Run} {
		running.Go(func() {
			if err := run(ctx); err != nil {
				w.seen.Troubles = append(w.seen.Troubles, err.Error())
			}
		})
	}
	w.end = func() { cancel(); running.Wait() }
}

func (w *whole) rules() event.Rules {
	return must[event.Rules](w.t)(assembly.Decoding(w.cfg))
}

// open opens the store anew, as a process does that starts.
func (w *whole) open() *state.Store {
	return must[*state.Store](w.t)(assembly.Store(w.t.Context(), w.cfg, w.redis))
}

func (w *whole) stop() {
	if w.end != nil {
		w.end()
		w.end = nil
	}
}

func (w *whole) step(step *Step, index int) {
	switch step.Verb {
	case Arrive:
		w.pass(step.Event.At)
		w.send(step.Event)
		w.settle()
	case Clock:
		w.settle()
		w.pass(step.At)
	case Pause:
		w.settle()
		w.pass(time.Now().Add(step.Span))
	case Read:
		if w.file.Live() {
			w.pass(step.At)
		}
		w.settle()
		w.read(step, index)
	case Restart:
		w.stop()
		w.start()
		time.Sleep(runUp)
	case Stop:
		w.stop()
		w.stopped = true
	case Start:
		w.stopped = false
		w.start()
		time.Sleep(runUp)
	case Activate:
		w.activate(step)
	case Copy:
		w.copy(0, 1)
	case Rollback:
		w.copy(1, 0)
	}
}

// pass lets the clock go on. What is short passes with the system at work; of what is long,
// the end.
func (w *whole) pass(to time.Time) {
	const short = 3 * time.Minute
	if time.Until(to) > short {
		w.stop()
		time.Sleep(time.Until(to) - runUp)
		w.start()
	}
	time.Sleep(time.Until(to))
}

// activate has a model in force at once, and waits until the lanes have looked for one.
func (w *whole) activate(step *Step) {
	version := state.Configured
	if step.Model != Configured {
		built := w.file.Models[step.Model]
		version = built.File.Version()
		text := must[[]byte](w.t)(built.File.Encode())
		must[state.Pushed](w.t)(w.store.PushModel(w.t.Context(), version, text, nil))
	}
	from := must[int64](w.t)(assembly.StreamTime(w.t.Context(), w.cfg, w.store))
	if _, _, err := w.store.Activate(w.t.Context(), version, from, 0, step.Silent); err != nil {
		w.t.Fatal(err)
	}
	w.valuation = w.file.inForce(step)
	time.Sleep(runUp)
	w.settle()
}

// copy makes one database of the store what another one is, at once for those who work on it.
func (w *whole) copy(from, to int) {
	ctx, conn := w.t.Context(), w.redis.Conn()
	defer func() { _ = conn.Close() }()
	must[string](w.t)(conn.Select(ctx, from).Result())
	keys := must[[]string](w.t)(conn.Keys(ctx, "*").Result())
	_, err := conn.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Do(ctx, "SELECT", to)
		pipe.Do(ctx, "FLUSHDB")
		pipe.Do(ctx, "SELECT", from)
		for _, key := range keys {
			pipe.Do(ctx, "COPY", key, key, "DB", to, "REPLACE")
		}
		pipe.Do(ctx, "SELECT", 0) // the connection goes back to those who use this one
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// flush sends what arrives while the clock stands.
func (w *whole) flush() {
	if len(w.waiting) > 0 {
		w.send(w.waiting...)
		w.waiting = nil
	}
}

func (w *whole) send(events ...*Event) {
	w.ask(func(client *kgo.Client) {
		records := make([]*kgo.Record, len(events))
		for i, e := range events {
			records[i] = &kgo.Record{Topic: e.Topic, Partition: e.Partition, Key: []byte(e.Customer), Value: e.Value, Timestamp: time.Now()}
		}
		if err := client.ProduceSync(w.t.Context(), records...).FirstErr(); err != nil {
			w.t.Fatal(err)
		}
		for i, r := range records {
			w.places[fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset)] = events[i]
		}
	}, kgo.RecordPartitioner(kgo.ManualPartitioner()))
}

// settle waits until all is applied and published, and whatever polls has polled.
func (w *whole) settle() {
	time.Sleep(settleFor)
	if w.end == nil {
		return
	}
	w.ask(func(client *kgo.Client) {
		for range 60 {
			left, err := backlog.Read(w.t.Context(), kadm.NewClient(client), w.store, w.cfg.Input.Topics)
			if err == nil && left.Records == 0 && left.Outbox == 0 {
				return
			}
			time.Sleep(settleFor)
		}
		w.seen.Troubles = append(w.seen.Troubles, "events or changes wait for two minutes")
	})
}

func (w *whole) read(step *Step, index int) {
	c, err := w.store.Customer(w.t.Context(), step.Customer)
	if err == nil {
		var fields Fields
		if fields, err = readCustomer(w.file, &w.valuation, c, step); err == nil {
			w.seen.Readings[index] = fields
			return
		}
	}
	w.seen.Unread[index] = err.Error()
}

// collect reads what was published, and has verify check all of it.
func (w *whole) collect() {
	topics := cluster.OutputTopicsOf(w.cfg.Namespace)
	log := must[*cluster.Log](w.t)(cluster.OpenLog(w.t.Context(), w.kafka))
	defer log.Close()
	ends := must[map[cluster.Partition]int64](w.t)(log.Ends(w.t.Context(), topics.Changes, topics.DeadLetter))
	err := log.ReadTo(w.t.Context(), ends, func(from cluster.Partition, records []*kgo.Record) error {
		for _, r := range records {
			if from.Topic == topics.Changes {
				w.seen.Changes[string(r.Key)] = append(w.seen.Changes[string(r.Key)], publishedFields(w.t, r.Value))
			} else {
				e := w.places[header(r, "clv-topic")+"/"+header(r, "clv-partition")+"/"+header(r, "clv-offset")]
				w.seen.Letters[e] = append(w.seen.Letters[e], header(r, "clv-reason"))
			}
		}
		return nil
	}, func(int64, int64) {})
	if err != nil {
		w.t.Fatal(err)
	}
	report := must[verify.Report](w.t)(verify.Run(w.t.Context(), verify.Config{
		Kafka: w.kafka, InputTopics: w.cfg.Input.Topics, Topics: topics, Store: w.store, Rules: w.rules(), Valuation: w.valuation,
	}))
	if !report.Verified {
		w.seen.Troubles = append(w.seen.Troubles, "verify: "+report.String())
	}
}

func header(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// publishedFields reads a change's JSON by the paths of its fields.
func publishedFields(t *testing.T, value []byte) Fields {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(value, &top); err != nil {
		t.Fatal(err)
	}
	fields := Fields{}
	take := func(path string, raw json.RawMessage) {
		text := string(raw)
		if text[0] == '"' {
			_ = json.Unmarshal(raw, &text)
		}
		if string(raw) != "null" {
			fields[path] = text
		}
	}
	for name, raw := range top {
		var object map[string]json.RawMessage
		if raw[0] != '{' || json.Unmarshal(raw, &object) != nil {
			take(name, raw)
			continue
		}
		for inner, raw := range object {
			take(name+"."+inner, raw)
		}
	}
	return fields
}
