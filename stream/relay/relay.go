package relay

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/hanging"
	"github.com/clvstream/clvstream/stream/progress"
)

// Config is what a lane's relay needs to know.
type Config struct {
	Access cluster.Access
	Client *kgo.Client // a plain one, for questions
	Store  *state.Store
	Topics cluster.OutputTopics
	Limits map[string]int // every topic that is written to, and the largest record batch that it takes, bytes

	Lane   int32 // partition of the progress topic
	Shards []int // the lane's

	Durability         state.Durability // of what is published, before it is
	Compression        kgo.CompressionCodec
	MaxItems           int           // of one transaction
	Linger             time.Duration // pause between transactions, so that they grow with the load
	TransactionTimeout time.Duration // after which the broker aborts
	Grace              time.Duration // for a transaction under way when the relay is stopped

	// Change appends the records of an item's change to those of the transaction
	// under way. latest is the customer's current value, of which the last one is
	// published.
	Change func(records []*kgo.Record, source layout.Source, item *layout.Item) (all []*kgo.Record, latest *kgo.Record)
	// Ended is called after the transaction for which Change was called. If it was
	// published, its records are not used any more.
	Ended func(ctx context.Context, published bool)
	// Unseen is shared by a publisher's lanes: see hanging.Lane.
	Unseen *sync.Once
}

// Relay publishes the outboxes of one lane's shards.
type Relay struct {
	config   Config
	hanging  hanging.Lane
	outboxes *outboxes
	producer *kgo.Client
	progress progress.Lane
	// published is what is published or about to be; nil: not known yet.
	published atomic.Pointer[progress.Lane]
	// late are, per shard, the customers of late events: see progress.Shard.Published.
	late map[int]map[string]struct{}
	// Memory of the last transaction, for the next.
	records []*kgo.Record
	current map[string]*kgo.Record

	waiting atomic.Int64 // entries that were waiting when last looked
	oldest  atomic.Int64 // wall clock of the oldest of them, milliseconds; 0: none
	turned  atomic.Int64 // when the loop last turned, Unix nanoseconds
	failing atomic.Int64 // since when it has been failing, Unix nanoseconds; 0: all is well

	checked time.Time // when hanging transactions were last looked for
	suspect bool      // the last transaction took so long that it may hang
}

const (
	// suspectAfter is how long a transaction takes only if something happened to a
	// broker: usually it is hundredths of a second, and a restart takes seconds.
	suspectAfter = 3 * time.Second
	// checkEvery bounds how long an owner's own transaction hangs unnoticed.
	checkEvery = time.Minute
	// wellAfter is how long a relay works before its next error counts as the first.
	wellAfter = 10 * time.Second
)

// New makes a relay. Run publishes.
func New(config Config) *Relay {
	r := &Relay{
		config: config,
		hanging: hanging.Lane{
			Access: config.Access, Client: config.Client, Store: config.Store,
			ID: config.Lane, Shards: config.Shards, MostEntries: mostEntries,
			ProgressTopic: config.Topics.Progress, Topics: slices.Collect(maps.Keys(config.Limits)),
			TransactionalID: transactionalID(config.Topics.Progress, config.Lane), TransactionTimeout: config.TransactionTimeout,
			Unseen: config.Unseen,
		},
		outboxes: newOutboxes(config.Store, config.Shards),
		late:     map[int]map[string]struct{}{},
		current:  map[string]*kgo.Record{},
	}
	r.turned.Store(time.Now().UnixNano())
	return r
}

// Published points to what the lane has published or is about to. It is nil until
// that is known.
func (r *Relay) Published() *atomic.Pointer[progress.Lane] { return &r.published }

// Waiting is how many entries waited in the outboxes when they were last read, and
// for how long the oldest of them.
func (r *Relay) Waiting(now time.Time) (entries int64, age time.Duration) {
	if oldest := r.oldest.Load(); oldest > 0 {
		age = max(0, now.Sub(time.UnixMilli(oldest)))
	}
	return r.waiting.Load(), age
}

// FailingFor is for how long nothing could be published, 0 when all is well.
func (r *Relay) FailingFor(now time.Time) time.Duration {
	if since := r.failing.Load(); since != 0 {
		return now.Sub(time.Unix(0, since))
	}
	return 0
}

// SilentFor is for how long the relay's loop has not turned.
func (r *Relay) SilentFor(now time.Time) time.Duration { return now.Sub(time.Unix(0, r.turned.Load())) }

// Run relays until ctx is done, beginning again after each error that may pass with a
// growing pause. Its error is one that no retry heals.
func (r *Relay) Run(ctx context.Context) error {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		began := time.Now()
		err := r.serve(ctx)
		if ctx.Err() != nil || err == nil {
			return nil //nolint:nilerr // what fails when the lane is given up is found again by who has it next
		}
		if state.Judge(err).Ends() {
			return err
		}
		if cluster.IsFenced(err) {
			fenced.Add(ctx, 1, metric.WithAttributes(attribute.String("role", "publisher")))
		}
		r.failing.CompareAndSwap(0, time.Now().UnixNano())
		laneRestarts.Add(ctx, 1)
		slog.WarnContext(ctx, "lane restarts", "lane", r.config.Lane, "error", err)
		if time.Since(began) > wellAfter {
			attempt = 0
		}
		cluster.Wait(ctx, cluster.Backoff(attempt))
	}
	return nil
}

// serve takes the lane over and relays until an error or until ctx is done.
func (r *Relay) serve(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	defer r.producer.Close()
	pause := pace{shortest: r.config.Linger}
	for ctx.Err() == nil {
		r.turned.Store(time.Now().UnixNano())
		began := time.Now()
		moved, err := r.once(ctx)
		if err != nil {
			return err
		}
		r.failing.Store(0)
		if !r.outboxes.behind { // or a pause would make transactions no larger
			pause.sleep(ctx, moved, time.Since(began))
		}
	}
	return nil
}

// once publishes what waits now. It reports whether anything did.
func (r *Relay) once(ctx context.Context) (moved bool, err error) {
	if err := r.checkOwn(ctx); err != nil {
		return false, err
	}
	t, err := r.gather(ctx)
	if err != nil {
		r.config.Ended(ctx, false)
		return false, err
	}
	if len(t.done) == 0 {
		return false, nil
	}
	ctx, cancel := cluster.Outlive(ctx, r.config.Grace)
	defer cancel()
	if len(t.records) > 0 {
		if err := r.publish(ctx, t); err != nil {
			r.config.Ended(ctx, false)
			return false, err
		}
	}
	r.config.Ended(ctx, true)
	r.records = t.records
	countPublished(ctx, t)
	for shard, published := range t.progress {
		r.progress[shard] = published
	}
	return true, r.config.Store.Trim(ctx, t.done)
}

// publish adds the new progress to what was gathered, waits until all of it is
// durable, and publishes it.
func (r *Relay) publish(ctx context.Context, t *transaction) error {
	if err := r.noteApplied(ctx, t); err != nil {
		return err
	}
	if err := r.noteProgress(t); err != nil {
		return err
	}
	r.share(t.progress)
	if err := r.config.Store.Barrier(ctx, r.config.Shards, r.config.Durability); err != nil {
		return err
	}
	return r.transact(ctx, t)
}

// noteApplied adds to the progress of shards of which due times are published what they
// have applied without a change. It is read after the due times: what they follow from
// is in it.
func (r *Relay) noteApplied(ctx context.Context, t *transaction) error {
	shards := slices.Collect(maps.Keys(t.fired))
	if len(shards) == 0 {
		return nil
	}
	held, err := r.config.Store.Held(ctx, shards)
	if err != nil {
		return err
	}
	for i, shard := range shards {
		progress.NoteApplied(t.progress[shard], held[i])
	}
	return nil
}

// noteProgress adds the new progress to what the transaction publishes.
func (r *Relay) noteProgress(t *transaction) error {
	for shard, published := range t.progress {
		record, err := progress.Record(r.config.Topics.Progress, r.config.Lane, shard, published)
		if err != nil {
			return err
		}
		t.records = append(t.records, record)
	}
	return nil
}
