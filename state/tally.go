package state

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/state/layout"
)

// cells are the statistics of a shard as they stand in Redis, as far as they were
// needed. They hold under the shard's tip, like the cached customers.
type cells struct {
	known map[statistics.Cell]*kept
	asked bool // once already: a second time all are read, unless they are too many
	many  bool
	all   bool // were read: what is not known is not there
}

// mostCells is how many cells of a shard a process keeps: those of three years with
// thirty groups. Beyond, those that change are read again.
const mostCells = 8192

// kept is a cell, its field in stat, and what is stored there; nil if nothing is.
// Stored, it takes a fifth of what it takes as numbers.
type kept struct {
	field  any // a string, as an argument again and again
	stored any // likewise
}

func (c *cells) forget() {
	clear(c.known)
	c.asked, c.all = false, false
}

// trim forgets the cells if they are too many, and says it once.
func (c *cells) trim() {
	if len(c.known) <= mostCells {
		return
	}
	if !c.many {
		slog.Warn("a shard has more statistics than a process keeps, and those that change are read again at each commit: "+
			"does every customer have an acquisition channel of their own?", "cells", len(c.known), "channels", c.channels())
	}
	c.forget()
	c.many = true
}

func (c *cells) channels() int {
	distinct := map[string]bool{}
	for cell := range c.known {
		distinct[cell.Group.Channel] = true
	}
	delete(distinct, "") // of other groups
	return len(distinct)
}

// add notes a cell that is not known yet.
func (c *cells) add(cell statistics.Cell, field string) *kept {
	if c.known == nil {
		c.known = map[statistics.Cell]*kept{}
	}
	k := &kept{field: field}
	c.known[cell] = k
	return k
}

// tally is by how much a transaction changes the statistics.
type tally struct {
	change  statistics.Statistics
	changed []changedCell
	months  []history.MonthSum
	bytes   []byte
}

// changedCell is a cell of a kind and by how much it changes.
type changedCell struct {
	*kept
	kind statistics.CellKind
	by   *statistics.Places
}

// count finds the difference that the changed customers make.
func (t *tally) count(w *writes, rules *history.Rules) {
	t.change.Reset()
	for i := range w.changed {
		var now statistics.Contribution
		now, t.months = w.changed[i].Contribution(rules, t.months[:0])
		t.change.Replace(&w.changed[i].was, &now)
	}
}

// cellsRead is a question to stat about cells that change and are not known.
type cellsRead struct {
	missing []changedCell
	fields  []string // theirs
	all     bool     // every cell of the shard is asked for

	some  *redis.SliceCmd
	every *redis.MapStringStringCmd
}

// find takes the cells that change from those that are known, and answers what has
// to be read to complete them; nil: nothing. The first time it asks for those alone,
// as another process's commits may make it forget them soon; the second time for
// all, so that it need not ask again.
func (t *tally) find(cells *cells) *cellsRead {
	t.changed = t.changed[:0]
	read := &cellsRead{}
	for cell, by := range t.change.Cells() {
		changed := changedCell{cells.known[cell], cell.Kind, by}
		if changed.kept == nil {
			t.bytes = layout.AppendCellName(t.bytes[:0], &cell)
			field := string(t.bytes)
			changed.kept = cells.add(cell, field)
			read.missing, read.fields = append(read.missing, changed), append(read.fields, field)
		}
		t.changed = append(t.changed, changed)
	}
	if len(read.missing) == 0 || cells.all {
		return nil
	}
	read.all = cells.asked && !cells.many
	return read
}

// ask queues the question.
func (r *cellsRead) ask(ctx context.Context, pipe redis.Pipeliner, sh *shard) {
	if r.all {
		r.every = pipe.HGetAll(ctx, sh.keys.stat)
	} else {
		r.some = pipe.HMGet(ctx, sh.keys.stat, r.fields...)
	}
}

// take keeps the answer.
func (r *cellsRead) take(cells *cells) error {
	if r.all {
		return cells.keepAll(r.every.Val())
	}
	stored := r.some.Val()
	if len(stored) != len(r.missing) {
		return fmt.Errorf("%w: %d statistics asked for, %d answered", layout.ErrDamaged, len(r.missing), len(stored))
	}
	for i, cell := range r.missing {
		if bytes, ok := stored[i].(string); ok {
			if err := cell.keep(bytes, cell.kind); err != nil {
				return err
			}
		}
	}
	cells.asked = true
	return nil
}

func (c *cells) keepAll(stored map[string]string) error {
	for field, bytes := range stored {
		cell, err := layout.ParseCellName(field)
		if errors.Is(err, layout.ErrNewer) { // stays as it is
			continue
		}
		if err != nil {
			return err
		}
		k := c.known[cell]
		if k == nil {
			k = c.add(cell, field)
		}
		if err := k.keep(bytes, cell.Kind); err != nil {
			return err
		}
	}
	c.all = true
	return nil
}

// keep keeps what is stored, if it can be read.
func (k *kept) keep(stored string, kind statistics.CellKind) error {
	_, _, err := layout.DecodePlaces(stored, kind)
	k.stored = stored
	return err
}

// places are the cell's numbers, and those of a later version. What is kept can be
// read.
func (c *changedCell) places() (places statistics.Places, later string) {
	if stored, ok := c.stored.(string); ok {
		places, later, _ = layout.DecodePlaces(stored, c.kind)
	}
	return places, later
}

// appendCommands writes the changed cells as they are now. One with nothing left in
// it goes, so what is stored follows from the customers alone.
func (t *tally) appendCommands(commands [][]any, sh *shard) [][]any {
	set, remove := []any{"HSET", sh.keys.stat}, []any{"HDEL", sh.keys.stat}
	for _, changed := range t.changed {
		places, later := changed.places()
		places.Add(changed.by)
		if places == (statistics.Places{}) && later == "" {
			changed.stored = nil
			remove = append(remove, changed.field)
			continue
		}
		t.bytes = layout.AppendPlaces(t.bytes[:0], changed.kind, &places, later)
		changed.stored = string(t.bytes)
		set = append(set, changed.field, changed.stored)
	}
	return appendFilled(commands, set, remove)
}
