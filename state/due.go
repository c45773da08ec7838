package state

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/state/transaction"
)

// Firer fires due times. It belongs to one goroutine; several, also in other
// processes, may fire the same shard: whoever comes second tries again.
type Firer struct {
	amender
	valuation func() *clv.Valuation
	changes   changeSlab // of the transaction under way, in memory that the next one uses again
}

// NewFirer makes a firer. Each transaction asks for the configured valuation; a
// model that was activated takes the place of its own.
func (s *Store) NewFirer(valuation func() *clv.Valuation) *Firer {
	return &Firer{amender: newAmender(s), valuation: valuation}
}

// Fired is what one transaction did.
type Fired struct {
	Customers int  // valued
	Changes   int  // put into the outbox
	More      bool // something is left that is due
	Full      bool // the outbox is: nothing was done
	Behind    bool // the shard is, of what it must have applied: nothing was done
	// UpToMicros is the last instant that was fired.
	UpToMicros int64
}

// Next is the earliest due time of each named shard, µs; 0 where nothing waits.
func (s *Store) Next(ctx context.Context, shards []int) ([]int64, error) {
	asked, err := ask(ctx, s, s.numbered(shards), func(pipe redis.Pipeliner, sh *shard) *redis.ZSliceCmd {
		return pipe.ZRangeWithScores(ctx, sh.keys.due, 0, 0)
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
// ids. When another writer came first its error is judged Beaten.
//
// needed are the offsets that the shard must have applied: those that subscribers
// know of, those that were applied when a due time was published, and those that
// the inputs had come to when they came to that instant. A shard that has not was
// restored from an older copy of itself. It fires nothing until it has them again:
// an event fires what is due before it in its own commit, as it did the first time,
// so that it is recognised.
func (f *Firer) Fire(ctx context.Context, shard int, untilMicros int64, most int, needed Applied) (Fired, error) {
	sh := f.store.shards[shard]
	node, err := f.store.node(ctx, sh.keys.src)
	if err != nil {
		return Fired{}, err
	}
	conn := f.store.connect(node)
	defer conn.Release()
	fired, err := f.fire(ctx, conn, sh, untilMicros, most, needed)
	if err != nil {
		return Fired{}, fmt.Errorf("fire due times of shard %d: %w", shard, err)
	}
	return fired, nil
}

func (f *Firer) fire(ctx context.Context, conn *transaction.Conn, sh *shard, untilMicros int64, most int, needed Applied) (Fired, error) {
	o, waiting, behind, err := open(ctx, conn, sh, untilMicros, most, needed)
	if err != nil {
		return Fired{}, err
	}
	if full := o.waiting.Val() >= f.store.options.OutboxCap; full || behind || len(waiting) == 0 {
		return Fired{Full: full, Behind: behind}, nil
	}
	customers, err := f.readDue(ctx, conn, sh, waiting)
	if err != nil {
		return Fired{}, err
	}
	valuation, err := f.store.valuation(ctx, f.valuation(), o.inForce)
	if err != nil {
		return Fired{}, err
	}
	f.writes.reset()
	f.changes.reset()
	r := firing{valuation: valuation, customers: customers, w: &f.writes, changes: &f.changes, last: o.firedMicros, fresh: o.fresh}
	full := len(waiting) == most
	if full { // what else is due at the last instant was not read
		untilMicros = max(waiting[0].atMicros, waiting[most-1].atMicros-1)
	}
	r.run(waiting, untilMicros)
	if err := f.write(ctx, conn, o, &valuation.Rules, firedField, strconv.FormatInt(r.last, 10)); err != nil {
		return Fired{}, err
	}
	return Fired{Customers: r.valued, Changes: r.w.changes, More: full, UpToMicros: r.last}, nil
}

// open watches a shard and reads what is due in it, and whether it is behind what
// it must have applied.
func open(ctx context.Context, conn *transaction.Conn, sh *shard, untilMicros int64, most int, needed Applied) (o *opened, waiting []due, behind bool, err error) {
	o = &opened{shard: sh}
	sources := slices.Collect(maps.Keys(needed))
	marks := make([]*redis.SliceCmd, len(sources))
	var found *redis.ZSliceCmd
	err = conn.Watch(ctx, sh.keys.src, func(pipe redis.Pipeliner) {
		o.reads(ctx, positionFields())(pipe)
		for i, source := range sources {
			marks[i] = pipe.HMGet(ctx, sh.keys.src, markField(source), topicField(source))
		}
		found = pipe.ZRangeByScoreWithScores(ctx, sh.keys.due, &redis.ZRangeBy{
			Min: "-inf", Max: strconv.FormatInt(untilMicros, 10), Count: int64(most),
		})
	})
	if err == nil {
		err = o.read()
	}
	for i := 0; err == nil && i < len(sources); i++ {
		var late bool
		late, err = lacks(marks[i].Val(), sources[i], needed[sources[i]])
		behind = behind || late
	}
	return o, dueOf(found.Val()), behind, err
}

// lacks says whether a shard has yet to apply a record, by its mark and the topic id
// that belongs to it. Of a partition that it does not know, or of a topic that was
// made anew under the old name, nothing is to come. A source without a topic id is
// being read, so the shard has known it.
func lacks(fields []any, source layout.Source, offset int64) (bool, error) {
	stored, known := fields[0].(string)
	topic, _ := fields[1].(string)
	named := source.TopicID != [16]byte{}
	if !known && !named {
		return true, nil
	}
	if !known || named && topic != hex.EncodeToString(source.TopicID[:]) {
		return false, nil
	}
	m, err := parseMark(stored)
	return m.offset <= offset, err
}

func dueOf(found []redis.Z) []due {
	waiting := make([]due, len(found))
	for i, z := range found {
		id, _ := z.Member.(string)
		waiting[i] = due{atMicros: int64(z.Score), customer: id}
	}
	return waiting
}

// readDue reads the customers who are due; one who is not stored is left out.
func (f *Firer) readDue(ctx context.Context, conn *transaction.Conn, sh *shard, waiting []due) (map[string]*involvedCustomer, error) {
	ids := make([]string, len(waiting))
	for i := range waiting {
		ids[i] = waiting[i].customer
	}
	var stored *redis.SliceCmd
	if err := conn.Read(ctx, func(pipe redis.Pipeliner) { stored = pipe.HMGet(ctx, sh.keys.customers, ids...) }); err != nil {
		return nil, fmt.Errorf("read customers: %w", err)
	}
	found := make([]involvedCustomer, 0, len(ids))
	for i, id := range ids {
		bytes, exists, err := storedCustomer(stored.Val()[i])
		if err != nil {
			return nil, err
		}
		if exists {
			found = append(found, involvedCustomer{id: id, stored: bytes})
		}
	}
	if err := f.decoded.take(found); err != nil {
		return nil, err
	}
	customers := make(map[string]*involvedCustomer, len(found))
	for i := range found {
		customers[found[i].id] = &found[i]
	}
	return customers, nil
}
