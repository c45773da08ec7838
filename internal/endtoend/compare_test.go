package endtoend

import (
	"encoding/json"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/clvstream/clvstream/internal/bench"
	"github.com/clvstream/clvstream/internal/bench/workload"
	"github.com/clvstream/clvstream/internal/testbed"
)

// TestCompare is the benchmark behind scripts/bench-e2e.
func TestCompare(t *testing.T) {
	if asked.workload == "" {
		t.Skip("a benchmark: scripts/bench-e2e -workload shop")
	}
	need(t, asked.check())
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s := startServers(ctx, t, asked.partitions)
	c := &comparison{options: asked, servers: s}
	report := c.compare(t)
	need(t, report.WriteMarkdown(os.Stdout))
	write(t, asked.out, report)
}

// comparison is the peer and some builds of the product, in turn on one broker.
type comparison struct {
	options
	*servers
	builds []build
}

// build is one revision's programs.
type build struct {
	name     string
	programs bench.Programs
}

func (c *comparison) compare(t *testing.T) *bench.Report {
	t.Helper()
	report := &bench.Report{
		Workload: c.workload, Events: c.events, Partitions: c.servers.partitions, Cores: runtime.GOMAXPROCS(0), Servers: c.describe(),
	}
	c.build(t)
	in := c.load(t, c.workload, c.events)
	peerIn := c.peerInput(t, in)
	if c.peer {
		progress("warming the broker with one run of the peer")
		c.note("peer", catchUp(t, c.servers, peerIn))
	}
	if c.steady > 0 {
		report.Steady = c.latencies(t)
		return report
	}
	report.Arms = c.inTurn(t, in, peerIn)
	if c.workload == workload.Grown {
		report.Stored = c.stored
	}
	return report
}

// inTurn runs the peer and each build, and again.
func (c *comparison) inTurn(t *testing.T, in, peerIn input) []bench.Arm {
	t.Helper()
	var arms []bench.Arm
	add := func(at int, name string, run bench.Run) {
		if at == len(arms) {
			arms = append(arms, bench.Arm{Name: name})
		}
		arms[at].Runs = append(arms[at].Runs, run)
		c.note(name, run)
	}
	for repeat := range c.repeats {
		at := 0
		if c.peer {
			add(at, "Kafka Streams", catchUp(t, c.servers, peerIn))
			at++
		}
		for i := range c.builds {
			add(at, c.builds[i].name, c.product(t, c.builds[i], in, repeat < c.verify))
			at++
		}
	}
	return arms
}

// peerInput is what the peer reads: it knows orders alone, so it gets plain ones where
// the product gets more.
func (c *comparison) peerInput(t *testing.T, in input) input {
	t.Helper()
	if c.peer && c.workload == workload.Hostile {
		return c.load(t, workload.Shop, c.events)
	}
	return in
}

// build compiles the programs: as they are, and as they were.
func (c *comparison) build(t *testing.T) {
	t.Helper()
	c.builds = append(c.builds, build{"clvstream", bench.ProgramsIn(testbed.BuildPrograms(t))})
	if c.against != "" {
		c.builds = append(c.builds, build{"clvstream " + c.against, bench.ProgramsIn(testbed.BuildProgramsOf(t, c.against))})
	}
}

// product measures a build from an empty state.
func (c *comparison) product(t *testing.T, b build, in input, verify bool) (run bench.Run) {
	t.Helper()
	t.Run(b.name, func(t *testing.T) {
		target := c.target(t, b, testbed.StartRedis(t), in)
		if c.workload == workload.Grown {
			in = c.grow(t, target, in)
		}
		var err error
		run, err = bench.CatchUp(c.ctx, target, in.events, in.customers, bench.CatchUpOptions{
			// What was stored before had other settings: verify would miss its changes.
			Verify: verify && c.workload != workload.Grown, Restart: c.restart,
		})
		need(t, err)
		c.deleteTopics(t, target.Set["namespace"]+".")
	})
	if t.Failed() {
		t.FailNow()
	}
	return run
}

func (c *comparison) note(name string, run bench.Run) {
	progress("%s: %.0f events/s, %.1f CPU s per million %s", name, run.EventsPerSecond, run.CPUSecondsPerMillion(), run.Verdict)
	if run.RestartSeconds != nil {
		progress("%s: nine tenths of the speed %.1f s after the restart", name, *run.RestartSeconds)
	}
}

// write keeps a report in a directory, if one is given.
func write(t *testing.T, dir string, report *bench.Report) {
	t.Helper()
	if dir == "" {
		return
	}
	need(t, os.MkdirAll(dir, 0o755))
	var table strings.Builder
	need(t, report.WriteMarkdown(&table))
	need(t, os.WriteFile(filepath.Join(dir, "bench.md"), []byte(table.String()), 0o644))
	text, err := json.MarshalIndent(report, "", "  ")
	need(t, err)
	need(t, os.WriteFile(filepath.Join(dir, "bench.json"), append(text, '\n'), 0o644))
}
