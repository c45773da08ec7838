package process

import (
	"os"
	"runtime/debug"
)

// growthPercent is by how much the heap may grow between two collections of garbage.
// At Go's usual 100, marking the cached customers took more than a quarter of the
// processor time of the whole path; see docs/benchmarks.md.
const growthPercent = 300

// CollectSeldom sets how often garbage is collected, unless GOGC says it. A
// GOMEMLIMIT holds all the same: towards it the runtime collects as often as it must.
func CollectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(growthPercent)
	}
}
