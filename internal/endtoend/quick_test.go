package endtoend

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/bench"
	"github.com/clvstream/clvstream/internal/bench/workload"
	"github.com/clvstream/clvstream/internal/testbed"
)

// Both ways to run a benchmark work: what is run once a month must not have rotted.
func TestQuick(t *testing.T) {
	dir := testbed.BuildPrograms(t)
	t.Run("compare", func(t *testing.T) { t.Parallel(); compareQuickly(t, dir) })
	t.Run("clvstream bench", func(t *testing.T) { t.Parallel(); benchQuickly(t, dir) })
}

// The comparison, with few events, without the peer, and on embedded servers.
func compareQuickly(t *testing.T, dir string) {
	t.Helper()
	pair := testbed.EmbeddedPair(t)
	s := &servers{ctx: t.Context(), brokers: pair.Brokers, partitions: 2}
	s.connect(t)
	b := build{"clvstream", bench.ProgramsIn(dir)}
	c := &comparison{options: options{consumers: 1, stored: 300, settings: settings{"redis.checks": "off", "state.shards": "8"}}, servers: s}
	address := pair.RedisAddrs[0]

	for _, name := range []string{workload.Shop, workload.Hostile} {
		in := c.load(t, name, 2000)
		run, err := bench.CatchUp(s.ctx, c.targetAt(t, b, address, in), in.events, in.customers, bench.CatchUpOptions{Verify: true})
		need(t, err)
		last := run.Course[len(run.Course)-1]
		if !*run.Verified || run.Changes == 0 || last.Applied != 2000 || run.EventsPerSecond <= 0 || run.Processes[bench.ConsumerProcess].PeakMiB == 0 {
			t.Errorf("%s: %+v", name, run)
		}
	}
	c.workload = workload.Grown
	shop := input{events: 500}
	target := c.targetAt(t, b, address, shop)
	in := c.grow(t, target, shop)
	run, err := bench.CatchUp(s.ctx, target, in.events, in.customers, bench.CatchUpOptions{Restart: true})
	need(t, err)
	if first, last := run.Course[0], run.Course[len(run.Course)-1]; first.Applied != 0 || last.Applied != 500 {
		t.Errorf("grown: from %+v to %+v", first, last)
	}
	topic := input{topics: []string{c.unique("orders")}}
	c.createTopic(t, topic.topics[0])
	found, err := bench.RunSteady(s.ctx, c.targetAt(t, b, address, topic), bench.SteadyOptions{Rate: 200, Warm: time.Second, For: 2 * time.Second})
	need(t, err)
	if found.Orders != 400 || !(found.P50 > 0 && found.P50 <= found.P99 && found.P99 <= found.Most) {
		t.Errorf("steady: %+v", found)
	}
}

// clvstream bench measures on servers that it is given, and leaves nothing behind.
func benchQuickly(t *testing.T, dir string) {
	t.Helper()
	pair := testbed.EmbeddedPair(t)
	cmd := exec.CommandContext(t.Context(), bench.ProgramsIn(dir).Tool, "bench", "--json", "--brokers", strings.Join(pair.Brokers, ","),
		"--redis", pair.RedisAddrs[0], "--set", "redis.checks=off", "--set", "topics.partitions=2", "--events", "2000", "--repeats", "2", "--verify", "--singles", "3")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	var report bench.Report
	need(t, json.Unmarshal(out, &report))
	if len(report.Arms) != 1 || len(report.Arms[0].Runs) != 2 || !*report.Arms[0].Runs[1].Verified || len(report.Steady) != 1 || report.Steady[0].Orders != 3 {
		t.Errorf("reports %s", out)
	}
	topics, err := pair.Admin(t).ListTopics(t.Context())
	need(t, err)
	if names := topics.Names(); len(names) != 0 {
		t.Errorf("topics %v are left", names)
	}
	if keys := pair.RedisClient(t).Keys(t.Context(), "*").Val(); len(keys) != 0 {
		t.Errorf("keys %v are left", keys)
	}
}

func TestWhatCannotBeComparedIsRefused(t *testing.T) {
	good := options{workload: workload.Shop, events: 1, partitions: 1, repeats: 1, stored: 1, consumers: 1, rate: 1}
	need(t, good.check())
	for what, spoil := range map[string]func(*options){
		"workload": func(o *options) { o.workload = "bazaar" },
		"events":   func(o *options) { o.events = 0 },
		"rate":     func(o *options) { o.rate = 0 },
		"due":      func(o *options) { o.due = -1 },
	} {
		bad := good
		spoil(&bad)
		if bad.check() == nil {
			t.Errorf("a wrong -%s is let through", what)
		}
	}
	var s settings
	if err := s.Set("awake.mode"); err == nil {
		t.Error("a setting without a value is let through")
	}
}
