package state

import (
	"fmt"
	"sync"

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
	cache cache
	cells cells
	// models are the counts by model under the tip; nil: not known.
	models modelCounts
	// unlocated are the events that wait in the index of orders, as of a commit of their own.
	unlocated unlocated
}

// keepRead caches customers as read.
func (sh *shard) keepRead(ids []string, stored []any) error {
	if len(stored) != len(ids) {
		return fmt.Errorf("%w: %d customers asked for, %d answered", layout.ErrDamaged, len(ids), len(stored))
	}
	for i, id := range ids {
		bytes, _, err := storedCustomer(stored[i])
		if err != nil {
			return err
		}
		sh.cache.put(id, bytes)
	}
	return nil
}

// storedCustomer is a customer's stored bytes as Redis answers them, if there are any.
func storedCustomer(answer any) (bytes string, found bool, err error) {
	if bytes, found = answer.(string); found && bytes == "" {
		return "", false, fmt.Errorf("%w: no bytes are stored of a customer", layout.ErrDamaged)
	}
	return bytes, found, nil
}

// keep caches the customers of a transaction that was applied.
func (sh *shard) keep(w *writes) {
	for _, c := range w.changed {
		sh.cache.put(c.id, c.stored)
	}
	w.orders.keep(sh)
}

// follow brings what is cached to the tip at which the shard was opened: it drops those whom
// others have changed since. It says whether the journal has to be read for that first.
func (sh *shard) follow(o *opened) (read bool) {
	if o.tip == sh.tip {
		return false
	}
	if o.since == nil && len(sh.cache.stored) > 0 {
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
		sh.cache.dropHashed(changed)
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
	sh.cache.clear()
	sh.forgetSums()
	sh.unlocated = unlocated{}
}

// trim keeps what is cached within its share.
func (sh *shard) trim(mostCustomers int) {
	sh.cells.trim()
	sh.cache.trim(mostCustomers)
}
