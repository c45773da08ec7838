package state

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state/transaction"
)

// Refresher has the statistics count what silent customers are worth by now, a page of a
// shard's customers at a time:
//
//	HSCAN customers ──► clv.Customer.RefreshedAt ──► customers, stat: one transaction a page
//	                    (bought, counted otherwise)
//
// Nothing else of a customer changes, nothing is announced, and no due time moves, so
// what comes later is what it would have been without. A pass notes in src when it began,
// and at its end that it was whole. One that is cut short, or loses its connection, begins
// anew and passes over who counts as of then. Two on the same shard do the same. It
// belongs to one goroutine.
type Refresher struct {
	amender
	shards     []*shard
	configured func() *clv.Valuation
	pass       *pass // under way
}

// pass is where a Refresher is among a shard's customers. A cursor holds within the
// server's process only, so it goes with the connection and is not stored.
type pass struct {
	shard       *shard
	conn        *transaction.Conn
	beganMicros int64
	cursor      uint64
}

// refreshCount is how many customers one transaction reads: it values them, so as few as
// firing takes, and the commits of events find the shard free.
const refreshCount = 250

// NewRefresher makes one for some shards. The valuation is the configured one, as for a
// Firer.
func (s *Store) NewRefresher(shards []int, configured func() *clv.Valuation) *Refresher {
	return &Refresher{amender: newAmender(s), shards: s.numbered(shards), configured: configured}
}

// Refreshed is what a step did.
type Refreshed struct {
	Seen    int64 // customers
	Counted int64 // of these, anew
	More    bool  // the pass is not over
	// OldestMicros is as of when values count at the least in all shards; 0: as last stored.
	OldestMicros int64
}

// Step takes a page of the pass under way or, if there is none, of a new one through the
// shard that needs it most, if its last began before an instant: values count as of now.
// Where another writer of the shard came first, the next step tries again.
func (r *Refresher) Step(ctx context.Context, beforeMicros, nowMicros int64) (did Refreshed, err error) {
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	oldest, fresh, err := r.oldest(ctx)
	did.OldestMicros = fresh.wholeMicros
	if err != nil || r.pass == nil && (oldest == nil || fresh.wholeMicros >= beforeMicros || nowMicros <= fresh.wholeMicros) {
		return did, err
	}
	if err := r.begin(ctx, oldest, nowMicros); err != nil {
		return did, err
	}
	p := r.pass
	err = r.page(ctx, p, nowMicros, &did)
	switch {
	case err != nil && Judge(err) == Beaten:
		did.More = true
		return did, nil
	case err != nil:
		return did, fmt.Errorf("value customers of shard %d for the statistics: %w", p.shard.index, err)
	}
	if did.More = p.cursor != 0; !did.More {
		r.Close()
	}
	return did, nil
}

// OldestMicros is as of when values count at the least in all shards; 0: as last stored.
func (r *Refresher) OldestMicros(ctx context.Context) (int64, error) {
	_, fresh, err := r.oldest(ctx)
	return fresh.wholeMicros, err
}

// Customers is how many the shards have.
func (r *Refresher) Customers(ctx context.Context) (sum int64, err error) {
	asked, err := ask(ctx, r.store, r.shards, func(pipe redis.Pipeliner, sh *shard) *redis.IntCmd {
		return pipe.HLen(ctx, sh.keys.customers)
	})
	if err != nil {
		return 0, fmt.Errorf("count customers: %w", err)
	}
	for i := range asked {
		sum += asked[i].Val()
	}
	return sum, nil
}

// Close gives the connection back.
func (r *Refresher) Close() {
	if r.pass != nil {
		r.pass.conn.Release()
		r.pass = nil
	}
}

// oldest is the shard whose last whole pass began first.
func (r *Refresher) oldest(ctx context.Context) (oldest *shard, fresh freshness, err error) {
	all, err := r.store.freshness(ctx, r.shards)
	if err != nil {
		return nil, freshness{}, err
	}
	for i, sh := range r.shards {
		if oldest == nil || all[i].wholeMicros < fresh.wholeMicros {
			oldest, fresh = sh, all[i]
		}
	}
	return oldest, fresh, nil
}

// begin begins a pass, unless one is under way.
func (r *Refresher) begin(ctx context.Context, sh *shard, nowMicros int64) error {
	if r.pass != nil {
		return nil
	}
	node, err := r.store.node(ctx, sh.keys.src)
	if err != nil {
		return err
	}
	r.pass = &pass{shard: sh, conn: r.store.connect(node), beganMicros: nowMicros}
	return nil
}

// page values the customers of the next page, and notes how far the pass has come.
func (r *Refresher) page(ctx context.Context, p *pass, nowMicros int64, did *Refreshed) error {
	o := &opened{shard: p.shard}
	var found *redis.ScanCmd
	err := p.conn.Watch(ctx, p.shard.keys.src, func(pipe redis.Pipeliner) {
		o.reads(ctx, positionFields())(pipe)
		found = pipe.HScan(ctx, p.shard.keys.customers, p.cursor, "", refreshCount)
	})
	if err == nil {
		err = o.read()
	}
	if err != nil {
		return err
	}
	valuation, err := r.store.valuation(ctx, r.configured(), o.inForce)
	if err != nil {
		return err
	}
	stored, next := found.Val()
	if err := r.value(stored, max(nowMicros, p.beganMicros), valuation); err != nil {
		return err
	}
	fresh := o.fresh.after(p.beganMicros, next == 0)
	if len(r.writes.changed) > 0 || fresh != o.fresh {
		if err := r.write(ctx, p.conn, o, &valuation.Rules, refreshedField, fresh.String()); err != nil {
			return err
		}
	}
	p.cursor = next
	did.Seen, did.Counted = int64(len(stored)/2), int64(len(r.writes.changed))
	return nil
}

// value finds whom the statistics are to count otherwise.
func (r *Refresher) value(stored []string, nowMicros int64, v *clv.Valuation) error {
	r.writes.reset()
	found, seen := make([]involvedCustomer, 0, len(stored)/2), make(map[string]bool, len(stored)/2)
	for i := 0; i+1 < len(stored); i += 2 {
		if id := stored[i]; !seen[id] { // HSCAN may show a customer twice
			seen[id] = true
			found = append(found, involvedCustomer{id: id, stored: stored[i+1]})
		}
	}
	if err := r.decoded.take(found); err != nil {
		return err
	}
	for i := range found {
		c := &found[i]
		fresh, differs := c.RefreshedAt(nowMicros, v)
		if !differs {
			continue
		}
		r.writes.before(c, &v.Rules)
		c.Refreshed = fresh
		r.writes.add(c)
	}
	return nil
}
