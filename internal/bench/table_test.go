package bench

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// run is a run with round figures.
func run(perSecond float64, cpu map[string]float64, verified bool) Run {
	r := Run{
		Events: 1_000_000, Customers: 100_000, EventsPerSecond: perSecond, BytesPerCustomer: 530.4, SettleSeconds: 2.2, CoreSpeed: 2600,
		Processes: map[string]Use{}, Course: []Point{{Outbox: 3}, {Outbox: 1205}, {}}, Verified: &verified, Verdict: "verified in 30 s",
	}
	for name, seconds := range cpu {
		r.Processes[name] = Use{CPUSecondsPerMillion: seconds, PeakMiB: 100 * seconds}
	}
	return r
}

func sample() *Report {
	peer := func(perSecond float64) Run {
		return Run{
			Events: 1_000_000, EventsPerSecond: perSecond, CoreSpeed: 2500,
			Processes: map[string]Use{ApplicationProcess: {21.25, 1290}, KafkaProcess: {3.5, 900}},
		}
	}
	ours := map[string]float64{ConsumerProcess: 5, PublisherProcess: 3, RedisProcess: 4, KafkaProcess: 2}
	return &Report{
		Workload: "shop", Events: 1_000_000, Partitions: 4, Cores: 2,
		Arms: []Arm{
			{Name: "Kafka Streams", Runs: []Run{peer(80_000), peer(70_000), peer(75_000)}},
			{Name: "clvstream", Runs: []Run{run(140_000, ours, true), run(160_000, ours, true), run(150_000, ours, true)}},
			{Name: "clvstream v1", Runs: []Run{run(30_000, ours, true), run(31_000, ours, false), run(32_000, ours, true)}},
		},
		Steady: []Steady{
			{Name: "clvstream", Rate: 20_000, Orders: 600_000, P50: 20.04, P99: 55.5, P999: 90, Most: 120, ProducerLate: 3, Processes: map[string]Use{RedisProcess: {4, 1}, KafkaProcess: {6, 1}}, CoreSpeed: 2600},
			{Name: "clvstream", Rate: 20_000, DueRate: 19_960, Orders: 600_000, P50: 30, P99: 110, P999: 150, Most: 200, CoreSpeed: 2600},
			{Name: "clvstream", Orders: 100, P50: 12, P99: 18, P999: 19, Most: 19, CoreSpeed: 2600},
		},
	}
}

func TestMarkdown(t *testing.T) {
	var got strings.Builder
	if err := sample().WriteMarkdown(&got); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "report.md")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

func TestMedianOfRuns(t *testing.T) {
	r := sample()
	if m := r.Arms[1].Median(); m.EventsPerSecond != 150_000 || m.CPUSecondsPerMillion() != 14 || m.OutboxPeak() != 1205 || !*m.Verified {
		t.Errorf("median %+v", m)
	}
	if m := r.Arms[2].Median(); *m.Verified {
		t.Error("one run of three is not verified, and the median is")
	}
	// A process that was not measured in every run has no median.
	r.Arms[0].Runs[2].Processes = nil
	if m := r.Arms[0].Median(); len(m.Processes) != 0 {
		t.Errorf("median of %+v", m.Processes)
	}
}

func TestThousands(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567.8: "1,234,568", -1000: "-1,000", -100: "-100"} {
		if got := thousands(x); got != want {
			t.Errorf("%v: %s, want %s", x, got, want)
		}
	}
}
