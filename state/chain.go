package state

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/state/layout"
)

// chain commits shard after shard over one connection, one of a few that a commit
// is divided among. In the same write as one shard's EXEC goes the next one's WATCH
// and reads, so the optimistic lock costs no round trip of its own:
//
//	WATCH a, read a │ MULTI a … EXEC, WATCH b, read b │ MULTI b … EXEC, …
//
// While a shard is open its mutex is held. The next one is opened ahead only if
// its mutex is free: waiting for it with another in hand could deadlock.
type chain struct {
	lane    *Lane
	encoder encoder
	tally   tally

	batch  *Batch
	commit string // id of this commit, in the mark of every shard it writes
	result Result
	// unsure is what was last sent without an answer. If the mark then says that
	// it was written, it counts.
	unsure *writes

	node     *redis.Client // whose connection conn is
	conn     *redis.Conn
	watching bool  // the connection has a WATCH that no EXEC has ended
	open     *view // of the queue's first shard, when it was opened ahead
}

// commitAll commits the queued shards while going is not done, retrying whatever may
// pass.
func (c *chain) commitAll(ctx, going context.Context, queue []int) error {
	defer c.release()
	wait := backoff{}
	for len(queue) > 0 {
		if going.Err() != nil {
			return context.Cause(going)
		}
		done, err := c.step(ctx, queue)
		switch {
		case err == nil && done:
			queue = queue[1:]
			wait.reset()
			c.lane.retryingSince.Store(0)
			continue
		case err == nil: // a conflict: whoever won has gone on, so try again at once, after the others
			queue = append(queue[1:], queue[0])
			continue
		case errors.Is(err, ErrFenced), errors.Is(err, ErrRolledBack), errors.Is(err, errDamaged), errors.Is(err, layout.ErrOlder):
			return err
		}
		c.release()
		c.lane.store.refresh(ctx)
		retried(ctx, c.lane.source, err)
		c.lane.retryingSince.CompareAndSwap(0, time.Now().UnixNano())
		wait.sleep(going)
	}
	return nil
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
	c.watching = true
	v.watched = pipe.Do(ctx, "WATCH", sh.keys.src)
	v.fields = pipe.HMGet(ctx, sh.keys.src, tipField, epochField(c.lane.source), markField(c.lane.source), firedField, modelField)
	v.length = pipe.XLen(ctx, sh.keys.out)
	if len(v.missing) > 0 {
		v.customers = pipe.HMGet(ctx, sh.keys.customers, v.missing...)
	}
	return v
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
	if c.watching {
		unwatch(c.conn)
	}
	_ = c.conn.Close()
	c.conn, c.node, c.watching = nil, nil, false
}

// unwatch takes the WATCH from a connection that goes back to the pool. One that
// fails here is not used again.
func unwatch(conn *redis.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Do(ctx, "UNWATCH").Err()
}
