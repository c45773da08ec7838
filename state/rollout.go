package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/state/transaction"
)

// Rollout makes customers due after an activation, some hundreds at a time:
//
//	active activation ──► src of each shard ──► HSCAN customers ──► due index
//	                      (in force there?)     (of another model)  (ZADD LT)
//
// Whatever it does may be done again: a due time in the index only ever becomes
// earlier by it. One that is killed, or loses its connection, begins its shard
// anew, and passes over who has been revalued meanwhile. It belongs to one
// goroutine.
type Rollout struct {
	store      *Store
	shards     []*shard
	configured func() *clv.Valuation
	walk       *walk // through the shard under way
}

// walk is where a rollout is among a shard's customers. A cursor holds within
// the server's process only, so it goes with the connection and is not stored.
type walk struct {
	shard  *shard
	number uint64 // of the activation
	conn   *transaction.Conn
	cursor uint64
	seen   int64
}

// NewRollout makes one for some shards. The valuation is the configured one, as
// for a Firer.
func (s *Store) NewRollout(shards []int, configured func() *clv.Valuation) *Rollout {
	return &Rollout{store: s, shards: s.numbered(shards), configured: configured}
}

// RolledOut is what a step did.
type RolledOut struct {
	Seen int64 // customers
	Due  int64 // of these, made so
	More bool  // something is left to do
}

// Step does a bounded piece of what an activation has left to do: a page of one
// shard's customers. Where another writer of the shard came first, the next step
// tries again.
func (r *Rollout) Step(ctx context.Context) (did RolledOut, err error) {
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	active, err := r.store.Active(ctx)
	if err != nil || active.Number == 0 {
		return RolledOut{}, err
	}
	pending, err := r.pending(ctx, active.InForce)
	if err != nil || len(pending) == 0 {
		return RolledOut{}, err
	}
	w, err := r.walking(ctx, pending[0], active.Number)
	if err != nil {
		return RolledOut{}, err
	}
	valuation, err := r.store.valuation(ctx, r.configured(), active.InForce)
	if err != nil {
		return RolledOut{}, err
	}
	did, through, err := w.page(ctx, &active, valuation)
	switch {
	case errors.Is(err, errSuperseded):
		r.Close()
		return RolledOut{More: true}, nil
	case err != nil && Judge(err) == Beaten:
		return RolledOut{More: true}, nil
	case err != nil:
		return RolledOut{}, fmt.Errorf("make customers of shard %d due: %w", w.shard.index, err)
	}
	if through {
		r.Close()
	}
	did.More = !through || len(pending) > 1
	return did, nil
}

// Waiting is how many customers of the shards are still valued by another model
// than the one that was activated; 0 where none was.
func (r *Rollout) Waiting(ctx context.Context) (int64, error) {
	active, err := r.store.Active(ctx)
	if err != nil || active.Number == 0 {
		return 0, err
	}
	valuation, err := r.store.valuation(ctx, r.configured(), active.InForce)
	if err != nil {
		return 0, err
	}
	counts, err := r.store.customersByModel(ctx, r.shards)
	if err != nil {
		return 0, err
	}
	var waiting int64
	for version, n := range counts {
		if version != valuation.Model.Version() {
			waiting += n
		}
	}
	return waiting, nil
}

// Close gives the connection back.
func (r *Rollout) Close() {
	if r.walk != nil {
		r.walk.conn.Release()
		r.walk = nil
	}
}

// walking goes on with the shard under way, or begins it.
func (r *Rollout) walking(ctx context.Context, sh *shard, number uint64) (*walk, error) {
	if w := r.walk; w != nil && w.shard == sh && w.number == number {
		return w, nil
	}
	r.Close()
	node, err := r.store.node(ctx, sh.keys.src)
	if err != nil {
		return nil, err
	}
	r.walk = &walk{shard: sh, number: number, conn: r.store.connect(node)}
	return r.walk, nil
}

// pending are the shards that are not through, with the activation in force: it
// is put into force where whoever activated was cut short, or Redis has forgotten.
func (r *Rollout) pending(ctx context.Context, in InForce) ([]*shard, error) {
	asked, err := ask(ctx, r.store, r.shards, func(pipe redis.Pipeliner, sh *shard) *redis.SliceCmd {
		return pipe.HMGet(ctx, sh.keys.src, modelField, enlistedField)
	})
	if err != nil {
		return nil, fmt.Errorf("read models in force: %w", err)
	}
	var pending []*shard
	for i, sh := range r.shards {
		model, _ := asked[i].Val()[0].(string)
		covered, _ := asked[i].Val()[1].(string)
		pinned, err := parseInForce(model)
		done, doneErr := parseCoverage(covered)
		switch err := cmp.Or(err, doneErr); {
		case err != nil:
			return nil, fmt.Errorf("shard %d: %w", sh.index, err)
		case pinned.Number > in.Number: // the registry is older than the shard
			continue
		case pinned.Number < in.Number:
			if err := r.store.pin(ctx, sh, in); err != nil {
				return nil, err
			}
		case done.number == in.Number && done.all:
			continue
		}
		pending = append(pending, sh)
	}
	return pending, nil
}

// errSuperseded says that the activation is in force no more.
var errSuperseded = errors.New("another model came into force meanwhile")

// page makes the customers of one page due who are valued by another model or stand
// by another cut of the tiers, and notes how far the walk has come, in one
// transaction. It answers whether the shard is through. src is changed in any case,
// so that nobody who is firing passes over the new due times.
func (w *walk) page(ctx context.Context, a *Activation, v *clv.Valuation) (did RolledOut, through bool, err error) {
	found, next, firedMicros, err := w.read(ctx, a)
	if err != nil {
		return RolledOut{}, false, err
	}
	due, seen, err := a.due(found, v, firedMicros)
	if err != nil {
		return RolledOut{}, false, err
	}
	covered := coverage{number: a.Number, seen: w.seen + seen, all: next == 0}
	var commands [][]any
	if len(due) > 0 {
		commands = append(commands, append([]any{"ZADD", w.shard.keys.due, "LT"}, due...))
	}
	commands = append(commands, []any{"HSET", w.shard.keys.src, enlistedField, covered.String()})
	if err := w.conn.Commit(ctx, commands); err != nil {
		return RolledOut{}, false, err
	}
	w.cursor, w.seen = next, covered.seen
	return RolledOut{Seen: seen, Due: int64(len(due) / 2)}, covered.all, nil
}

// read begins a transaction on the shard and reads a page of its customers.
func (w *walk) read(ctx context.Context, a *Activation) (found []string, next uint64, firedMicros int64, err error) {
	var fields *redis.SliceCmd
	var page *redis.ScanCmd
	err = w.conn.Begin(ctx, w.shard.keys.src, func(pipe redis.Pipeliner) {
		fields = pipe.HMGet(ctx, w.shard.keys.src, positionFields()...)
		page = pipe.HScan(ctx, w.shard.keys.customers, w.cursor, "", scanCount)
	})
	if err != nil {
		return nil, 0, 0, err
	}
	p, err := parsePosition(fields.Val())
	if err == nil && p.inForce != a.InForce {
		err = errSuperseded
	}
	found, next = page.Val()
	return found, next, p.firedMicros, err
}

// due are the due times of a page's customers who are not valued yet by the
// valuation in force, each before its customer, as ZADD takes them. They are after
// what was fired, or their changes would be taken for published.
func (a *Activation) due(found []string, v *clv.Valuation, firedMicros int64) (due []any, seen int64, err error) {
	for i := 0; i+1 < len(found); i += 2 {
		seen++
		customer, err := layout.DecodeCustomer(found[i+1])
		if err != nil {
			return nil, 0, err
		}
		if customer.Erased() || customer.Value.ModelVersion == v.Model.Version() && customer.Cut == v.Awake.Tiers.Cut {
			continue
		}
		at := max(a.FromMicros+spread(found[i], a.Span), firedMicros+1)
		due = append(due, strconv.FormatInt(at, 10), found[i])
	}
	return due, seen, nil
}

// spread places a customer within a span, always at the same instant. Its hash is
// not that of the shards, within one of which customers would lie close together.
func spread(customerID string, span time.Duration) int64 {
	share := float64(murmur2("spread "+customerID)) / (1 << 32)
	return int64(share * float64(span.Microseconds()))
}
