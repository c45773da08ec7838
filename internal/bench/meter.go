package bench

import "github.com/clvstream/clvstream/internal/bench/gauge"

// The processes by the names that the report has.
const (
	ConsumerProcess    = "consumer"
	PublisherProcess   = "publisher"
	RedisProcess       = "redis"
	KafkaProcess       = "kafka"
	ApplicationProcess = "application" // the peer's
)

// Meter names processes to be measured. Those of one name are summed.
type Meter map[string][]int

// Reading is what processes have used so far, by name. One that cannot be read is left out.
type Reading map[string]gauge.Usage

// Read reads all of them.
func (m Meter) Read() Reading {
	reading := Reading{}
	for name, pids := range m {
		sum := gauge.Usage{Known: len(pids) > 0}
		for _, pid := range pids {
			one := gauge.Read(pid)
			sum.Known = sum.Known && one.Known
			sum.CPUSeconds += one.CPUSeconds
			sum.PeakMiB += one.PeakMiB
		}
		if sum.Known {
			reading[name] = sum
		}
	}
	return reading
}

// Use is what a process used of a run.
type Use struct {
	CPUSecondsPerMillion float64 `json:"cpu_seconds_per_million"` // events
	PeakMiB              float64 `json:"peak_mib"`                // resident, since the process started
}

// Since is what was used after an earlier reading, for so many events.
func (r Reading) Since(before Reading, events int) map[string]Use {
	uses := map[string]Use{}
	for name, now := range r {
		was, known := before[name]
		if !known || events < 1 {
			continue
		}
		uses[name] = Use{CPUSecondsPerMillion: (now.CPUSeconds - was.CPUSeconds) / float64(events) * 1e6, PeakMiB: now.PeakMiB}
	}
	return uses
}
