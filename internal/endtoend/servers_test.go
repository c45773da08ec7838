package endtoend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/bench"
	"github.com/clvstream/clvstream/internal/bench/workload"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

// The broker as it would run in production, on a small machine: all of the JVM's
// compilers, the default collector, 1 GB of heap. What is deleted goes at once, since
// each run leaves gigabytes.
var (
	brokerFlags      = []string{"-XX:TieredStopAtLevel=4", "-XX:-UseSerialGC", "-XX:+UseG1GC", "-Xms1g", "-Xmx1g"}
	brokerProperties = map[string]string{
		"log.segment.delete.delay.ms": "1000",
		// The testbed's are for tests that kill brokers; on busy cores they depose one that lives.
		"broker.session.timeout.ms": "30000", "broker.heartbeat.interval.ms": "2000",
	}
)

// servers are one broker for all runs, and a Redis for each.
type servers struct {
	ctx        context.Context // done by Ctrl-C
	kafka      *testbed.Kafka  // nil: embedded
	brokers    []string
	admin      *kadm.Client
	partitions int
	names      int
}

func startServers(ctx context.Context, t *testing.T, partitions int) *servers {
	t.Helper()
	kafka := testbed.StartKafka(t, testbed.KafkaOptions{Brokers: 1, JVMFlags: brokerFlags, Properties: brokerProperties})
	s := &servers{ctx: ctx, kafka: kafka, brokers: kafka.Addrs(), partitions: partitions}
	s.connect(t)
	return s
}

func (s *servers) connect(t *testing.T) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.brokers...))
	need(t, err)
	t.Cleanup(client.Close)
	s.admin = kadm.NewClient(client)
}

// kafkaPIDs is the broker's process; none of an embedded one.
func (s *servers) kafkaPIDs() []int {
	if s.kafka == nil {
		return nil
	}
	return []int{s.kafka.Nodes[0].PID()}
}

// unique is a name for topics and namespaces.
func (s *servers) unique(name string) string {
	s.names++
	return fmt.Sprintf("%s-%d", name, s.names)
}

func (s *servers) createTopic(t *testing.T, topic string) {
	t.Helper()
	_, err := cluster.CreateTopics(s.ctx, s.admin, []cluster.TopicSpec{{Name: topic, Partitions: int32(s.partitions), ReplicationFactor: 1}})
	need(t, err)
}

// deleteTopics deletes the topics whose names begin with a name.
func (s *servers) deleteTopics(t *testing.T, name string) {
	t.Helper()
	topics, err := s.admin.ListTopics(s.ctx)
	need(t, err)
	for _, topic := range topics.Names() {
		if strings.HasPrefix(topic, name) {
			_, err := s.admin.DeleteTopics(s.ctx, topic)
			need(t, err)
		}
	}
}

// input is a workload that waits in topics of its own.
type input struct {
	topics    []string
	events    int
	customers int
}

// load makes a workload's topics and fills them.
func (s *servers) load(t *testing.T, name string, events int) input {
	t.Helper()
	in := input{topics: []string{s.unique("orders")}}
	if name == workload.Hostile { // a topic without records would hold due times back
		in.topics = append(in.topics, s.unique("churn"))
	}
	for _, topic := range in.topics {
		s.createTopic(t, topic)
	}
	in.fill(t, s, name, workload.Options{Events: events, Seed: 1, End: time.Now(), Span: bench.TwoYears})
	return in
}

// fill adds a workload to what waits in the topics.
func (in *input) fill(t *testing.T, s *servers, name string, o workload.Options) {
	t.Helper()
	o.Currency = currency
	records, err := workload.New(name, o)
	need(t, err)
	need(t, bench.Load(s.ctx, cluster.Access{Brokers: s.brokers}, in.topics, records))
	in.events, in.customers = o.Events, records.Customers()
	progress("%s: %d events of %d customers wait, at most %d of one", name, in.events, in.customers, records.Largest())
}

// progress tells whoever waits.
func progress(format string, values ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format(time.TimeOnly)+" "+format+"\n", values...)
}

// need ends the test on an error, and on Ctrl-C with a short word.
func need(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, context.Canceled) {
		t.Fatal("interrupted")
	}
	if err != nil {
		t.Fatal(err)
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	need(t, err)
	return path
}
