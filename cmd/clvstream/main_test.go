package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/demo"
	"github.com/clvstream/clvstream/stream/change"
)

const sample = "../../internal/dataset/testdata/CDNOW_sample.txt"

// command runs a command line as main does.
func command(t *testing.T, args ...string) (out, errs string, status int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	root := newRoot()
	root.SetContext(t.Context())
	status = cli.Execute(root, args, &stdout, &stderr)
	return stdout.String(), stderr.String(), status
}

func TestDemoOfCDNOW(t *testing.T) {
	out, errs, status := command(t, "demo", "--input", sample, "--format", "cdnow", "--json")
	if status != 0 {
		t.Fatalf("status %d: %s%s", status, out, errs)
	}
	var got demo.Summary
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	got.Seconds, got.EventsPerSecond = 0, 0
	if got.DueChanges == 0 {
		t.Error("time has changed nothing")
	}
	if got.File == nil || got.File.Rows != 6919 || got.File.RefusedRows != 0 {
		t.Errorf("of the file it says %+v", got.File)
	}
	got.File = nil
	got.DueChanges = 0    // how many depends on how far stream time has come
	want := demo.Summary{ // the figures that come with the data
		Events: 6919, Customers: 2357, PurchaseDays: 6696, RepeatPurchases: 4339,
		RevenueMinor: 24409194, Changes: 6919, Verified: true,
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDemoWithAModelFile(t *testing.T) {
	out, errs, status := command(t, "demo", "--input", sample, "--format", "cdnow", "--model", "../../docs/examples/cdnow-mbgnbd.yaml")
	if status != 0 || !strings.Contains(out, "verified") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}

func TestDemoOfASimulatedShop(t *testing.T) {
	out, errs, status := command(t, "demo", "--for", "2s", "--customers", "200", "--days", "100")
	if status != 0 || !strings.Contains(out, "verified") || !strings.Contains(out, "->") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}

// until is output that is closed when it has some text.
type until struct {
	bytes.Buffer
	text string
	seen chan struct{}
	once sync.Once
}

func (u *until) Write(b []byte) (int, error) {
	n, err := u.Buffer.Write(b)
	if strings.Contains(u.String(), u.text) {
		u.once.Do(func() { close(u.seen) })
	}
	return n, err
}

// A demo without an end comes to its live traffic, and Ctrl-C ends it at once, there and before.
func TestDemoWithoutAnEnd(t *testing.T) {
	for _, text := range []string{"a simulated shop", "publishing the history", "->"} {
		ctx, interrupt := context.WithCancel(t.Context())
		out, errs := &until{text: text, seen: make(chan struct{})}, &bytes.Buffer{}
		root, ended := newRoot(), make(chan int, 1)
		root.SetContext(ctx)
		go func() { ended <- cli.Execute(root, []string{"demo", "--customers", "200", "--days", "100"}, out, errs) }()
		select {
		case <-out.seen:
		case status := <-ended:
			t.Fatalf("ended with status %d before %q: %s", status, text, errs)
		case <-time.After(time.Minute):
			t.Fatalf("%q never came", text)
		}
		interrupt()
		select {
		case status := <-ended:
			if status != 0 || !strings.Contains(out.String(), "not verified") {
				t.Errorf("after %q: status %d, %s%s", text, status, out.String(), errs)
			}
		case <-time.After(10 * time.Second): // an idle machine takes hundredths of one
			t.Fatalf("after %q, it has not ended", text)
		}
	}
}

func TestDemoOfACSVWithRowsThatCanNotBeUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orders.csv")
	text := "customer,time,amount\nc1,2024-01-01,10.00\nc1,yesterday,1.00\nc2,2024-01-02,5.00\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, _ := command(t, "demo", "--input", path, "--json", "--max-refused", "50")
	if !strings.Contains(errs, "such as line 3") || !strings.Contains(out, `"events": 2`) {
		t.Errorf("out %s\nerrors %s", out, errs)
	}
}

// What was typed wrong is answered with status 2 and what is allowed.
func TestMisuse(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"demp"}, "demo"},
		{[]string{"topics", "make"}, "topics -h"},
		{[]string{"lag", "--jason"}, "--json"},
		{[]string{"lag", "now"}, "unexpected argument"},
		{[]string{"get"}, "the customer's id"},
		{[]string{"demo", "--input", "nowhere.csv"}, "nowhere.csv"},
		{[]string{"demo", "--input", sample, "--format", "tsv"}, "cdnow"},
		{[]string{"demo", "--model", "nowhere.yaml"}, "nowhere.yaml"},
		{[]string{"demo", "--shop", "amazon"}, "mbgnbd"},
		{[]string{"demo", "--for", "-5s"}, "want 0s to 3h"},
		{[]string{"demo", "--days", "20000"}, "events.oldest"},
		{[]string{"simulate", "--days", "20000"}, "events.oldest"},
		{[]string{"demo", "--customers", "-1"}, "customers"},
		{[]string{"replay"}, "--input"},
		{[]string{"redrive", "--reason", "because"}, "too_late"},
		{[]string{"lag", "--set", "state.shard=8"}, "state.shards"},
	} {
		_, errs, status := command(t, c.args...)
		if status != cli.StatusUsage || !strings.Contains(errs, c.want) {
			t.Errorf("%v: status %d, want 2 and %q in: %s", c.args, status, c.want, errs)
		}
	}
}

// A deployment at work, and the commands that look at it.
func TestCommandsOnADeployment(t *testing.T) {
	p := deployment(t)
	on := []string{"--brokers", strings.Join(p.cfg.Kafka.Brokers, ","), "--redis", p.cfg.Redis.Addresses[0]}
	ask := func(want int, args ...string) string {
		t.Helper()
		out, errs, status := command(t, append(args, on...)...)
		if status != want {
			t.Fatalf("%v: status %d, want %d: %s%s", args, status, want, out, errs)
		}
		return out
	}
	ask(0, "topics", "check")
	if out := ask(0, "topics", "describe", "--json"); !strings.Contains(out, `"clv.progress"`) {
		t.Error(out)
	}
	ask(0, "replay", "--input", sample, "--format", "cdnow")
	if err := p.cluster.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Key: []byte("k"), Value: []byte("no JSON")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := p.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := ask(0, "lag", "--json"); !strings.Contains(out, `"records": 0`) || !strings.Contains(out, `"outbox": 0`) {
		t.Error(out)
	}
	holdOpen(t, p, ask)
	var view change.Values
	if err := json.Unmarshal([]byte(ask(0, "get", "00004", "--json")), &view); err != nil || view.Text("orders") != "4" || view.Text("revenue") != "100.50" {
		t.Errorf("%s, %v", asJSONText(t, view), err)
	}
	ask(0, "get", "00004")
	ask(cli.StatusFailed, "get", "nobody")
	readme(t, ask(0, "watch", "--from-start", "--customer", "00004", "--limit", "4", "--json"))
	if out := ask(0, append([]string{"verify", "--json"}, asleep...)...); !strings.Contains(out, `"dead_letters": 1`) {
		t.Error(out)
	}
	if out := ask(0, "redrive"); !strings.Contains(out, "undecodable") || !strings.Contains(out, "--yes") {
		t.Error(out)
	}
	if out := ask(0, "redrive", "--yes"); !strings.Contains(out, "sent 1 letters back") {
		t.Error(out)
	}
	if err := p.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := ask(0, append([]string{"verify", "--json"}, asleep...)...); !strings.Contains(out, `"dead_letters": 2`) {
		t.Errorf("the letter sent back is refused again, as a second one: %s", out)
	}
	if out := ask(0, "redrive", "--json"); strings.Count(out, `"reason"`) != 1 || !strings.Contains(out, `"sent_back": 1`) {
		t.Errorf("want the letter that came back, once, and none before the last run: %s", out)
	}
	if out := ask(0, "redrive", "--from-start"); !strings.Contains(out, "sent before") || !strings.Contains(out, "2 letters (1 new), none sent") {
		t.Error(out)
	}
}

// holdOpen leaves a transaction open for a while: lag counts what it holds, and names it.
func holdOpen(t *testing.T, p *pipeline, ask func(want int, args ...string) string) {
	t.Helper()
	producer, err := kgo.NewClient(kgo.SeedBrokers(p.cfg.Kafka.Brokers...), kgo.TransactionalID("shop-7"))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	if err := producer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := producer.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Value: []byte("{}")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	out := ask(0, "lag")
	for _, want := range []string{"records not applied: 0\n", "records behind open transactions: 1\n", "shop-7", "by its producer, or aborted at 2"} {
		if !strings.Contains(out, want) {
			t.Errorf("lag does not say %q: %s", want, out)
		}
	}
	out = ask(0, "lag", "--json")
	for _, want := range []string{`"records": 0`, `"held": 1`, `"transactional_id": "shop-7"`, `"state": "Ongoing"`} {
		if !strings.Contains(out, want) {
			t.Errorf("lag --json does not say %q: %s", want, out)
		}
	}
	if err := producer.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	if out := ask(0, "lag", "--json"); !strings.Contains(out, `"open_transactions": []`) {
		t.Error(out)
	}
}

// verify finds a state that was tampered with, and says so by its status.
func TestVerifyFindsWhatIsOff(t *testing.T) {
	p := deployment(t)
	on := []string{"--brokers", strings.Join(p.cfg.Kafka.Brokers, ","), "--redis", p.cfg.Redis.Addresses[0]}
	command(t, append([]string{"simulate", "--customers", "50", "--days", "60"}, on...)...)
	if err := p.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for shard := 0; ; shard++ {
		key := fmt.Sprintf("clv:{s%03d}:customers", shard)
		ids, err := p.redis.HKeys(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		if len(ids) > 0 {
			p.redis.HDel(t.Context(), key, ids[0])
			break
		}
	}
	out, errs, status := command(t, append([]string{"verify"}, on...)...)
	if status != cli.StatusFailed || !strings.Contains(out, "NOT verified") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}

// pipeline is a deployment at work, and a test's own connections to it.
type pipeline struct {
	*system
	work *demo.Pipeline
}

func startPipeline(ctx context.Context, cfg config.Config) (*pipeline, error) {
	work, err := demo.On(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s, err := connect(ctx, cfg, nil, needKafka, needState)
	if err != nil {
		return nil, errors.Join(err, work.Stop())
	}
	return &pipeline{s, work}, nil
}

func (p *pipeline) drain(ctx context.Context) error { return p.work.Await(ctx) }

func (p *pipeline) stop() error {
	p.close()
	return p.work.Stop()
}

// deployment runs the pipeline on the embedded pair until the test ends.
func deployment(t *testing.T) *pipeline {
	t.Helper()
	servers, err := demo.StartServers()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(servers.Close)
	cfg := config.Default()
	cfg.Awake = config.Awake{Mode: config.AwakeWall, QuietAfter: time.Second} // what is asked for here is what events do
	cfg.Kafka.Brokers, cfg.Redis.Addresses, cfg.Redis.Checks = servers.Brokers(), []string{servers.RedisAddress()}, config.ChecksOff
	p, err := startPipeline(context.WithoutCancel(t.Context()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// asleep are the settings of a deployment that watches nothing while nothing
// happens.
var asleep = []string{
	"--set", "awake.cooling.silence_quantile=0", "--set", "awake.dormant.silence_quantile=0",
	"--set", "awake.lost.silence_days=0", "--set", "awake.won_back_days=0", "--set", "awake.acquisition_floor=0",
}

// readme holds the change shown in README.md to what is announced.
func readme(t *testing.T, changes string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(changes), "\n")
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "```json\n{\"customer_id\"")
	shown, _, closed := strings.Cut(after, "```")
	var want, got any
	if err := json.Unmarshal([]byte("{\"customer_id\""+shown), &want); err != nil || !found || !closed {
		t.Fatalf("README.md shows no change: %v", err)
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &got); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	if !bytes.Equal(a, b) {
		t.Errorf("README.md shows %s\nannounced is    %s", a, b)
	}
}
