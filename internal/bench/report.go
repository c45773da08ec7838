package bench

import (
	"maps"
	"slices"

	"github.com/clvstream/clvstream/internal/bench/gauge"
)

// Report is everything that a benchmark found.
type Report struct {
	Workload   string   `json:"workload"`
	Events     int      `json:"events"`     // of each run
	Partitions int      `json:"partitions"` // of each topic
	Stored     int      `json:"stored"`     // customers that were stored before
	Cores      int      `json:"cores"`
	Servers    []string `json:"servers,omitempty"` // with their settings
	Arms       []Arm    `json:"arms"`              // the peer first, if there is one
	Steady     []Steady `json:"steady,omitempty"`
}

// Arm is one program under test, with its runs.
type Arm struct {
	Name string `json:"name"`
	Runs []Run  `json:"runs"`
}

// Median is the run of each figure's median. It has no course, and is verified if every
// run was that was asked.
func (a *Arm) Median() Run {
	of := func(figure func(*Run) float64) float64 {
		values := make([]float64, len(a.Runs))
		for i := range a.Runs {
			values[i] = figure(&a.Runs[i])
		}
		return gauge.Median(values...)
	}
	m := Run{
		Seconds:          of(func(r *Run) float64 { return r.Seconds }),
		EventsPerSecond:  of(func(r *Run) float64 { return r.EventsPerSecond }),
		BytesPerCustomer: of(func(r *Run) float64 { return r.BytesPerCustomer }),
		SettleSeconds:    of(func(r *Run) float64 { return r.SettleSeconds }),
		CoreSpeed:        of(func(r *Run) float64 { return r.CoreSpeed }),
		Processes:        map[string]Use{},
	}
	for _, name := range a.processes() {
		m.Processes[name] = Use{
			CPUSecondsPerMillion: of(func(r *Run) float64 { return r.Processes[name].CPUSecondsPerMillion }),
			PeakMiB:              of(func(r *Run) float64 { return r.Processes[name].PeakMiB }),
		}
	}
	m.Course = []Point{{Outbox: int64(of(func(r *Run) float64 { return float64(r.OutboxPeak()) }))}}
	m.Verified, m.Verdict = a.verdict()
	return m
}

// processes are the names of what was measured in every run.
func (a *Arm) processes() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(a.Runs[0].Processes)) {
		if !slices.ContainsFunc(a.Runs, func(r Run) bool { _, has := r.Processes[name]; return !has }) {
			names = append(names, name)
		}
	}
	return names
}

// verdict is the first run's that is not verified, or else the last one's that is.
func (a *Arm) verdict() (verified *bool, verdict string) {
	for i := range a.Runs {
		r := &a.Runs[i]
		if r.Verified == nil {
			continue
		}
		verified, verdict = r.Verified, r.Verdict
		if !*r.Verified {
			return verified, verdict
		}
	}
	return verified, verdict
}
