package process

import (
	"os"
	"runtime/debug"

	"github.com/clvstream/clvstream/internal/config"
)

const (
	// growthPercent is by how much the heap may grow between two collections of garbage
	// while it is small: at Go's usual 100 a process with little to keep would collect many
	// times a second.
	growthPercent = 300
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
		debug.SetGCPercent(growthPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" && p.Program.memory != nil {
		debug.SetMemoryLimit(p.Program.memory(p.Config))
	}
}
