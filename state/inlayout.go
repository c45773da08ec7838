package state

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/state/transaction"
)

// parseLayout reads the number of the layout in force. One that is not known here is
// waited for, as whatever a later version has stored.
func parseLayout(stored string) (number uint64, err error) {
	if stored == "" {
		return 1, nil
	}
	number, err = strconv.ParseUint(stored, 10, 32)
	switch {
	case err != nil || number == 0 || strconv.FormatUint(number, 10) != stored:
		return 0, fmt.Errorf("%w: layout %q", layout.ErrDamaged, stored)
	case number > layout.Number:
		return 0, fmt.Errorf("layout %s of what is stored is %w", stored, layout.ErrNewer)
	default:
		return number, nil
	}
}

// bringIntoForce raises the number of the layout to the one by which this program
// writes: first in src of each shard, then where a program looks at its start. The first
// changes src, so a commit of a program that does not know the number, under way or to
// come, is not written. One that is cut short is completed by the next opening.
func (s *Store) bringIntoForce(ctx context.Context, number uint64) error {
	key, text := metaKey(s.options.Namespace), strconv.FormatUint(number, 10)
	stored, err := s.client.HGet(ctx, key, metaSchema).Result()
	if errors.Is(err, redis.Nil) { // not born yet
		return s.Pin(ctx, metaSchema, text)
	}
	var found uint64
	if err == nil {
		found, err = parseLayout(stored)
	}
	if err != nil || found >= number {
		return err
	}
	for _, sh := range s.shards {
		if err := s.raiseLayout(ctx, sh, number); err != nil {
			return fmt.Errorf("bring layout %s into force in shard %d: %w", text, sh.index, err)
		}
	}
	if err := s.client.HSet(ctx, key, metaSchema, text).Err(); err != nil {
		return fmt.Errorf("bring layout %s into force: %w", text, err)
	}
	return nil
}

func (s *Store) raiseLayout(ctx context.Context, sh *shard, number uint64) error {
	return s.transact(ctx, sh.keys.src, func(conn *transaction.Conn) error {
		var stored *redis.SliceCmd
		if err := conn.Begin(ctx, sh.keys.src, func(pipe redis.Pipeliner) { stored = pipe.HMGet(ctx, sh.keys.src, layoutField) }); err != nil {
			return err
		}
		text, _ := stored.Val()[0].(string)
		if found, err := parseLayout(text); err != nil || found >= number {
			return err
		}
		return conn.Commit(ctx, [][]any{{"HSET", sh.keys.src, layoutField, strconv.FormatUint(number, 10)}})
	})
}

// checkLayouts looks for a shard in which a newer layout is in force, before anything is
// written to src outside of a transaction.
func (s *Store) checkLayouts(ctx context.Context) error {
	asked, err := ask(ctx, s, s.shards, func(pipe redis.Pipeliner, sh *shard) *redis.SliceCmd {
		return pipe.HMGet(ctx, sh.keys.src, layoutField)
	})
	if err != nil {
		return fmt.Errorf("read layouts in force: %w", err)
	}
	for i := range asked {
		text, _ := asked[i].Val()[0].(string)
		if _, err := parseLayout(text); err != nil {
			return fmt.Errorf("shard %d: %w", i, err)
		}
	}
	return nil
}
