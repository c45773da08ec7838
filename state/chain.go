package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/state/transaction"
)

// chain commits shard after shard over one connection, one of a few that a commit
// is divided among. In the same write as one shard's EXEC goes the beginning of the
// next one's transaction, so the optimistic lock costs no round trip of its own:
//
//	WATCH a, read a, MULTI │ writes, EXEC, WATCH b, read b, MULTI │ writes, EXEC, …
//
// While a shard is opened its mutex is held. The next one is opened ahead only if
// its mutex is free: waiting for it with another in hand could deadlock.
type chain struct {
	claim    *Claim
	composer composer

	batch   *Batch
	writes  writes // of the shard that is committed
	changes changeSlab
	// involved are the customers of the shard that is committed and of the one that is opened
	// ahead, in turn.
	involved [2]involved
	turn     int
	decoded  decoded
	commit   string // id of this commit, in the mark of every shard it writes
	result   Result
	// unsure is what was last sent without an answer. If the mark then says that
	// it was written, it counts.
	unsure *writes

	node  *redis.Client // whose connection conn is
	conn  *transaction.Conn
	ahead *opened // the queue's first shard, when it was opened with the EXEC before
}

// commitAll commits the queued shards while going is not done. What becomes of an
// error is in the package document's table.
func (c *chain) commitAll(ctx, going context.Context, queue []int) error {
	defer c.release()
	wait := backoff{}
	for len(queue) > 0 {
		if going.Err() != nil {
			return context.Cause(going)
		}
		err := c.step(ctx, queue)
		if err == nil {
			queue = queue[1:]
			wait.reset()
			c.claim.retryingSince.Store(0)
			continue
		}
		switch verdict, cause := judge(err); {
		case verdict == Beaten: // whoever won has gone on: again at once, after the others
			conflicts(ctx)
			queue = append(queue[1:], queue[0])
		case verdict.Waits():
			c.release()
			c.claim.store.refresh(ctx)
			retried(ctx, c.claim.source, cause, err)
			c.claim.retryingSince.CompareAndSwap(0, time.Now().UnixNano())
			wait.sleep(going)
		default:
			return err
		}
	}
	return nil
}

// step commits the queue's first shard.
func (c *chain) step(ctx context.Context, queue []int) error {
	o, err := c.take(ctx, c.claim.store.shards[queue[0]])
	sh := o.shard
	defer sh.mu.Unlock()
	began := time.Now()
	var w *writes
	if err == nil {
		w, err = c.prepare(ctx, o)
	}
	if err == nil && w != nil {
		err = c.write(ctx, o, w, queue[1:])
	}
	switch {
	case errors.Is(err, transaction.ErrBeaten):
		sh.forgetSums() // they are as the transaction would have left them
		return fmt.Errorf("shard %d: %w", sh.index, err)
	case err != nil:
		sh.forget()
		return fmt.Errorf("shard %d: %w", sh.index, err)
	case w == nil: // applied already
		if o.mark.commit == c.commit {
			c.count(c.unsure)
		}
		return nil
	}
	sh.keep(w)
	sh.trim(c.claim.store.options.CacheCustomers / len(c.claim.store.shards))
	c.count(w)
	committed(ctx, time.Since(began), len(c.claim.grouped[sh.index]))
	exceeded(ctx, w.exceed)
	erased(ctx, w.erased)
	return nil
}

// take is the shard opened, ahead or now, with its mutex held in any case.
func (c *chain) take(ctx context.Context, sh *shard) (*opened, error) {
	o := c.ahead
	c.ahead = nil
	if o != nil {
		return o, o.read()
	}
	sh.mu.Lock()
	o = c.opening(sh)
	return o, c.begin(ctx, o)
}

// opening is a shard to be opened, whose mutex is held.
func (c *chain) opening(sh *shard) *opened {
	c.turn = 1 - c.turn
	o := &opened{shard: sh, involved: &c.involved[c.turn]}
	o.involved.lookUp(sh, c.batch, c.claim.grouped[sh.index])
	return o
}

// begin opens a shard, again where more is to be read of it.
func (c *chain) begin(ctx context.Context, o *opened) error {
	if err := c.connect(ctx, o.shard); err != nil {
		return err
	}
	if err := c.conn.Begin(ctx, o.shard.keys.src, o.reads(ctx, c.claim.fields)); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	return o.read()
}

// connect holds a connection to the server of the shard.
func (c *chain) connect(ctx context.Context, sh *shard) error {
	node, err := c.claim.store.node(ctx, sh.keys.src)
	if err != nil {
		return err
	}
	if c.conn != nil && c.node == node {
		return nil
	}
	c.release()
	c.node, c.conn = node, c.claim.store.connect(node)
	return nil
}

// prepare judges an opened shard, completes what is cached of it, and folds the
// work. It answers nil when the shard has applied everything already.
func (c *chain) prepare(ctx context.Context, o *opened) (*writes, error) {
	sh := o.shard
	for {
		if err := c.claim.compare(sh.index, &o.position); err != nil {
			return nil, err
		}
		if c.claim.marks[sh.index] >= c.batch.UpTo {
			return nil, nil
		}
		if n := o.waiting.Val(); len(c.claim.grouped[sh.index]) > 0 && n >= c.claim.store.options.OutboxCap {
			return nil, fmt.Errorf("%d entries wait: %w", n, errOutboxFull)
		}
		if !sh.follow(o) {
			if err := c.cache(o); err != nil {
				return nil, err
			}
			if o.involved.complete(sh) {
				break
			}
		}
		if err := c.begin(ctx, o); err != nil {
			return nil, err
		}
	}
	valuation, err := c.claim.store.valuation(ctx, c.claim.valuation, o.inForce)
	if err != nil {
		return nil, err
	}
	if err := c.decoded.take(o.involved.customers); err != nil {
		return nil, err
	}
	orders, err := c.readOrders(ctx, o, &valuation.Rules)
	if err != nil {
		return nil, err
	}
	w := c.fold(o, valuation, orders)
	c.composer.tally.count(w, &valuation.Rules)
	return w, c.readCounts(ctx, o, w)
}

// cache keeps the customers that were read, and says whom it takes to complete the
// work.
func (c *chain) cache(o *opened) error {
	sh := o.shard
	if len(o.involved.missing) > 0 {
		if err := sh.keepRead(o.involved.missing, o.missed.Val()); err != nil {
			return err
		}
	}
	if !o.involved.complete(sh) {
		o.involved.lookUp(sh, c.batch, c.claim.grouped[sh.index])
	}
	return nil
}

// readCounts reads the statistics and the counts by model that change and are not known.
// The work is folded by now.
func (c *chain) readCounts(ctx context.Context, o *opened, w *writes) (err error) {
	sh := o.shard
	o.cells = c.composer.tally.find(&sh.cells)
	o.counted = len(w.models) > 0 && sh.models == nil
	if o.cells == nil && !o.counted {
		return nil
	}
	if err := c.readMore(ctx, o); err != nil {
		return err
	}
	if o.counted {
		if sh.models, err = parseModelCounts(o.models.Val()); err != nil {
			return err
		}
	}
	if o.cells != nil {
		err = o.cells.take(&sh.cells)
	}
	return err
}

// readMore opens an opened shard again, where its work turns out to need more of it. If src has
// changed since, another writer came first.
func (c *chain) readMore(ctx context.Context, o *opened) error {
	before := o.fields.Val()
	if err := c.begin(ctx, o); err != nil {
		return err
	}
	if !slices.Equal(before, o.fields.Val()) {
		return transaction.ErrBeaten
	}
	return nil
}

// write sends the transaction, and with it opens the next shard of the queue.
func (c *chain) write(ctx context.Context, o *opened, w *writes, next []int) error {
	sh := o.shard
	src := []any{markField(c.claim.source), mark{c.batch.UpTo, c.commit}.String()}
	if w.held >= 0 {
		src = append(src, heldField(c.claim.source), strconv.FormatInt(w.held, 10))
	}
	commands, tip, err := c.composer.commands(o, w, sh.models, c.claim.source, c.commit, src...)
	if err != nil {
		return err
	}
	var key string
	var reads transaction.Reads
	if c.ahead = c.openAhead(ctx, next); c.ahead != nil {
		key, reads = c.ahead.shard.keys.src, c.ahead.reads(ctx, c.claim.fields)
	}
	c.unsure = w
	begun, err := c.conn.CommitAndBegin(ctx, commands, key, reads)
	if !begun {
		c.leaveAhead()
	}
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	sh.tip = tip
	c.claim.marks[sh.index] = c.batch.UpTo
	return nil
}

// openAhead is the next shard, to be opened with this one's EXEC, if it is on the
// same server and its mutex is free.
func (c *chain) openAhead(ctx context.Context, next []int) *opened {
	if len(next) == 0 {
		return nil
	}
	sh := c.claim.store.shards[next[0]]
	if node, err := c.claim.store.node(ctx, sh.keys.src); err != nil || node != c.node || !sh.mu.TryLock() {
		return nil
	}
	return c.opening(sh)
}

// leaveAhead lets go of the shard that was opened ahead.
func (c *chain) leaveAhead() {
	if c.ahead != nil {
		c.ahead.shard.mu.Unlock()
		c.ahead = nil
	}
}

// release gives the connection back, and the shard that was opened ahead.
func (c *chain) release() {
	c.leaveAhead()
	if c.conn != nil {
		c.conn.Release()
		c.conn, c.node = nil, nil
	}
}
