package process

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
)

// beProgram makes this test binary one of the programs, so that tests can run,
// signal and scrape them as processes of their own without building more.
const beProgram = "CLVSTREAM_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if name, ok := os.LookupEnv(beProgram); ok {
		os.Unsetenv(beProgram)
		go endWithParent()
		program := map[string]Program{"consumer": Consumer, "publisher": Publisher}[name]
		os.Exit(Main(program, os.Args[1:], os.Stdout, os.Stderr))
	}
	testbed.Main(m)
}

// endWithParent ends this process when the test that started it is gone: nobody
// else has the other end of its standard input.
func endWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(3)
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
	if _, err := cluster.CreateTopics(t.Context(), kadm.NewClient(pair.KafkaClient(t)), assembly.TopicSpecs(cfg)); err != nil {
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

// config is what the flags and variables are loaded as, for a Process in this
// process.
func (d *deployment) config(t *testing.T, program Program, env []string, more ...string) config.Config {
	t.Helper()
	cmd := Command(program, nil)
	if err := cmd.ParseFlags(d.flags(program, more...)); err != nil {
		t.Fatal(err)
	}
	cfg, _, err := config.Load(config.Options{Env: env, Flags: cmd.Flags()})
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

// records waits for n records on a topic, as a reader of committed records sees
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
		for _, r := range fetches.Records() {
			if !strings.HasPrefix(header(r, "ce_id"), change.DueIDPrefix) {
				records = append(records, r)
			}
		}
	}
	return records
}
