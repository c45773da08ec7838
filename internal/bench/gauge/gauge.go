// Package gauge measures processes and times for a benchmark.
//
//	/proc/PID/stat, status ──► Read ──► Usage (CPU seconds, peak memory)
//	latencies ──► Percentile, Median
//	CoreSpeed: how fast the cores are just now
//
// Without /proc (outside Linux) every Usage is zero and not Known.
package gauge

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Usage is what a process has used since its start.
type Usage struct {
	Known      bool
	CPUSeconds float64 // user and system, of all its threads
	PeakMiB    float64 // the most resident memory that it has had
}

// ticksPerSecond is the unit of /proc/PID/stat, the same on every Linux that Go supports.
const ticksPerSecond = 100

// Read reads a process's usage. One that is gone, or a system without /proc, is not known.
func Read(pid int) Usage {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Usage{}
	}
	cpu, ok := parseStat(string(stat))
	peak, has := parseStatus(string(status))
	return Usage{Known: ok && has, CPUSeconds: cpu, PeakMiB: peak}
}

// parseStat gives the CPU seconds of a /proc/PID/stat. The program's name stands in
// parentheses and may itself hold spaces and parentheses.
func parseStat(text string) (cpuSeconds float64, ok bool) {
	end := strings.LastIndexByte(text, ')')
	if end < 0 {
		return 0, false
	}
	const user, system = 11, 12 // counted from the field after the name
	fields := strings.Fields(text[end+1:])
	if len(fields) <= system {
		return 0, false
	}
	u, errUser := strconv.ParseUint(fields[user], 10, 64)
	s, errSystem := strconv.ParseUint(fields[system], 10, 64)
	return float64(u+s) / ticksPerSecond, errUser == nil && errSystem == nil
}

// parseStatus gives the peak resident memory of a /proc/PID/status, MiB.
func parseStatus(text string) (peakMiB float64, ok bool) {
	for line := range strings.Lines(text) {
		kib, found := strings.CutPrefix(line, "VmHWM:")
		if !found {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kib), "kB")), 10, 64)
		return float64(n) / 1024, err == nil
	}
	return 0, false
}
