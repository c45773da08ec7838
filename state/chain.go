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
)

// errDamaged is a state that this program can not have written.
var errDamaged = errors.New("the state in Redis is damaged")

// errOutboxFull makes a commit wait for the publisher.
var errOutboxFull = errors.New("the outbox is full: is the publisher running?")

// chain commits shard after shard over one connection. In the same write as one
// shard's EXEC goes the next one's WATCH and reads, so the optimistic lock costs
// no round trip of its own:
//
//	WATCH a, read a │ MULTI a … EXEC, WATCH b, read b │ MULTI b … EXEC, …
//
// While a shard is open its mutex is held. The next one is opened ahead only if
// its mutex is free: waiting for it with another in hand could deadlock.
type chain struct {
	lane   *Lane
	batch  *Batch
	commit string // id of this commit, in the mark of every shard it writes
	result Result
	// unsure is what was last sent without an answer. If the mark then says that
	// it was written, it counts.
	unsure *writes

	node *redis.Client // whose connection conn is
	conn *redis.Conn
	open *view // of the queue's first shard, when it was opened ahead
}

// view is an open shard: watched, read, and its mutex held.
type view struct {
	shard   *shard
	missing []string // customers asked for because they were not cached

	watched   *redis.Cmd
	fields    *redis.SliceCmd // tip, epoch, mark, fired, model
	length    *redis.IntCmd
	customers *redis.SliceCmd // nil when none is missing

	tip         string
	epoch       int64
	mark        *mark
	firedMicros int64
	inForce     InForce
}

// writes is what one shard's transaction will hold.
type writes struct {
	touched map[string]int // customer id → index of changed
	changed []changed
	months  []clv.MonthSum // of contributions
	items   []Item
	applied int
	changes int
	models  map[string]int64 // by how many customers more or fewer each is valued by
}

// step commits the queue's first shard. It answers false without an error when
// another writer came first.
func (c *chain) step(ctx context.Context, queue []int) (bool, error) {
	sh := c.lane.store.shards[queue[0]]
	v := c.open
	c.open = nil
	if v == nil {
		var err error
		if v, err = c.watch(ctx, sh); err != nil {
			return false, err
		}
	}
	began := time.Now()
	w, err := c.prepare(ctx, v)
	if err != nil || w == nil {
		sh.forget()
		sh.mu.Unlock()
		if err == nil && v.mark.commit == c.commit {
			c.count(c.unsure)
		}
		return err == nil, err
	}
	done, err := c.write(ctx, v, w, queue[1:])
	if !done {
		sh.forget()
		sh.mu.Unlock()
		c.unsure = w
		if err == nil {
			conflicts(ctx)
		}
		return false, err
	}
	sh.trim(c.lane.store.options.CacheCustomers / len(c.lane.store.shards))
	sh.mu.Unlock()
	c.count(w)
	committed(ctx, time.Since(began), len(c.lane.grouped[sh.index]))
	return true, nil
}

// watch opens a shard on its own.
func (c *chain) watch(ctx context.Context, sh *shard) (*view, error) {
	sh.mu.Lock()
	err := c.connect(ctx, sh)
	if err == nil {
		pipe := c.conn.Pipeline()
		v := c.ask(ctx, pipe, sh)
		if _, err = pipe.Exec(ctx); err == nil {
			return v, nil
		}
		err = fmt.Errorf("open shard %d: %w", sh.index, damagedType(err))
	}
	sh.forget()
	sh.mu.Unlock()
	return nil, err
}

// connect holds a connection to the server of the shard.
func (c *chain) connect(ctx context.Context, sh *shard) error {
	node, err := c.lane.store.node(ctx, sh.keys.src)
	if err != nil {
		return err
	}
	if c.conn != nil && c.node == node {
		return nil
	}
	c.release()
	c.node, c.conn = node, node.Conn()
	return nil
}

// ask queues what opens a shard: WATCH, src, the outbox's length, and the
// customers of its work that are not cached.
func (c *chain) ask(ctx context.Context, pipe redis.Pipeliner, sh *shard) *view {
	v := &view{shard: sh}
	asked := map[string]bool{}
	for _, i := range c.lane.grouped[sh.index] {
		e := c.batch.Work[i].Event
		if e == nil || sh.cache[e.CustomerID] != nil || asked[e.CustomerID] {
			continue
		}
		asked[e.CustomerID] = true
		v.missing = append(v.missing, e.CustomerID)
	}
	v.watched = pipe.Do(ctx, "WATCH", sh.keys.src)
	v.fields = pipe.HMGet(ctx, sh.keys.src, tipField, epochField(c.lane.source), markField(c.lane.source), firedField, modelField)
	v.length = pipe.XLen(ctx, sh.keys.out)
	if len(v.missing) > 0 {
		v.customers = pipe.HMGet(ctx, sh.keys.customers, v.missing...)
	}
	return v
}

// prepare judges an open shard, completes the cache and folds the work. It
// answers nil when the shard has applied everything already.
func (c *chain) prepare(ctx context.Context, v *view) (*writes, error) {
	sh := v.shard
	if err := v.read(); err != nil {
		return nil, fmt.Errorf("shard %d: %w", sh.index, err)
	}
	if err := c.lane.judge(sh.index, v); err != nil {
		return nil, fmt.Errorf("shard %d: %w", sh.index, err)
	}
	if c.lane.marks[sh.index] >= c.batch.UpTo {
		return nil, nil
	}
	if len(c.lane.grouped[sh.index]) > 0 && v.length.Val() >= c.lane.store.options.OutboxCap {
		return nil, fmt.Errorf("shard %d holds %d entries: %w", sh.index, v.length.Val(), errOutboxFull)
	}
	if err := c.complete(ctx, v); err != nil {
		return nil, fmt.Errorf("shard %d: %w", sh.index, err)
	}
	valuation, err := c.lane.store.valuation(ctx, c.lane.valuation, v.inForce)
	if err != nil {
		return nil, fmt.Errorf("shard %d: %w", sh.index, err)
	}
	w := c.fold(sh, valuation, v.firedMicros)
	c.lane.tally.count(&w, &valuation.Rules)
	if err := c.lane.tally.read(ctx, c.conn, sh, &sh.cells); err != nil {
		return nil, fmt.Errorf("shard %d: %w", sh.index, err)
	}
	return &w, nil
}

// read takes the answers of an open shard apart.
func (v *view) read() error {
	fields := v.fields.Val()
	if len(fields) != 5 {
		return fmt.Errorf("%w: src answers %d fields", errDamaged, len(fields))
	}
	v.tip, _ = fields[0].(string)
	if epoch, ok := fields[1].(string); ok {
		n, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return fmt.Errorf("%w: epoch %q", errDamaged, epoch)
		}
		v.epoch = n
	}
	if stored, ok := fields[2].(string); ok {
		m, err := parseMark(stored)
		if err != nil {
			return fmt.Errorf("%w: %w", errDamaged, err)
		}
		v.mark = &m
	}
	if err := v.readModel(fields[4]); err != nil {
		return err
	}
	return v.readFired(fields[3])
}

func (v *view) readFired(field any) error {
	fired, ok := field.(string)
	if !ok {
		return nil
	}
	micros, err := strconv.ParseInt(fired, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: fired %q", errDamaged, fired)
	}
	v.firedMicros = micros
	return nil
}

// complete brings every customer of the work into the cache. If another process
// has committed since the cache was filled, all of them are read again.
func (c *chain) complete(ctx context.Context, v *view) error {
	sh := v.shard
	if v.tip != sh.tip {
		sh.forget()
		sh.tip = v.tip
	}
	if v.customers != nil {
		if err := sh.keep(v.missing, v.customers.Val()); err != nil {
			return err
		}
	}
	var stale []string
	for _, i := range c.lane.grouped[sh.index] {
		if e := c.batch.Work[i].Event; e != nil && sh.cache[e.CustomerID] == nil {
			sh.cache[e.CustomerID] = &clv.Customer{}
			stale = append(stale, e.CustomerID)
		}
	}
	if len(stale) == 0 {
		return nil
	}
	stored, err := c.conn.HMGet(ctx, sh.keys.customers, stale...).Result()
	if err != nil {
		return fmt.Errorf("read customers: %w", damagedType(err))
	}
	return sh.keep(stale, stored)
}

// keep caches customers as read; one that is not stored yet begins empty.
func (sh *shard) keep(ids []string, stored []any) error {
	if len(stored) != len(ids) {
		return fmt.Errorf("%w: %d customers asked for, %d answered", errDamaged, len(ids), len(stored))
	}
	for i, id := range ids {
		bytes, ok := stored[i].(string)
		if !ok {
			sh.cache[id] = &clv.Customer{}
			continue
		}
		customer, err := DecodeCustomer(bytes)
		if err != nil {
			return fmt.Errorf("%w: %w", errDamaged, err)
		}
		sh.cache[id] = customer
	}
	return nil
}

// write sends the transaction, and with it opens the next shard of the queue. It
// answers false without an error when EXEC did: src changed meanwhile.
func (c *chain) write(ctx context.Context, v *view, w *writes, next []int) (bool, error) {
	sh := v.shard
	tip := v.tip
	if len(w.touched) > 0 {
		tip = nextTip(v.tip, c.commit)
	}
	pipe := c.conn.Pipeline()
	pipe.Do(ctx, "MULTI")
	if len(w.touched) > 0 {
		pipe.Do(ctx, c.lane.encoder.customersCommand(sh, w)...)
		for _, command := range dueCommands(sh, w) {
			pipe.Do(ctx, command...)
		}
		w.countModels(ctx, pipe, sh)
		for _, command := range c.lane.tally.commands(sh) {
			pipe.Do(ctx, command...)
		}
	}
	if len(w.items) > 0 {
		entry := c.lane.encoder.entry(c.lane.source, w.items)
		if len(entry) > largeEntryBytes && v.length.Val() >= largeEntriesCap {
			return false, fmt.Errorf("shard %d holds %d entries, too many for one more of %d bytes: %w", sh.index, v.length.Val(), len(entry), errOutboxFull)
		}
		pipe.Do(ctx, "XADD", sh.keys.out, "*", entryField, entry)
	}
	pipe.Do(ctx, "HSET", sh.keys.src, tipField, tip, markField(c.lane.source), mark{c.batch.UpTo, c.commit}.String())
	exec := pipe.Do(ctx, "EXEC")
	ahead := c.openAhead(ctx, pipe, next)
	_, pipeErr := pipe.Exec(ctx)
	if ahead != nil && !c.opened(ahead) {
		ahead.shard.mu.Unlock()
		ahead = nil
	}
	c.open = ahead
	switch err := execError(exec); {
	case errors.Is(err, redis.Nil):
		return false, nil
	case redis.HasErrorPrefix(err, "EXECABORT"):
		// What was refused before says why: out of memory, read-only, slot moved.
		return false, fmt.Errorf("write shard %d: %w", sh.index, pipeErr)
	case err != nil:
		return false, fmt.Errorf("write shard %d: %w", sh.index, err)
	}
	sh.tip = tip
	c.lane.marks[sh.index] = c.batch.UpTo
	return true, nil
}

// openAhead queues the opening of the next shard if it is on the same server and
// its mutex is free.
func (c *chain) openAhead(ctx context.Context, pipe redis.Pipeliner, next []int) *view {
	if len(next) == 0 {
		return nil
	}
	sh := c.lane.store.shards[next[0]]
	if node, err := c.lane.store.node(ctx, sh.keys.src); err != nil || node != c.node || !sh.mu.TryLock() {
		return nil
	}
	return c.ask(ctx, pipe, sh)
}

// opened says whether the shard that was opened ahead can be used.
func (c *chain) opened(v *view) bool {
	return v.watched.Err() == nil && v.fields.Err() == nil && v.length.Err() == nil && (v.customers == nil || v.customers.Err() == nil)
}

// execError is what EXEC answered. A command that failed inside is damage:
// nothing that can fail at run time stands between MULTI and EXEC.
func execError(exec *redis.Cmd) error {
	answers, err := exec.Slice()
	if err != nil {
		return err
	}
	for _, answer := range answers {
		if failed, ok := answer.(error); ok {
			return fmt.Errorf("%w: a command failed inside a transaction: %w", errDamaged, failed)
		}
	}
	return nil
}

// damagedType marks the error of a key that holds another type than ours: no
// retry heals it.
func damagedType(err error) error {
	if redis.HasErrorPrefix(err, "WRONGTYPE") {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return err
}

// nextTip is "sequence commit": the sequence counts the commits that changed
// customers, the commit makes it unlike any other, also after Redis went back in
// time. One that only moves a mark leaves it, and with it every cache, as it is.
func nextTip(tip, commit string) string {
	sequence, _, _ := strings.Cut(tip, " ")
	n, _ := strconv.ParseUint(sequence, 10, 64)
	return strconv.FormatUint(n+1, 10) + " " + commit
}

// release gives the connection back without a WATCH on it, and the shard that
// was opened ahead.
func (c *chain) release() {
	if c.open != nil {
		c.open.shard.mu.Unlock()
		c.open = nil
	}
	if c.conn == nil {
		return
	}
	unwatch(c.conn)
	_ = c.conn.Close()
	c.conn, c.node = nil, nil
}

// unwatch takes the WATCH from a connection that goes back to the pool. One that
// fails here is not used again.
func unwatch(conn *redis.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Do(ctx, "UNWATCH").Err()
}
