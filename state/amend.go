package state

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/state/transaction"
)

// amender writes transactions that no event is behind: those of a Firer and of a
// Refresher.
type amender struct {
	store    *Store
	name     string // random: begins every commit id
	commits  uint64
	composer composer

	// Of the transaction under way, in memory that the next one uses again.
	decoded decoded
	writes  writes
}

func newAmender(s *Store) amender { return amender{store: s, name: randomName()} }

// write reads the statistics that change and sends the transaction, with some fields and
// values of src.
func (a *amender) write(ctx context.Context, conn *transaction.Conn, o *opened, rules *history.Rules, src ...any) error {
	a.commits++
	commit := a.name + "-" + strconv.FormatUint(a.commits, 36)
	a.composer.tally.count(&a.writes, rules)
	known, counts := cells{}, modelCounts(nil)
	read := a.composer.tally.find(&known)
	var models *redis.MapStringStringCmd
	err := conn.Ready(ctx, func(pipe redis.Pipeliner) {
		if read != nil {
			read.ask(ctx, pipe, o.shard)
		}
		if len(a.writes.models) > 0 {
			models = pipe.HGetAll(ctx, o.shard.keys.models)
		}
	})
	if err == nil && read != nil {
		err = read.take(&known)
	}
	if err == nil && models != nil {
		counts, err = parseModelCounts(models.Val())
	}
	if err != nil {
		return fmt.Errorf("read statistics: %w", err)
	}
	commands, _, err := a.composer.commands(o, &a.writes, counts, layout.Source{}, commit, src...)
	if err != nil {
		return err
	}
	return conn.Commit(ctx, commands)
}
