package transaction

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Conn is a connection to one server, on which transactions follow one another. It
// belongs to one goroutine.
type Conn struct {
	conn  *redis.Conn
	held  held
	ready Ready
}

// Ready is asked before each commit; nil: nothing is. Where it answers an error, nothing
// is sent.
type Ready func(context.Context) error

// Reads queues what a transaction reads in one write.
type Reads func(redis.Pipeliner)

// Connect takes a connection from a client's pool. The client's own retries must be
// off. Release gives it back.
func Connect(node *redis.Client, ready Ready) *Conn { return &Conn{conn: node.Conn(), ready: ready} }

// Begin watches a key, whose next change beats the transaction, reads, and has MULTI
// accepted. What was begun before on the connection and not committed is discarded.
func (c *Conn) Begin(ctx context.Context, key string, reads Reads) error {
	pipe := c.conn.Pipeline()
	c.end(ctx, pipe)
	begin(ctx, pipe, key, reads)
	return c.send(ctx, pipe, queueing)
}

// Watch is Begin without MULTI: Read and Ready follow.
func (c *Conn) Watch(ctx context.Context, key string, reads Reads) error {
	pipe := c.conn.Pipeline()
	c.end(ctx, pipe)
	pipe.Do(ctx, "WATCH", key)
	reads(pipe)
	return c.send(ctx, pipe, watching)
}

// Read reads more under WATCH.
func (c *Conn) Read(ctx context.Context, reads Reads) error {
	pipe := c.conn.Pipeline()
	reads(pipe)
	return c.send(ctx, pipe, watching)
}

// Ready reads the last under WATCH and has MULTI accepted.
func (c *Conn) Ready(ctx context.Context, reads Reads) error {
	pipe := c.conn.Pipeline()
	reads(pipe)
	pipe.Do(ctx, "MULTI")
	return c.send(ctx, pipe, queueing)
}

// endTimeout bounds what a connection is asked for when it is given back.
const endTimeout = time.Second

// Release ends what was begun and gives the connection back to its pool.
func (c *Conn) Release() {
	if c.held != nothing {
		ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
		defer cancel()
		pipe := c.conn.Pipeline()
		c.end(ctx, pipe)
		if c.send(ctx, pipe, nothing) != nil {
			_ = c.conn.Do(ctx, "PING", unsendable{}).Err()
		}
	}
	_ = c.conn.Close()
}

// begin queues what begins a transaction.
func begin(ctx context.Context, pipe redis.Pipeliner, key string, reads Reads) {
	pipe.Do(ctx, "WATCH", key)
	reads(pipe)
	pipe.Do(ctx, "MULTI")
}

// end queues what ends the transaction before. DISCARD also unwatches.
func (c *Conn) end(ctx context.Context, pipe redis.Pipeliner) {
	switch c.held {
	case nothing:
	case watching:
		pipe.Do(ctx, "UNWATCH")
	case queueing, unknown:
		pipe.Do(ctx, "DISCARD")
	}
}

// send sends commands in one write, after which the connection is to hold
// something. It answers the first error among theirs.
func (c *Conn) send(ctx context.Context, pipe redis.Pipeliner, want held) error {
	answered, err := pipe.Exec(ctx)
	c.held = c.held.after(answered)
	first := firstError(answered)
	switch {
	case first != nil:
		return first
	case err != nil && !errors.Is(err, redis.Nil):
		return err
	case c.held != want:
		return errAnswers
	}
	return nil
}

var errAnswers = errors.New("begin transaction: the server's answers are not those of Redis: is there a proxy in front of it?")

// firstError is the first error among answers. That a value is absent (redis.Nil) is
// none.
func firstError(answered []redis.Cmder) error {
	for _, command := range answered {
		if err := command.Err(); err != nil && !errors.Is(err, redis.Nil) {
			return fmt.Errorf("%s: %w", command.Name(), err)
		}
	}
	return nil
}

// unsendable is an argument that cannot be written. The client closes a
// connection on which that happens, as half a command may have been sent.
type unsendable struct{}

// MarshalBinary always fails.
func (unsendable) MarshalBinary() ([]byte, error) {
	return nil, errors.New("the connection cannot be freed of its transaction")
}
