package process

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream"
)

// beProgram makes this test binary one of the programs, so that tests can run,
// signal and scrape them as processes of their own without building more.
const beProgram = "CLVSTREAM_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if name, ok := os.LookupEnv(beProgram); ok {
		os.Unsetenv(beProgram)
		program := map[string]Program{"consumer": Consumer, "publisher": Publisher}[name]
		os.Exit(Main(program, os.Args[1:], os.Stdout, os.Stderr))
	}
	testbed.Main(m)
}

// patience is how long a test waits for what must happen.
const patience = 60 * time.Second

// deployment is a namespace on a pair, with its topics.
type deployment struct {
	pair      *testbed.Pair
	namespace string
	topic     string // of input
}

func deploy(t *testing.T, pair *testbed.Pair) *deployment {
	t.Helper()
	d := &deployment{pair: pair, namespace: testbed.Unique(t)}
	d.topic = d.namespace + "-orders"
	cfg := config.Default()
	cfg.Namespace, cfg.Input.Topics, cfg.Topics.Partitions, cfg.Publisher.Lanes = d.namespace, []string{d.topic}, 2, 2
	if _, err := stream.CreateTopics(t.Context(), kadm.NewClient(pair.KafkaClient(t)), assembly.TopicSpecs(cfg)); err != nil {
		t.Fatal(err)
	}
	return d
}

// flags point a program at the deployment.
func (d *deployment) flags(program Program, more ...string) []string {
	flags := []string{
		"--brokers", strings.Join(d.pair.Brokers, ","),
		"--redis", strings.Join(d.pair.RedisAddrs, ","),
		"--namespace", d.namespace,
		"--listen", "127.0.0.1:0",
		"--log-format", "json",
		"--set", "redis.checks=off",
		"--set", "state.shards=4",
		"--set", "publisher.lanes=2",
		"--set", "business.currency=USD",
		"--set", "input.idle_watermark_interval=200ms",
	}
	if program.name == Consumer.name {
		flags = append(flags, "--topics", d.topic)
	}
	return append(flags, more...)
}

// config is the same as flags would load it, for a Process in this process.
func (d *deployment) config(t *testing.T, program Program, more ...string) config.Config {
	t.Helper()
	cmd := Command(program, nil)
	if err := cmd.ParseFlags(d.flags(program, more...)); err != nil {
		t.Fatal(err)
	}
	cfg, _, err := config.Load(config.Options{Flags: cmd.Flags()})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// order is an order event of a customer.
func order(n int, customer string) *kgo.Record {
	return &kgo.Record{
		Key: []byte(customer),
		Value: fmt.Appendf(nil, `{"type":"order.placed","event_id":"e%d","order_id":"o%d","customer_id":%q,"occurred_at":"2024-01-%02dT00:00:00Z","amount":"10.50","currency":"USD"}`,
			n, n, customer, n%28+1),
	}
}

func (d *deployment) produce(t *testing.T, records ...*kgo.Record) {
	t.Helper()
	for _, r := range records {
		r.Topic = d.topic
	}
	if err := d.pair.KafkaClient(t).ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// changes waits for n records on a topic, as a reader of committed records sees
// them.
func (d *deployment) records(t *testing.T, topic string, n int) []*kgo.Record {
	t.Helper()
	reader := d.pair.KafkaClient(t, kgo.ConsumeTopics(topic),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var records []*kgo.Record
	for len(records) < n {
		fetches := reader.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("%d of %d records on %s", len(records), n, topic)
		}
		records = append(records, fetches.Records()...)
	}
	return records
}

// child is a program that runs in a process of its own.
type child struct {
	cmd   *exec.Cmd
	log   *lines
	out   bytes.Buffer
	ended chan struct{}
}

// start runs a program with exactly the variables given, and kills what is left
// of it when the test is over.
func start(t *testing.T, program Program, env []string, args ...string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(self, args...), log: &lines{}, ended: make(chan struct{})}
	c.cmd.Env = append(slices.Clone(env), beProgram+"="+program.name, "GOCOVERDIR="+t.TempDir())
	c.cmd.Dir = t.TempDir()
	c.cmd.Stdout, c.cmd.Stderr = &c.out, c.log
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = c.cmd.Wait() // the status is asked for later
		close(c.ended)
	}()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		<-c.ended
		if t.Failed() {
			t.Logf("log of %s:\n%s", program.name, c.log)
		}
	})
	return c
}

// status waits for the end and gives the exit status.
func (c *child) status(t *testing.T) int {
	t.Helper()
	select {
	case <-c.ended:
	case <-time.After(patience):
		t.Fatalf("%s has not ended", filepath.Base(c.cmd.Path))
	}
	return c.cmd.ProcessState.ExitCode()
}

// terminate asks it to stop, as an orchestrator does.
func (c *child) terminate(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// says waits for a log line with the message and gives its values.
func (c *child) says(t *testing.T, message string) map[string]any {
	t.Helper()
	var found map[string]any
	eventually(t, "a log line "+message, func() bool {
		found = c.log.find(message)
		return found != nil || c.hasEnded()
	})
	if found == nil {
		t.Fatalf("it ended without the log line %s", message)
	}
	return found
}

func (c *child) hasEnded() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// url is a path of what it serves.
func (c *child) url(t *testing.T, path string) string {
	t.Helper()
	return fmt.Sprintf("http://%s%s", c.says(t, "starting")["listen"], path)
}

// ready waits until it says that it works.
func (c *child) ready(t *testing.T) {
	t.Helper()
	url := c.url(t, "/readyz")
	eventually(t, "readiness", func() bool { status, _ := get(t, url); return status == http.StatusOK })
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: waited %s in vain", what, patience)
		}
	}
}

// lines is a log that is read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// find is the first line with a message, nil when there is none.
func (l *lines) find(message string) map[string]any {
	for s := bufio.NewScanner(strings.NewReader(l.String())); s.Scan(); {
		var line map[string]any
		if json.Unmarshal(s.Bytes(), &line) == nil && line["msg"] == message {
			return line
		}
	}
	return nil
}
