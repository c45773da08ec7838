package integration

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/backlog"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/logging"
	"github.com/clvstream/clvstream/internal/process"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/verify"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

// journal is the log of all that runs in this process.
var journal lines

func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "4") // what runs side by side waits for servers, most of the time
	logging.Install(&journal, config.Default().Telemetry)
	testbed.Main(m)
}

// patience is how long a test waits for what must happen: with others beside it, on
// a machine that is slow today, replaying and verifying a data set has taken 90 s.
const patience = 4 * time.Minute

// deployment is a namespace of its own on a pair of servers, with its topics.
type deployment struct {
	pair        *testbed.Pair
	settings    []string // key=value, as both programs take them
	config      config.Config
	kafka       cluster.Access
	client      *kgo.Client
	admin       *kadm.Client
	redis       redis.UniversalClient
	environment []string // of the programs that are spawned
}

// deploy makes the deployment's topics. Settings are key=value and win over those
// that make tests quick: few shards, short sessions, small batches.
func deploy(t *testing.T, pair *testbed.Pair, settings ...string) *deployment {
	t.Helper()
	namespace := testbed.Unique(t)
	d := &deployment{pair: pair, settings: append([]string{
		"namespace=" + namespace,
		"kafka.brokers=" + strings.Join(pair.Brokers, ","),
		"kafka.session_timeout=1s",
		"redis.addresses=" + strings.Join(pair.RedisAddrs, ","),
		"input.topics=" + namespace + "-orders," + namespace + "-churn",
		"input.idle_watermark_interval=200ms",
		"input.fetch_max_wait=100ms",
		"input.batch_max_records=500",
		"state.shards=8",
		"publisher.lanes=2",
		"publisher.transaction_timeout=10s",
		"topics.partitions=3",
		"telemetry.consumer_listen=127.0.0.1:0",
		"telemetry.publisher_listen=127.0.0.1:0",
		"telemetry.log_format=json",
	}, settings...)}
	if len(pair.Redis) == 0 {
		d.settings = append(d.settings, "redis.checks=off") // miniredis has no CONFIG
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of the log:\n%s", journal.tail(80))
		}
	})
	d.config = d.load(t)
	d.kafka = must(assembly.Kafka(d.config))(t)
	d.client = newProducer(t, pair)
	d.admin = kadm.NewClient(d.client)
	d.redis = must(assembly.Redis(d.config))(t)
	t.Cleanup(func() { _ = d.redis.Close() })
	must(cluster.CreateTopics(t.Context(), d.admin, assembly.TopicSpecs(d.config)))(t)
	return d
}

// newProducer is a client that finds new topics at once and partitions as Kafka's
// own producers do.
func newProducer(t *testing.T, pair *testbed.Pair, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	return pair.KafkaClient(t, append(options, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.MetadataMinAge(50*time.Millisecond))...)
}

// flags are the deployment's settings on a command line.
func (d *deployment) flags(more ...string) []string {
	var flags []string
	for _, setting := range d.settings {
		flags = append(flags, "--set", setting)
	}
	return append(flags, more...)
}

// load reads the settings as the programs do.
func (d *deployment) load(t *testing.T, more ...string) config.Config {
	t.Helper()
	cmd := process.Command(process.Consumer, nil)
	if err := cmd.ParseFlags(d.flags(more...)); err != nil {
		t.Fatal(err)
	}
	cfg, _, err := config.Load(config.Options{Flags: cmd.Flags()})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// store opens the deployment's state, as a process of its own would.
func (d *deployment) store(t *testing.T) *state.Store {
	t.Helper()
	return must(assembly.Store(t.Context(), d.config, d.redis))(t)
}

// settle waits until all input is applied and all changes are published.
func (d *deployment) settle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := backlog.Wait(ctx, d.admin, d.store(t), d.config.Input.Topics, assembly.Clock(d.config)); err != nil {
		t.Fatal(err)
	}
}

// backlog is what waits now.
func (d *deployment) backlog(t *testing.T) backlog.Backlog {
	t.Helper()
	return must(backlog.Read(t.Context(), d.admin, d.store(t), d.config.Input.Topics))(t)
}

// verify recomputes everything from the log by other means, and ends the test
// if anything is off.
func (d *deployment) verify(t *testing.T) verify.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	report := must(verify.Run(ctx, verify.Config{
		Kafka:       d.kafka,
		InputTopics: d.config.Input.Topics,
		Topics:      cluster.OutputTopicsOf(d.config.Namespace),
		Store:       d.store(t),
		Rules:       must(assembly.Decoding(d.config))(t),
		Valuation:   must(inforce.Resolver{Config: d.config}.Valuation())(t),
	}))(t)
	if !report.Verified {
		t.Fatalf("not verified:\n%s", report)
	}
	return report
}

// settled settles and verifies.
func (d *deployment) settled(t *testing.T) verify.Report {
	t.Helper()
	d.settle(t)
	return d.verify(t)
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: waited %s in vain", what, patience)
		}
	}
}

// applied is how many records of the input all shards together have applied. It
// says 0 while Redis does not answer.
func (d *deployment) applied(t *testing.T, store *state.Store) (records int64) {
	t.Helper()
	shards, err := store.Applied(t.Context())
	if err != nil {
		return 0
	}
	for _, shard := range shards {
		for _, offset := range shard {
			records += offset
		}
	}
	return records
}

// published is how many records the changes topic holds, transaction markers
// included. It says 0 while Kafka does not answer.
func (d *deployment) published(t *testing.T) (records int64) {
	t.Helper()
	ends, err := d.admin.ListCommittedOffsets(t.Context(), d.config.ChangesTopic())
	if err != nil {
		return 0
	}
	ends.Each(func(end kadm.ListedOffset) { records += end.Offset })
	return records
}

// committed reads all committed records of a topic.
func (d *deployment) committed(t *testing.T, topic string) []*kgo.Record {
	t.Helper()
	ends := must(d.admin.ListEndOffsets(t.Context(), topic))(t)
	reader := d.pair.KafkaClient(t, kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords())
	defer reader.Close()
	left := map[int32]int64{}
	ends.Each(func(end kadm.ListedOffset) {
		if end.Offset > 0 {
			left[end.Partition] = end.Offset
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var records []*kgo.Record
	for len(left) > 0 {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("read %s: %v", topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
			if !r.Attrs.IsControl() {
				records = append(records, r)
			}
		})
	}
	return records
}

// produce writes records and returns when they are in the log.
func (d *deployment) produce(t *testing.T, records ...*kgo.Record) {
	t.Helper()
	if err := d.client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(fmt.Errorf("produce: %w", err))
	}
}
