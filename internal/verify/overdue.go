package verify

import (
	"context"
	"maps"
	"slices"

	"github.com/clvstream/clvstream/clv"
)

// valuedUntil is the last instant at which a due time of the customer can have been
// fired: that of the shard, or of an event that was refused after it had fired
// what came before it.
func (c *subject) valuedUntil() int64 {
	last := max(c.fired, c.passed)
	for _, e := range c.events {
		last = max(last, e.atMicros)
	}
	return last
}

// compareDue finds a due time that was passed over. A shard fires in strict order,
// and an event that comes later fires for its customer what the shard is beyond:
// in one snapshot nothing is due before the instant that was fired last.
func (v *verification) compareDue(c *subject) {
	if due := c.stored.DueMicros; due != 0 && due < c.fired {
		v.report.note(&v.report.Overdue, Difference{
			Customer: c.id, Field: "due", Want: "fired: the shard is at " + instant(c.fired), Got: instant(due),
		})
	}
}

// compareIndex finds customers whom the due index has later than they are due.
func (v *verification) compareIndex(ctx context.Context, shard int, customers map[string]*clv.Customer) error {
	found, err := v.config.Store.Misscheduled(ctx, shard, customers)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		v.report.note(&v.report.Overdue, Difference{
			Customer: id, Field: "due index", Want: "at most " + instant(found[id].DueMicros), Got: describeDue(found[id].IndexedMicros),
		})
	}
	return nil
}

// compareLater reads customers again whose published changes of time are newer than
// their snapshot: the state must have reached them by now. After a restore of Redis it
// may not have; then it has not fired their due times either.
func (v *verification) compareLater(ctx context.Context, shard int, later map[string]change) error {
	const page = 512
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(later)), page) {
		now, err := v.config.Store.Customers(ctx, shard, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			last, reached := later[id], uint64(0)
			if now.Customers[id] != nil {
				reached = now.Customers[id].Version
			}
			if now.Customers[id] != nil && now.Customers[id].Erased() { // their versions end with that
				continue
			}
			if reached < last.version && last.asOf <= now.FiredMicros {
				v.unsound[id] = true
				v.report.note(&v.report.Unfounded, Difference{
					Customer: id, Record: v.causeOf(last), Field: last.name(), Want: "at most " + change{version: reached}.name(), Got: "a change of time",
				})
			}
		}
	}
	return nil
}
