package state

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
)

// cells are the statistics of a shard as they stand in Redis, as far as they were
// met. They hold under the shard's tip, like the cached customers.
type cells struct {
	known map[clv.Cell]*kept
	asked bool // once already: a second time all are read
	all   bool // were read: what is not known is not there
}

// mostCells is how many cells of a shard a process keeps: those of ten years with
// a hundred channels are a quarter of it. Beyond, they are read again.
const mostCells = 4096

// kept is a cell and its field in stat.
type kept struct {
	field  any // a string: it is an argument again and again
	places clv.Places
}

func (c *cells) forget() {
	clear(c.known)
	c.asked, c.all = false, false
}

// meet notes a cell that was not met yet.
func (c *cells) meet(cell clv.Cell, field string) *kept {
	if c.known == nil {
		c.known = map[clv.Cell]*kept{}
	}
	k := &kept{field: field}
	c.known[cell] = k
	return k
}

// tally is by how much a transaction changes the statistics.
type tally struct {
	change clv.Statistics
	cells  *cells
	months []clv.MonthSum
	bytes  []byte
}

// count finds the difference that the changed customers make.
func (t *tally) count(w *writes, rules *clv.Rules) {
	t.change.Reset()
	for i := range w.changed {
		var now clv.Contribution
		now, t.months = w.changed[i].customer.Contribution(rules, t.months[:0])
		t.change.Replace(&w.changed[i].was, &now)
	}
}

// read completes what is known of the cells that change. The first time it asks
// for those alone, as another process's commits may make it forget them soon; the
// second time for all, so that it need not ask again.
func (t *tally) read(ctx context.Context, conn *redis.Conn, sh *shard, cells *cells) error {
	t.cells = cells
	var missing []*kept
	var fields []string
	for cell := range t.change.Cells() {
		if cells.known[cell] == nil {
			t.bytes = appendField(t.bytes[:0], cell)
			field := string(t.bytes)
			missing, fields = append(missing, cells.meet(cell, field)), append(fields, field)
		}
	}
	switch {
	case len(missing) == 0 || cells.all:
		return nil
	case cells.asked:
		return cells.readAll(ctx, conn, sh)
	}
	stored, err := conn.HMGet(ctx, sh.keys.stat, fields...).Result()
	if err != nil {
		return fmt.Errorf("read statistics: %w", damagedType(err))
	}
	if len(stored) != len(missing) {
		return fmt.Errorf("%w: %d statistics asked for, %d answered", errDamaged, len(missing), len(stored))
	}
	for i, k := range missing {
		if bytes, ok := stored[i].(string); ok {
			if k.places, err = decodePlaces(bytes); err != nil {
				return err
			}
		}
	}
	cells.asked = true
	return nil
}

func (c *cells) readAll(ctx context.Context, conn *redis.Conn, sh *shard) error {
	stored, err := conn.HGetAll(ctx, sh.keys.stat).Result()
	if err != nil {
		return fmt.Errorf("read statistics: %w", damagedType(err))
	}
	for field, bytes := range stored {
		cell, err := parseField(field)
		if err != nil {
			return err
		}
		k := c.known[cell]
		if k == nil {
			k = c.meet(cell, field)
		}
		if k.places, err = decodePlaces(bytes); err != nil {
			return err
		}
	}
	c.all = true
	return nil
}

// commands write the changed cells as they are now. One with nothing left in it
// goes, so what is stored follows from the customers alone.
func (t *tally) commands(sh *shard) [][]any {
	set, remove := []any{"HSET", sh.keys.stat}, []any{"HDEL", sh.keys.stat}
	for cell, change := range t.change.Cells() {
		k := t.cells.known[cell]
		for i := range change {
			k.places[i] += change[i]
		}
		if k.places == (clv.Places{}) {
			remove = append(remove, k.field)
			continue
		}
		t.bytes = appendPlaces(t.bytes[:0], &k.places)
		set = append(set, k.field, string(t.bytes))
	}
	var commands [][]any
	if len(set) > 2 {
		commands = append(commands, set)
	}
	if len(remove) > 2 {
		commands = append(commands, remove)
	}
	return commands
}
