package state

import "github.com/clvstream/clvstream/clv/history"

// cache is what a process keeps of a shard's customers: their stored bytes, empty of one who
// is not stored. So a cached customer takes what they take in Redis, a tenth of what they
// would take decoded, and nothing of a transaction that was not applied is in it.
type cache struct {
	stored map[string]string
	bytes  int
}

// cachedBytes is how many stored bytes count as one customer for the limit of a cache. One
// with hundreds of orders in the ledger has more, and counts as several.
const cachedBytes = 512

func newCache() cache { return cache{stored: map[string]string{}} }

func (c *cache) put(id, stored string) {
	c.bytes += len(stored) - len(c.stored[id])
	c.stored[id] = stored
}

func (c *cache) drop(id, stored string) {
	c.bytes -= len(stored)
	delete(c.stored, id)
}

func (c *cache) clear() {
	clear(c.stored)
	c.bytes = 0
}

// dropHashed drops those with an id of some hashes.
func (c *cache) dropHashed(hashes map[uint64]bool) {
	for id, stored := range c.stored {
		if hashes[history.HashID(id)] {
			c.drop(id, stored)
		}
	}
}

// trim keeps the cache within its share by dropping customers in map order, which is
// random: the busy ones are read again soon, at the price of one read.
func (c *cache) trim(most int) {
	if c.size() <= most {
		return
	}
	for id, stored := range c.stored {
		if c.drop(id, stored); c.size() <= most*9/10 {
			return
		}
	}
}

// size is how many customers the cache counts as.
func (c *cache) size() int { return max(len(c.stored), c.bytes/cachedBytes) }
