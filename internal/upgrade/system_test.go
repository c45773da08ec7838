package upgrade

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/backlog"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/process"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/verify"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // what this process itself says of the servers
	testbed.Main(m)
}

// patience is how long a test waits for what must happen.
const patience = 4 * time.Minute

// system is a namespace of its own on the shared servers.
type system struct {
	flags  []string // the settings, as every program takes them
	config config.Config
	kafka  cluster.Access
	admin  *kadm.Client
	redis  redis.UniversalClient
	store  *state.Store
}

// newSystem makes the topics and gives birth to the namespace. Sessions are short,
// so that the groups rebalance quickly.
func newSystem(t *testing.T, pair *testbed.Pair) *system {
	t.Helper()
	namespace := testbed.Unique(t)
	s := &system{}
	for _, setting := range []string{
		"namespace=" + namespace,
		"kafka.brokers=" + strings.Join(pair.Brokers, ","),
		"kafka.session_timeout=1s",
		"redis.addresses=" + strings.Join(pair.RedisAddrs, ","),
		"input.topics=" + namespace + "-orders," + namespace + "-churn",
		"input.idle_watermark_interval=200ms",
		"input.fetch_max_wait=100ms",
		"input.batch_max_records=500",
		"state.shards=8",
		"publisher.lanes=4",
		"publisher.transaction_timeout=10s",
		"topics.partitions=3",
		"telemetry.consumer_listen=127.0.0.1:0",
		"telemetry.publisher_listen=127.0.0.1:0",
	} {
		s.flags = append(s.flags, "--set", setting)
	}
	cmd := process.Command(process.Consumer, nil)
	if err := cmd.ParseFlags(s.flags); err != nil {
		t.Fatal(err)
	}
	cfg, _, err := config.Load(config.Options{Flags: cmd.Flags()})
	if err != nil {
		t.Fatal(err)
	}
	s.config = cfg
	s.kafka = must(assembly.Kafka(cfg))(t)
	s.admin = kadm.NewClient(pair.KafkaClient(t))
	s.redis = must(assembly.Redis(cfg))(t)
	t.Cleanup(func() { _ = s.redis.Close() })
	must(cluster.CreateTopics(t.Context(), s.admin, assembly.TopicSpecs(cfg)))(t)
	s.store = must(assembly.Store(t.Context(), cfg, s.redis))(t)
	return s
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

// run starts a program of a version, until it is stopped.
func (s *system) run(t *testing.T, version, program string) (stop func()) {
	t.Helper()
	return testbed.StartProgram(t, append([]string{filepath.Join(version, program)}, s.flags...)...)
}

// works waits until so many consumers and publishers share the work, and then until
// events of every input partition have been applied, due times of every shard fired,
// and changes published.
func (s *system) works(t *testing.T, consumers, publishers int) {
	t.Helper()
	for group, members := range map[string]int{s.config.Input.Group: consumers, s.config.Publisher.Group: publishers} {
		eventually(t, fmt.Sprintf("%d members of group %s", members, group), func() bool { return s.shared(t, group, members) })
	}
	was := s.done(t)
	eventually(t, "work", func() bool {
		now := s.done(t)
		for what, n := range was {
			if now[what] <= n {
				return false
			}
		}
		return true
	})
}

// shared says whether a group has settled with so many members, each with a share.
func (s *system) shared(t *testing.T, group string, members int) bool {
	described, err := s.admin.DescribeGroups(t.Context(), group)
	if err != nil || described[group].State != "Stable" || len(described[group].Members) != members {
		return false
	}
	for _, member := range described[group].Members {
		if assigned, ok := member.Assigned.AsConsumer(); !ok || len(assigned.Topics) == 0 {
			return false
		}
	}
	return true
}

// done is how far the system has come: by input partition, by shard, and with changes.
func (s *system) done(t *testing.T) map[string]int64 {
	t.Helper()
	done := map[string]int64{}
	for shard, applied := range must(s.store.Applied(t.Context()))(t) {
		for source, offset := range applied {
			done[source.String()] += offset
		}
		done[fmt.Sprint("shard ", shard)] = must(s.store.Customers(t.Context(), shard, []string{"nobody"}))(t).FiredMicros
	}
	must(s.admin.ListCommittedOffsets(t.Context(), s.config.ChangesTopic()))(t).Each(func(end kadm.ListedOffset) { done["changes"] += end.Offset })
	return done
}

// settle waits until all input is applied, all that is due fired, and all changes are
// published.
func (s *system) settle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := backlog.Wait(ctx, s.admin, s.store, s.config.Input.Topics, assembly.Clock(s.config)); err != nil {
		t.Fatal(err)
	}
}

// verify recomputes everything from the log by other means.
func (s *system) verify(t *testing.T) verify.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	report := must(verify.Run(ctx, verify.Config{
		Kafka:       s.kafka,
		InputTopics: s.config.Input.Topics,
		Topics:      cluster.OutputTopicsOf(s.config.Namespace),
		Store:       s.store,
		Rules:       must(assembly.Decoding(s.config))(t),
		Valuation:   must(inforce.Resolver{Config: s.config}.Valuation())(t),
	}))(t)
	if !report.Verified {
		t.Fatalf("not verified:\n%s", report)
	}
	return report
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: waited %s in vain", what, patience)
		}
	}
}
