package process

import (
	"os"
	"runtime/debug"

	"github.com/clvstream/clvstream/internal/config"
)

// By how much the heap of a program may grow between two collections of garbage, percent.
const (
	// At Go's usual 100 a consumer with few cached customers would collect many times a
	// second. One with many does so before, towards consumerBytes.
	consumerGrowthPercent = 300
	// What lives in a publisher are mostly bytes of changes on their way, which are not
	// marked and used again: collecting takes 2 % of its processor time, and at 300 its
	// memory would be half as much again.
	publisherGrowthPercent = 100
)

const (
	// workingBytes is what batches, transactions and connections take at full speed, with the
	// garbage of about a second: see docs/benchmarks.md.
	workingBytes = 128 << 20
	// cachedCustomerBytes is what a cached customer takes at most: 512 stored bytes, the id,
	// and its place in the cache.
	cachedCustomerBytes = 640
)

// consumerBytes is what a consumer should take.
func consumerBytes(cfg config.Config) int64 {
	return workingBytes + int64(cfg.State.CacheCustomers)*cachedCustomerBytes
}

// collectAsNeeded sets how garbage is collected, unless GOGC or GOMEMLIMIT says it: seldom,
// and more often towards the program's limit. It is soft: what is needed beyond it is there,
// at the price of more collections.
func (p *Process) collectAsNeeded() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(p.Program.growthPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" && p.Program.memory != nil {
		debug.SetMemoryLimit(p.Program.memory(p.Config))
	}
}
