package state

import (
	"container/heap"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state/layout"
)

// Firer fires due times. It belongs to one goroutine; several, also in other
// processes, may fire the same shard: of two that meet one tries again.
type Firer struct {
	store     *Store
	valuation func() *clv.Valuation
	name      string // random: begins every commit id
	commits   uint64
	encoder   encoder
	tally     tally
}

// NewFirer makes a firer. Each transaction asks for the configured valuation; a
// model that was activated takes the place of its own.
func (s *Store) NewFirer(valuation func() *clv.Valuation) *Firer {
	return &Firer{store: s, valuation: valuation, name: randomName()}
}

// Fired is what one transaction did.
type Fired struct {
	Customers int  // looked at
	Changes   int  // put into the outbox
	More      bool // something is left that is due
	Full      bool // the outbox is: nothing was done
	Behind    bool // the shard is, of what was published: nothing was done
	// UpToMicros is the last instant that was fired.
	UpToMicros int64
}

// Next is the earliest due time of each named shard, µs; 0 where nothing waits.
func (s *Store) Next(ctx context.Context, shards []int) ([]int64, error) {
	asked := make([]*redis.ZSliceCmd, len(shards))
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, shard := range shards {
			asked[i] = pipe.ZRangeWithScores(ctx, s.shards[shard].keys.due, 0, 0)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read due times: %w", err)
	}
	next := make([]int64, len(shards))
	for i := range shards {
		if first := asked[i].Val(); len(first) > 0 {
			next[i] = max(1, int64(first[0].Score))
		}
	}
	return next, nil
}

// Fire fires what is due in a shard up to an instant, at most so many customers,
// in one transaction, in the order of the due times and then of the customers'
// ids. It answers false when another writer came first.
//
// published are the offsets of the shard that subscribers know of. A shard that has
// not applied them was brought back to an older copy of itself. It fires nothing
// until it has them again: an event tells what is due before it in its own commit,
// as it did the first time, so that it is recognised.
func (f *Firer) Fire(ctx context.Context, shard int, untilMicros int64, most int, published Applied) (Fired, bool, error) {
	sh := f.store.shards[shard]
	node, err := f.store.node(ctx, sh.keys.src)
	if err != nil {
		return Fired{}, false, err
	}
	conn := node.Conn()
	defer func() { _ = conn.Close() }()
	fired, done, err := f.fire(ctx, conn, sh, untilMicros, most, published)
	if err != nil || !done {
		unwatch(conn)
	}
	if err != nil {
		return Fired{}, false, fmt.Errorf("fire due times of shard %d: %w", shard, err)
	}
	return fired, done, nil
}

func (f *Firer) fire(ctx context.Context, conn *redis.Conn, sh *shard, untilMicros int64, most int, published Applied) (Fired, bool, error) {
	v, waiting, behind, err := f.open(ctx, conn, sh, untilMicros, most, published)
	if err != nil {
		return Fired{}, false, err
	}
	if full := v.length.Val() >= f.store.options.OutboxCap; full || behind || len(waiting) == 0 {
		unwatch(conn)
		return Fired{Full: full, Behind: behind}, true, nil
	}
	customers, err := read(ctx, conn, sh, waiting)
	if err != nil {
		return Fired{}, false, err
	}
	valuation, err := f.store.valuation(ctx, f.valuation(), v.inForce)
	if err != nil {
		return Fired{}, false, err
	}
	r := firing{valuation: valuation, customers: customers, w: newWrites(len(waiting)), last: v.firedMicros}
	full := len(waiting) == most
	if full { // what else is due at the last instant was not read
		untilMicros = max(waiting[0].atMicros, waiting[most-1].atMicros-1)
	}
	r.run(waiting, untilMicros)
	f.tally.count(&r.w, &r.valuation.Rules)
	if err := f.tally.read(ctx, conn, sh, &cells{}); err != nil {
		return Fired{}, false, err
	}
	done, err := f.write(ctx, conn, v, &r)
	if err != nil || !done {
		return Fired{}, false, err
	}
	return Fired{Customers: r.looked, Changes: r.w.changes, More: full, UpToMicros: r.last}, true, nil
}

// open watches a shard and reads what is due in it, and whether it is behind what
// was published.
func (f *Firer) open(ctx context.Context, conn *redis.Conn, sh *shard, untilMicros int64, most int, published Applied) (v *view, waiting []due, behind bool, err error) {
	v = &view{shard: sh}
	pipe := conn.Pipeline()
	v.watched = pipe.Do(ctx, "WATCH", sh.keys.src)
	v.fields = pipe.HMGet(ctx, sh.keys.src, tipField, firedField, modelField)
	sources := slices.Collect(maps.Keys(published))
	marks := make([]*redis.SliceCmd, len(sources))
	for i, source := range sources {
		marks[i] = pipe.HMGet(ctx, sh.keys.src, markField(source), topicField(source))
	}
	v.length = pipe.XLen(ctx, sh.keys.out)
	found := pipe.ZRangeByScoreWithScores(ctx, sh.keys.due, &redis.ZRangeBy{
		Min: "-inf", Max: strconv.FormatInt(untilMicros, 10), Count: int64(most),
	})
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, nil, false, damagedType(err)
	}
	fields := v.fields.Val()
	v.tip, _ = fields[0].(string)
	if err := errors.Join(v.readFired(fields[1]), v.readModel(fields[2])); err != nil {
		return nil, nil, false, err
	}
	for i, source := range sources {
		late, err := lacks(marks[i].Val(), source, published[source])
		if err != nil {
			return nil, nil, false, err
		}
		behind = behind || late
	}
	return v, dueOf(found.Val()), behind, nil
}

// lacks says whether a shard has yet to apply a record, by its mark and the topic id
// that belongs to it. Of a partition that it does not know, or of a topic that was
// made anew under the old name, nothing is to come.
func lacks(fields []any, source layout.Source, offset int64) (bool, error) {
	stored, known := fields[0].(string)
	topic, _ := fields[1].(string)
	if !known || topic != hex.EncodeToString(source.TopicID[:]) {
		return false, nil
	}
	m, err := parseMark(stored)
	if err != nil {
		return false, err
	}
	return m.offset <= offset, nil
}

func dueOf(found []redis.Z) []due {
	waiting := make([]due, len(found))
	for i, z := range found {
		id, _ := z.Member.(string)
		waiting[i] = due{atMicros: int64(z.Score), customer: id}
	}
	return waiting
}

// read reads the customers who are due; one who is not stored is nil.
func read(ctx context.Context, conn *redis.Conn, sh *shard, waiting []due) (map[string]*clv.Customer, error) {
	ids := make([]string, len(waiting))
	for i := range waiting {
		ids[i] = waiting[i].customer
	}
	stored, err := conn.HMGet(ctx, sh.keys.customers, ids...).Result()
	if err != nil {
		return nil, fmt.Errorf("read customers: %w", damagedType(err))
	}
	customers := make(map[string]*clv.Customer, len(ids))
	for i, id := range ids {
		bytes, ok := stored[i].(string)
		if !ok {
			continue
		}
		if customers[id], err = layout.DecodeCustomer(bytes); err != nil {
			return nil, err
		}
	}
	return customers, nil
}

// write sends the transaction. It answers false when src changed meanwhile.
func (f *Firer) write(ctx context.Context, conn *redis.Conn, v *view, r *firing) (bool, error) {
	f.commits++
	commit := f.name + "-" + strconv.FormatUint(f.commits, 36)
	sh := v.shard
	pipe := conn.Pipeline()
	pipe.Do(ctx, "MULTI")
	if len(r.w.touched) > 0 {
		pipe.Do(ctx, f.encoder.customersCommand(sh, &r.w)...)
	}
	for _, command := range dueCommands(sh, &r.w) {
		pipe.Do(ctx, command...)
	}
	r.w.countModels(ctx, pipe, sh)
	for _, command := range f.tally.commands(sh) {
		pipe.Do(ctx, command...)
	}
	if len(r.gone) > 0 {
		pipe.Do(ctx, append([]any{"ZREM", sh.keys.due}, r.gone...)...)
	}
	if len(r.w.items) > 0 {
		pipe.Do(ctx, "XADD", sh.keys.out, "*", entryField, f.encoder.entry(layout.Source{}, r.w.items))
	}
	pipe.Do(ctx, "HSET", sh.keys.src, tipField, nextTip(v.tip, commit), firedField, strconv.FormatInt(r.last, 10))
	exec := pipe.Do(ctx, "EXEC")
	_, pipeErr := pipe.Exec(ctx)
	switch err := execError(exec); {
	case errors.Is(err, redis.Nil):
		return false, nil
	case redis.HasErrorPrefix(err, "EXECABORT"):
		return false, pipeErr
	case err != nil:
		return false, err
	}
	return true, nil
}

// due is one entry of the due index.
type due struct {
	atMicros int64
	customer string
}

func (d due) before(other due) bool {
	return d.atMicros < other.atMicros || d.atMicros == other.atMicros && d.customer < other.customer
}

// firing is what one transaction fires, in strict order: a customer who is due
// again before the others' last instant takes their place among them.
type firing struct {
	valuation *clv.Valuation
	customers map[string]*clv.Customer
	w         writes
	gone      []any // ids in the index of customers who are not stored
	looked    int
	last      int64 // instant fired
}

// dueHeap gives the earliest entry first.
type dueHeap []due

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(d any)        { *h = append(*h, d.(due)) } //nolint:errcheck // heap gives back what it was given
func (h *dueHeap) Pop() any {
	old := *h
	d := old[len(old)-1]
	*h = old[:len(old)-1]
	return d
}

// run fires the waiting entries, which ascend, up to an instant.
func (r *firing) run(waiting []due, untilMicros int64) {
	h := dueHeap(waiting)
	for len(h) > 0 && h[0].atMicros <= untilMicros {
		d := heap.Pop(&h).(due) //nolint:errcheck // as above
		r.last = max(r.last, d.atMicros)
		customer := r.customers[d.customer]
		if customer == nil {
			r.gone = append(r.gone, d.customer)
			continue
		}
		r.take(d, customer)
		if next := customer.DueMicros; next != 0 && next <= untilMicros {
			heap.Push(&h, due{next, d.customer})
		}
	}
}

// take fires one entry.
func (r *firing) take(d due, customer *clv.Customer) {
	met := r.w.meet(d.customer, customer, &r.valuation.Rules)
	met.indexed = indexMoved
	r.w.touch(&met)
	r.looked++
	model := customer.Value.ModelVersion
	customer.Advance(d.customer, clv.Occasion{UntilMicros: d.atMicros, Due: true}, r.valuation, func(change clv.Change) {
		r.w.items = append(r.w.items, layout.Item{Change: &change})
		r.w.changes++
	})
	r.w.revalued(model, customer.Value.ModelVersion)
}

// indexMoved is no due time: the entry of a customer who was fired is always
// written anew.
const indexMoved = math.MinInt64
