package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// relay publishes the outboxes of one lane's shards:
//
//	fence ──► end what hangs ──► read progress ──► read outboxes ──► transaction ──► trim ──► …
//
// A transaction holds the changes, the current values, the dead letters and the
// new progress. Whatever is uncertain after an error (did the commit happen?) is
// settled by beginning again: fencing ends open transactions, and progress says
// what is out.
type relay struct {
	publisher *Publisher
	lane      int32
	shards    []int
	renderer  renderer
	vars      changeVars         // what audiences' filters look at
	stop      context.CancelFunc // set by who runs it
	done      chan struct{}      // closed when it has ended

	waker    *waker // nil: due times do not fire
	outboxes outboxes
	producer *kgo.Client
	progress progress
	// leaving is what is out or about to be, for the waker; nil: not known yet.
	leaving atomic.Pointer[progress]
	// outrun are, per shard, the customers of whom an event left that comes before
	// the last published due time: see published.
	outrun  map[int]map[string]struct{}
	waiting atomic.Int64 // entries that were waiting when last looked
	oldest  atomic.Int64 // wall clock of the oldest of them, milliseconds; 0: none
	turned  atomic.Int64 // when the loop last turned, Unix nanoseconds
	failing atomic.Int64 // since when it has been failing, Unix nanoseconds; 0: all is well

	lookedBack time.Time // when hanging transactions were last looked for
	suspicious bool      // the last transaction took so long that it may hang
}

func newRelay(p *Publisher, lane int32) *relay {
	r := &relay{
		publisher: p,
		lane:      lane,
		renderer:  renderer{topics: p.config.Topics, currency: p.config.Currency, source: []byte(p.config.Source)},
		vars:      newChangeVars(p.config.Currency),
		done:      make(chan struct{}),
		outrun:    map[int]map[string]struct{}{},
	}
	for shard := int(lane); shard < p.config.Store.Shards(); shard += p.lanes {
		r.shards = append(r.shards, shard)
	}
	r.outboxes = outboxes{store: p.config.Store, shards: r.shards}
	if mode := p.config.Awake.Mode; mode == AwakeWall || mode == AwakeEvent {
		r.waker = newWaker(r)
	}
	r.turned.Store(time.Now().UnixNano())
	return r
}

// work relays and, beside that, fires due times and sees to activated models,
// until ctx is done. Who has the first lane leads.
func (r *relay) work(ctx context.Context) {
	var beside sync.WaitGroup
	if r.waker != nil {
		beside.Go(func() { r.waker.run(ctx) })
	}
	if r.publisher.config.Awake.Valuation != nil {
		beside.Go(func() { r.enlist(ctx) })
	}
	if lead := r.publisher.config.Leader; lead != nil && r.lane == 0 {
		beside.Go(func() { lead(ctx) })
	}
	r.run(ctx)
	beside.Wait()
}

// run relays until ctx is done, beginning again after each error with a growing
// pause.
func (r *relay) run(ctx context.Context) {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		began := time.Now()
		err := r.serve(ctx)
		if ctx.Err() != nil || err == nil {
			return
		}
		if isFenced(err) {
			countFenced(ctx, "publisher")
		}
		r.failing.CompareAndSwap(0, time.Now().UnixNano())
		laneRestarts.Add(ctx, 1)
		slog.WarnContext(ctx, "lane begins again", "lane", r.lane, "error", err)
		if time.Since(began) > stuckAfter {
			attempt = 0
		}
		wait(ctx, backoff(attempt))
	}
}

// serve takes the lane over and relays until an error or until ctx is done.
func (r *relay) serve(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	defer r.producer.Close()
	pause := pacer{shortest: r.publisher.config.Linger}
	for ctx.Err() == nil {
		r.turned.Store(time.Now().UnixNano())
		began := time.Now()
		moved, err := r.once(ctx)
		if err != nil {
			return err
		}
		r.failing.Store(0)
		pause.sleep(ctx, moved, time.Since(began))
	}
	return nil
}

// open fences whoever had the lane, ends what they left hanging, and then reads
// how far they came.
func (r *relay) open(ctx context.Context) (err error) {
	known := r.lastCommit(ctx)
	if err := r.fence(ctx); err != nil {
		return err
	}
	if err := r.endHanging(ctx, known); err != nil {
		r.producer.Close()
		return err
	}
	if r.progress, err = readProgress(ctx, r.publisher.config.Kafka, r.publisher.cluster, r.publisher.config.Topics.Progress, r.lane); err != nil {
		r.producer.Close()
		return err
	}
	r.leave(nil)
	clear(r.outrun)
	return nil
}

// leave tells the waker what is out, and what is about to be: once it has left, a
// shard that was brought back to before it fires nothing.
func (r *relay) leave(next map[int]map[string]int64) {
	leaving := maps.Clone(r.progress)
	maps.Copy(leaving, next)
	r.leaving.Store(&leaving)
}

// fence makes the lane's producer and initialises it, which aborts what an
// earlier owner left open and refuses all that it sends from now on.
func (r *relay) fence(ctx context.Context) error {
	options, err := r.publisher.config.Kafka.Options()
	if err != nil {
		return err
	}
	r.producer, err = kgo.NewClient(append(options,
		kgo.TransactionalID(r.transactionalID()),
		kgo.TransactionTimeout(r.publisher.config.TransactionTimeout),
		kgo.RecordPartitioner(laneOrKey(r.publisher.config.Topics.Progress)),
		kgo.ProducerBatchCompression(r.publisher.compression),
		kgo.ProducerBatchMaxBytesFn(r.publisher.batchBytes),
		kgo.MaxBufferedRecords(4*r.publisher.config.MaxItems),
		kgo.ProducerLinger(0),
	)...)
	if err != nil {
		return fmt.Errorf("make producer of lane %d: %w", r.lane, err)
	}
	if _, _, err := r.producer.ProducerID(ctx); err != nil {
		r.producer.Close()
		return fmt.Errorf("fence lane %d: %w", r.lane, err)
	}
	return nil
}

// transactionalID is named by the lane and not by the group: publishers of another
// group would otherwise publish the same changes beside this one.
func (r *relay) transactionalID() string {
	return fmt.Sprintf("%s-lane-%d", r.publisher.config.Topics.Progress, r.lane)
}

// laneOrKey puts progress into its lane's partition and everything else where
// its key belongs, as Kafka's default partitioner would.
func laneOrKey(progressTopic string) kgo.Partitioner {
	byKey := kgo.StickyKeyPartitioner(nil)
	byHand := kgo.ManualPartitioner()
	return topicPartitioner(func(topic string) kgo.TopicPartitioner {
		if topic == progressTopic {
			return byHand.ForTopic(topic)
		}
		return byKey.ForTopic(topic)
	})
}

type topicPartitioner func(topic string) kgo.TopicPartitioner

// ForTopic implements kgo.Partitioner.
func (p topicPartitioner) ForTopic(topic string) kgo.TopicPartitioner { return p(topic) }

// once publishes what waits now. It reports whether anything did.
func (r *relay) once(ctx context.Context) (moved bool, err error) {
	if err := r.lookBack(ctx); err != nil {
		return false, err
	}
	waiting, err := r.outboxes.next(ctx)
	if err != nil {
		return false, err
	}
	t := r.gather(waiting)
	if len(t.done) == 0 {
		return false, nil
	}
	ctx, cancel := outlive(ctx, r.publisher.config.Grace)
	defer cancel()
	if len(t.records) > 0 {
		if err := r.publish(ctx, t); err != nil {
			r.renderer.page = page{}
			return false, err
		}
	}
	r.renderer.page.clear()
	countPublished(ctx, t)
	countTold(ctx, r.publisher.audiences, t)
	for shard, published := range t.progress {
		r.progress[shard] = published
	}
	return true, r.publisher.config.Store.Trim(ctx, t.done)
}

// publish adds the new progress to what was gathered, waits until all of it is
// durable, and publishes it.
func (r *relay) publish(ctx context.Context, t *transaction) error {
	if err := r.noteProgress(t); err != nil {
		return err
	}
	r.leave(t.progress)
	if err := r.publisher.config.Store.Barrier(ctx, r.shards, r.publisher.config.Durability); err != nil {
		return err
	}
	return r.transact(ctx, t)
}

// noteProgress adds the new progress to what the transaction publishes.
func (r *relay) noteProgress(t *transaction) error {
	for shard, published := range t.progress {
		record, err := progressRecord(r.publisher.config.Topics.Progress, r.lane, shard, published)
		if err != nil {
			return err
		}
		t.records = append(t.records, record)
	}
	return nil
}

// transact publishes in one transaction, within the time that the broker gives
// it.
func (r *relay) transact(ctx context.Context, t *transaction) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, r.publisher.config.TransactionTimeout)
	defer cancel()
	if err := r.producer.BeginTransaction(); err != nil {
		return fmt.Errorf("begin transaction of lane %d: %w", r.lane, err)
	}
	var failed atomic.Pointer[error]
	delivered := func(_ *kgo.Record, err error) {
		if err != nil {
			first := err // its address is taken of failures alone: err would be allocated each time
			failed.CompareAndSwap(nil, &first)
		}
	}
	for _, record := range t.records {
		record.Timestamp = began // the client would read the clock for each
		r.producer.Produce(ctx, record, delivered)
	}
	if err := r.producer.Flush(ctx); err != nil {
		return fmt.Errorf("flush transaction of lane %d: %w", r.lane, err)
	}
	if err := failed.Load(); err != nil {
		return fmt.Errorf("produce in lane %d: %w", r.lane, *err)
	}
	if err := r.producer.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return fmt.Errorf("commit transaction of lane %d: %w", r.lane, err)
	}
	transactionSeconds.Record(ctx, time.Since(began).Seconds())
	r.suspicious = time.Since(began) > suspiciousAfter
	return nil
}

func isFenced(err error) bool {
	return errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch)
}

func (r *relay) failingFor(now time.Time) time.Duration {
	if since := r.failing.Load(); since != 0 {
		return now.Sub(time.Unix(0, since))
	}
	return 0
}
