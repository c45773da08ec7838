package state

import (
	"fmt"
	"maps"
	"sync"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
)

// shard is what a process knows of one shard. Its mutex is held from reading
// src to the answer of EXEC, so claims of one process do not conflict.
type shard struct {
	mu    sync.Mutex
	index int
	keys  keys
	// tip is the src tip under which the cached customers, cells and counts are valid.
	tip   string
	cache map[string]*clv.Customer
	cells cells
	// models are the counts by model under the tip; nil: not known.
	models modelCounts
}

// keep caches customers as read; one that is not stored yet begins empty.
func (sh *shard) keep(ids []string, stored []any) error {
	if len(stored) != len(ids) {
		return fmt.Errorf("%w: %d customers asked for, %d answered", layout.ErrDamaged, len(ids), len(stored))
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

// follow brings what is cached to the tip at which the shard was opened: it drops those whom
// others have changed since. It says whether the journal has to be read for that first.
func (sh *shard) follow(o *opened) (read bool) {
	if o.tip == sh.tip {
		return false
	}
	if o.since == nil && len(sh.cache) > 0 {
		if o.since = journalBetween(sh.tip, o.tip); o.since != nil {
			return true
		}
	}
	var changed map[uint64]bool
	ok := false
	if o.journal != nil {
		changed, ok = changedBetween(sh.tip, o.tip, o.journal.Val())
	}
	if !ok {
		sh.forget()
	} else {
		maps.DeleteFunc(sh.cache, func(id string, _ *clv.Customer) bool { return changed[history.HashID(id)] })
		sh.forgetSums()
	}
	sh.tip, o.since, o.journal = o.tip, nil, nil
	return false
}

// forgetSums drops what is cached of the shard beside its customers.
func (sh *shard) forgetSums() {
	sh.models = nil
	sh.cells.forget()
}

// forget drops what the process has cached of the shard.
func (sh *shard) forget() {
	sh.tip = ""
	clear(sh.cache)
	sh.forgetSums()
}

// trim keeps the cache within its share by dropping customers in map order,
// which is random: the busy ones are read again soon, at the price of one read.
func (sh *shard) trim(most int) {
	sh.cells.trim()
	if len(sh.cache) <= most {
		return
	}
	for id := range sh.cache {
		if delete(sh.cache, id); len(sh.cache) <= most*9/10 {
			return
		}
	}
}
