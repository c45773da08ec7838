package state

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state/layout"
)

// Enlister makes customers due after an activation, some hundreds at a time:
//
//	active activation ──► src of each shard ──► HSCAN customers ──► due index
//	                      (in force there?)     (of another model)  (ZADD LT)
//
// Whatever it does may be done again: a due time in the index only ever becomes
// earlier by it. One that is killed, or loses its connection, begins its shard
// anew, and passes over who has been revalued meanwhile. It belongs to one
// goroutine.
type Enlister struct {
	store      *Store
	shards     []*shard
	configured func() *clv.Valuation
	walk       *walk // through the shard under way
}

// walk is where an activation is among a shard's customers. A cursor holds within
// the server's process only, so it goes with the connection and is not stored.
type walk struct {
	shard  *shard
	number uint64 // of the activation
	conn   *redis.Conn
	cursor uint64
	seen   int64
}

// NewEnlister makes one for some shards. The valuation is the configured one, as
// for a Firer.
func (s *Store) NewEnlister(shards []int, configured func() *clv.Valuation) *Enlister {
	e := &Enlister{store: s, configured: configured}
	for _, shard := range shards {
		e.shards = append(e.shards, s.shards[shard])
	}
	return e
}

// Enlisted is what a step did.
type Enlisted struct {
	Seen int64 // customers
	Made int64 // of these, due
	More bool  // something is left to do
}

// Step does a bounded piece of what an activation has left to do: a page of one
// shard's customers. Where another writer of the shard came first, the next step
// tries again.
func (e *Enlister) Step(ctx context.Context) (did Enlisted, err error) {
	defer func() {
		if err != nil {
			e.Close()
		}
	}()
	active, err := e.store.Active(ctx)
	if err != nil || active.Number == 0 {
		return Enlisted{}, err
	}
	pending, err := e.pending(ctx, active.InForce)
	if err != nil || len(pending) == 0 {
		return Enlisted{}, err
	}
	w, err := e.walking(ctx, pending[0], active.Number)
	if err != nil {
		return Enlisted{}, err
	}
	valuation, err := e.store.valuation(ctx, e.configured(), active.InForce)
	if err != nil {
		return Enlisted{}, err
	}
	did, through, err := w.page(ctx, &active, valuation)
	if errors.Is(err, errSuperseded) {
		e.Close()
		return Enlisted{More: true}, nil
	}
	if err != nil {
		return Enlisted{}, fmt.Errorf("make customers of shard %d due: %w", w.shard.index, err)
	}
	if through {
		e.Close()
	}
	did.More = !through || len(pending) > 1
	return did, nil
}

// Waiting is how many customers of the shards are still valued by another model
// than the one that was activated; 0 where none was.
func (e *Enlister) Waiting(ctx context.Context) (int64, error) {
	active, err := e.store.Active(ctx)
	if err != nil || active.Number == 0 {
		return 0, err
	}
	valuation, err := e.store.valuation(ctx, e.configured(), active.InForce)
	if err != nil {
		return 0, err
	}
	counts, err := e.store.customersByModel(ctx, e.shards)
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
func (e *Enlister) Close() {
	if e.walk != nil {
		unwatch(e.walk.conn)
		_ = e.walk.conn.Close()
		e.walk = nil
	}
}

// walking goes on with the shard under way, or begins it.
func (e *Enlister) walking(ctx context.Context, sh *shard, number uint64) (*walk, error) {
	if w := e.walk; w != nil && w.shard == sh && w.number == number {
		return w, nil
	}
	e.Close()
	node, err := e.store.node(ctx, sh.keys.src)
	if err != nil {
		return nil, err
	}
	e.walk = &walk{shard: sh, number: number, conn: node.Conn()}
	return e.walk, nil
}

// pending are the shards that are not through, with the activation in force: it
// is put into force where whoever activated was cut short, or Redis has forgotten.
func (e *Enlister) pending(ctx context.Context, in InForce) ([]*shard, error) {
	asked := make([]*redis.SliceCmd, len(e.shards))
	_, err := e.store.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, sh := range e.shards {
			asked[i] = pipe.HMGet(ctx, sh.keys.src, modelField, enlistedField)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read models in force: %w", damagedType(err))
	}
	var pending []*shard
	for i, sh := range e.shards {
		pinned, done, err := parseProgress(asked[i].Val())
		switch {
		case err != nil:
			return nil, fmt.Errorf("shard %d: %w", sh.index, err)
		case pinned.Number > in.Number: // the registry is older than the shard
			continue
		case pinned.Number < in.Number:
			if err := e.store.pin(ctx, sh, in); err != nil {
				return nil, err
			}
		case done.number == in.Number && done.all:
			continue
		}
		pending = append(pending, sh)
	}
	return pending, nil
}

func parseProgress(fields []any) (InForce, enlisted, error) {
	stored, _ := fields[0].(string)
	pinned, err := parseInForce(stored)
	stored, _ = fields[1].(string)
	done, progressErr := parseEnlisted(stored)
	return pinned, done, errors.Join(err, progressErr)
}

// errSuperseded says that the activation is in force no more.
var errSuperseded = errors.New("another model is in force meanwhile")

// page makes the customers of one page due who are valued by another model or stand
// by another cut of the tiers, and notes the progress, in one transaction. It answers
// whether the shard is through.
func (w *walk) page(ctx context.Context, a *Activation, v *clv.Valuation) (did Enlisted, through bool, err error) {
	found, next, firedMicros, err := w.read(ctx, a)
	if err != nil {
		return Enlisted{}, false, err
	}
	due, seen, err := a.due(found, v, firedMicros)
	if err != nil {
		return Enlisted{}, false, err
	}
	progress := enlisted{number: a.Number, seen: w.seen + seen, all: next == 0}
	if written, err := w.write(ctx, due, progress); !written || err != nil {
		return Enlisted{}, false, err
	}
	w.cursor, w.seen = next, progress.seen
	return Enlisted{Seen: seen, Made: int64(len(due) / 2)}, progress.all, nil
}

// read watches the shard and reads a page of its customers.
func (w *walk) read(ctx context.Context, a *Activation) (found []string, next uint64, firedMicros int64, err error) {
	sh, pipe := w.shard, w.conn.Pipeline()
	pipe.Do(ctx, "WATCH", sh.keys.src)
	fields := pipe.HMGet(ctx, sh.keys.src, modelField, firedField)
	page := pipe.HScan(ctx, sh.keys.customers, w.cursor, "", scanCount)
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, 0, 0, damagedType(err)
	}
	v := &view{shard: sh}
	if err := errors.Join(v.readModel(fields.Val()[0]), v.readFired(fields.Val()[1])); err != nil {
		return nil, 0, 0, err
	}
	if v.inForce != a.InForce {
		return nil, 0, 0, errSuperseded
	}
	found, next = page.Val()
	return found, next, v.firedMicros, nil
}

// write answers false when src changed meanwhile. It changes src itself, so that
// nobody who is firing passes over the new due times.
func (w *walk) write(ctx context.Context, due []any, progress enlisted) (bool, error) {
	pipe := w.conn.Pipeline()
	pipe.Do(ctx, "MULTI")
	if len(due) > 0 {
		pipe.Do(ctx, append([]any{"ZADD", w.shard.keys.due, "LT"}, due...)...)
	}
	pipe.Do(ctx, "HSET", w.shard.keys.src, enlistedField, progress.String())
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

// due are the due times of a page's customers who are not looked at yet by the
// valuation in force, each before its customer, as ZADD takes them. They are after
// what was fired, or their changes would be taken for published.
func (a *Activation) due(found []string, v *clv.Valuation, firedMicros int64) (due []any, seen int64, err error) {
	for i := 0; i+1 < len(found); i += 2 {
		seen++
		customer, err := layout.DecodeCustomer(found[i+1])
		if err != nil {
			return nil, 0, err
		}
		if customer.Value.ModelVersion == v.Model.Version() && customer.Cut == v.Awake.Tiers.Cut {
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

// enlisted is how far an activation has come through a shard's customers.
type enlisted struct {
	number uint64
	seen   int64
	all    bool
}

const allWord = "all"

// String is "number seen", and "all" after it when no customer is left.
func (e enlisted) String() string {
	text := strconv.FormatUint(e.number, 10) + " " + strconv.FormatInt(e.seen, 10)
	if e.all {
		text += " " + allWord
	}
	return text
}

func parseEnlisted(s string) (enlisted, error) {
	if s == "" {
		return enlisted{}, nil
	}
	words := strings.Fields(s)
	all := len(words) == 3 && words[2] == allWord
	if len(words) > 2 && !all {
		return enlisted{}, fmt.Errorf("enlisted %q is %w", s, layout.ErrNewer)
	}
	if len(words) < 2 {
		return enlisted{}, fmt.Errorf("%w: enlisted %q", errDamaged, s)
	}
	number, err := strconv.ParseUint(words[0], 10, 64)
	seen, seenErr := strconv.ParseInt(words[1], 10, 64)
	if err != nil || seenErr != nil {
		return enlisted{}, fmt.Errorf("%w: enlisted %q", errDamaged, s)
	}
	return enlisted{number: number, seen: seen, all: all}, nil
}
