package state

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
)

// errDamaged is a state that no clvstream can have written.
var errDamaged = layout.ErrDamaged

// errOutboxFull makes a commit wait for the publisher.
var errOutboxFull = errors.New("the outbox is full: is the publisher running?")

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
	months  []history.MonthSum // of contributions
	items   []layout.Item
	applied int
	changes int
	models  map[string]int64 // by how many customers more or fewer each is valued by
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
	c.tally.count(&w, &valuation.Rules)
	if err := c.tally.read(ctx, c.conn, sh, &sh.cells); err != nil {
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
			return err
		}
		v.mark = &m
	}
	if err := v.readModel(fields[4]); err != nil {
		return err
	}
	return v.readFired(fields[3])
}

func (v *view) readFired(field any) (err error) {
	fired, _ := field.(string)
	v.firedMicros, err = parseFired(fired)
	return err
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
		customer, err := layout.DecodeCustomer(bytes)
		if err != nil {
			return err
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
		pipe.Do(ctx, c.encoder.customersCommand(sh, w)...)
		for _, command := range dueCommands(sh, w) {
			pipe.Do(ctx, command...)
		}
		w.countModels(ctx, pipe, sh)
		for _, command := range c.tally.commands(sh) {
			pipe.Do(ctx, command...)
		}
	}
	if len(w.items) > 0 {
		entry := c.encoder.entry(c.lane.source, w.items)
		if len(entry) > largeEntryBytes && v.length.Val() >= largeEntriesCap {
			return false, fmt.Errorf("shard %d holds %d entries, too many for one more of %d bytes: %w", sh.index, v.length.Val(), len(entry), errOutboxFull)
		}
		pipe.Do(ctx, "XADD", sh.keys.out, "*", entryField, entry)
	}
	pipe.Do(ctx, "HSET", sh.keys.src, tipField, tip, markField(c.lane.source), mark{c.batch.UpTo, c.commit}.String())
	exec := pipe.Do(ctx, "EXEC")
	ahead := c.openAhead(ctx, pipe, next)
	_, pipeErr := pipe.Exec(ctx)
	err := execError(exec)
	if err == nil || errors.Is(err, redis.Nil) { // EXEC has ended the WATCH before it
		c.watching = ahead != nil
	}
	if ahead != nil && !c.opened(ahead) {
		ahead.shard.mu.Unlock()
		ahead = nil
	}
	c.open = ahead
	switch {
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
