package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
)

// stored is a customer as Redis has them, and where that snapshot stands.
type stored struct {
	customer    *clv.Customer
	applied     marks
	firedMicros int64 // up to where the shard's due times were fired
	// refreshedMicros is as of when the shard's statistics count values at the least; 0: as
	// last stored.
	refreshedMicros int64
	activated       bool // a model or a cut of the tiers: customers were made due at any instants
}

// outboxPage is how many entries of an outbox are read at once: an entry holds
// the changes of a whole commit.
const outboxPage = 16

func (v *verification) compareShards(ctx context.Context) error {
	for shard := range v.shards {
		v.config.Progress(StageCompare, int64(shard), int64(len(v.shards)))
		if err := v.compareShard(ctx, shard); err != nil {
			return fmt.Errorf("compare shard %d: %w", shard, err)
		}
		if err := v.compareStatistics(ctx, shard); err != nil {
			return fmt.Errorf("compare shard %d: %w", shard, err)
		}
		v.shards[shard] = nil
	}
	v.config.Progress(StageCompare, int64(len(v.shards)), int64(len(v.shards)))
	return nil
}

// compareShard reads customers first, then the outbox, then the ends of the logs: an entry
// that has left the outbox was published before those ends.
func (v *verification) compareShard(ctx context.Context, shard int) error {
	customers, highest, err := v.scan(ctx, shard)
	if err != nil {
		return err
	}
	pending, letters, err := v.readOutbox(ctx, shard)
	if err != nil {
		return err
	}
	if err := v.extendInput(ctx, highest, ignoreProgress); err != nil {
		return err
	}
	if err := v.extendOutput(ctx, ignoreProgress); err != nil {
		return err
	}
	for at, l := range letters {
		if v.letters[at] == nil {
			v.letters[at] = l
		}
	}
	dossiers := v.shards[shard]
	for id := range customers {
		if dossiers[id] == nil {
			dossiers[id] = &dossier{}
		}
	}
	for id := range pending {
		if dossiers[id] == nil {
			dossiers[id] = &dossier{}
		}
	}
	later := map[string]change{}
	for _, id := range slices.Sorted(maps.Keys(dossiers)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, found := customers[id]
		if !found {
			s.applied = v.first[shard] // who is not found after it was not there before it
		}
		c := v.newSubject(id, s, dossiers[id], pending[id])
		if v.compareCustomer(c); c.later.version > 0 {
			later[id] = c.later
		}
		if err := v.compareGivenUp(ctx, shard, c); err != nil {
			return err
		}
	}
	return v.compareLater(ctx, shard, later)
}

func ignoreProgress(int64, int64) {}

// scan reads a shard's customers and keeps the positions of its first and last
// snapshot. highest are the positions of all.
func (v *verification) scan(ctx context.Context, shard int) (customers map[string]stored, highest marks, err error) {
	customers = map[string]stored{}
	pages := 0
	err = v.config.Store.Scan(ctx, shard, func(page state.Snapshot) error {
		applied := v.marks(page.Applied)
		if pages == 0 {
			v.first = append(v.first, applied)
			v.last = append(v.last, applied)
		}
		v.last[shard] = applied
		pages++
		highest.raise(applied)
		for id, customer := range page.Customers {
			customers[id] = stored{customer: customer, applied: applied, firedMicros: page.FiredMicros, refreshedMicros: page.RefreshedMicros, activated: page.InForce.Number > 0}
		}
		return v.compareIndex(ctx, shard, page.Customers)
	})
	return customers, highest, err
}

// readOutbox reads what waits in a shard's outbox: changes by customer, and dead
// letters. What is rerouted is compareLocated's.
func (v *verification) readOutbox(ctx context.Context, shard int) (map[string][]change, map[coordinate]*letter, error) {
	pending, letters := map[string][]change{}, map[coordinate]*letter{}
	err := v.eachWaiting(ctx, shard, func(source layout.Source, item *layout.Item) error {
		switch {
		case item.DeadLetter != nil:
			at, l := v.waitingLetter(source, item)
			letters[at] = l
		case item.Change != nil:
			waits, err := v.waitingChange(source, item)
			if err != nil {
				return err
			}
			pending[item.Change.CustomerID] = append(pending[item.Change.CustomerID], waits)
		}
		return nil
	})
	return pending, letters, err
}

// eachWaiting calls each with the items of a shard's outbox, oldest first.
func (v *verification) eachWaiting(ctx context.Context, shard int, each func(layout.Source, *layout.Item) error) error {
	for after := ""; ; {
		entries, err := v.config.Store.Waiting(ctx, []int{shard}, []string{after}, outboxPage)
		if err != nil {
			return err
		}
		for e := range entries[0] {
			entry := &entries[0][e]
			after = entry.ID
			for i := range entry.Items {
				if err := each(entry.Source, &entry.Items[i]); err != nil {
					return err
				}
			}
		}
		if len(entries[0]) < outboxPage {
			return nil
		}
	}
}
