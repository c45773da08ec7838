package transaction

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// What Commit answers beside nil and the errors of Redis and of the network.
var (
	// ErrBeaten says that the watched key was changed meanwhile: nothing was
	// applied, and it can be tried again at once.
	ErrBeaten = errors.New("another writer came first")
	// ErrPartial says that some of the writes were applied and others not.
	ErrPartial = errors.New("a transaction was applied in part")
	// errNotBegun says that a caller skipped Begin: nothing is sent.
	errNotBegun = errors.New("commit transaction: MULTI was not accepted before")
)

// Commit sends the writes and EXEC.
func (c *Conn) Commit(ctx context.Context, writes [][]any) error {
	_, err := c.CommitAndBegin(ctx, writes, "", nil)
	return err
}

// CommitAndBegin is Commit and, in the same write, Begin on another key, unless
// reads is nil. It answers whether that one is begun; why it is not is found by
// beginning it again.
func (c *Conn) CommitAndBegin(ctx context.Context, writes [][]any, key string, reads Reads) (begun bool, err error) {
	if c.held != queueing {
		return false, errNotBegun
	}
	if c.ready != nil {
		if err := c.ready(ctx); err != nil {
			return false, fmt.Errorf("commit transaction: %w", err)
		}
	}
	pipe := c.conn.Pipeline()
	for _, write := range writes {
		pipe.Do(ctx, write...)
	}
	exec := pipe.Do(ctx, "EXEC")
	if reads != nil {
		begin(ctx, pipe, key, reads)
	}
	answered, _ := pipe.Exec(ctx) // its error is one of theirs
	c.held = c.held.after(answered)
	begun = c.held == queueing && firstError(answered[len(writes)+1:]) == nil
	return begun, outcome(answered[:len(writes)], exec)
}

// outcome reads what became of a transaction from the answers to its writes, each
// of which is QUEUED or why the command was refused, and to EXEC.
func outcome(writes []redis.Cmder, exec *redis.Cmd) error {
	answers, err := exec.Slice()
	switch {
	case errors.Is(err, redis.Nil):
		return ErrBeaten
	case redis.HasErrorPrefix(err, "EXECABORT"):
		if refused := firstError(writes); refused != nil {
			return refused // why EXEC was: out of memory, read-only, slot moved
		}
		return fmt.Errorf("EXEC: %w", err)
	case err != nil:
		if anyApplied(writes) {
			return fmt.Errorf("%w: EXEC: %w", ErrPartial, err)
		}
		return fmt.Errorf("EXEC: %w", err)
	}
	for i, answer := range answers {
		if failed, ok := answer.(error); ok {
			return fmt.Errorf("%w: %s: %w", ErrPartial, nameOf(writes, i), failed)
		}
	}
	return nil
}

// anyApplied says whether a write was answered at once, instead of being queued.
func anyApplied(writes []redis.Cmder) bool {
	for _, write := range writes {
		if command, ok := write.(*redis.Cmd); ok && command.Err() == nil && command.Val() != "QUEUED" {
			return true
		}
	}
	return false
}

func nameOf(writes []redis.Cmder, i int) string {
	if i < len(writes) {
		return writes[i].Name()
	}
	return "a command"
}
