package receivers

import (
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
)

// consumersPath has the consumers that docs/receivers.md shows.
const consumersPath = "../../docs/examples/consumers"

// applied is what a consumer says of a record: of a change, or that the customer is erased.
type applied struct {
	CustomerID  string  `json:"customer_id"`
	Erased      bool    `json:"erased"`
	Version     uint64  `json:"version"`
	ID          string  `json:"id"`
	Reason      string  `json:"reason"`
	Current     string  `json:"current"`
	Currency    string  `json:"currency"`
	AsOf        string  `json:"as_of"`
	TraceParent *string `json:"traceparent"`
}

// consumers are the command lines of all, by name.
func consumers(t *testing.T, receivers *testbed.Receivers) map[string][]string {
	t.Helper()
	built := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", built+"/", "./...")
	build.Dir = filepath.Join(consumersPath, "go")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the consumers in Go: %v\n%s", err, out)
	}
	source := func(path string) string { return absolute(t, filepath.Join(consumersPath, path)) }
	return map[string][]string{
		"java":            receivers.Java(source("java/Changes.java")),
		"confluent-kafka": {"python", "-I", source("python/confluent_changes.py")},
		"aiokafka":        {"python", "-I", source("python/aiokafka_changes.py")},
		"kafkajs":         {"node", source("javascript/kafkajs_changes.mjs")},
		"franz-go":        {filepath.Join(built, "franzgo")},
		"kafka-go":        {filepath.Join(built, "kafkago")},
	}
}

// The consumers of docs/receivers.md apply every change that is committed, once and in order per
// customer, whatever it is compressed with, and nothing else that is in the topics: transactions
// that were aborted or are open, and what was said before. They stop at what is no change.
func TestConsumersApplyChanges(t *testing.T) {
	receivers := testbed.FindReceivers(t)
	o := outlet.New(t, testbed.RealPair(t))
	other := newOtherProducer(t, o)
	for i, compression := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		other.abort(t)
		o.Orders(t, 20)
		if i == 2 {
			o.Traced(t, tracedCustomer, traceparent)
		}
		publish(t, o, compression)
	}
	other.sayAgain(t)
	other.erase(t, "c3")
	topics := []string{o.Topics.Changes, o.Topics.Current}
	want := map[string][]applied{}                         // by topic
	following := map[string]map[string]*testbed.Follower{} // by topic and name
	for _, topic := range topics {
		want[topic], following[topic] = toApply(t, o, topic), map[string]*testbed.Follower{}
	}
	other.begin(t)
	for name, argv := range consumers(t, receivers) {
		for _, topic := range topics {
			arguments := append(argv[1:len(argv):len(argv)], strings.Join(o.Pair.Brokers, ","), topic, groupOf(topic, name), absolute(t, schemaPath))
			following[topic][name] = receivers.Follow(t, `{"customer_id":`, argv[0], arguments...)
		}
	}
	for _, topic := range topics {
		for name, f := range following[topic] {
			wantApplied(t, name+" on "+topic, f.AwaitSaid(t, len(want[topic])), want[topic])
		}
	}
	other.end(t, kgo.TryAbort)
	o.Orders(t, 20)
	publish(t, o, "none")
	for _, topic := range topics {
		want := toApply(t, o, topic)
		for name, f := range following[topic] {
			wantApplied(t, name+" on "+topic, f.AwaitSaid(t, len(want)), want)
			awaitCommitted(t, o, topic, groupOf(topic, name))
		}
	}
	for _, f := range following[o.Topics.Current] {
		f.Stop(t)
	}
	for _, record := range o.Committed(t, o.Topics.Changes) { // that is Kafka's partitioner, by another client
		if at := (kafka.Murmur2Balancer{}).Balance(kafka.Message{Key: record.Key}, 0, 1); int32(at) != record.Partition {
			t.Errorf("%s is in partition %d, not in %d", record.Key, record.Partition, at)
		}
	}
	no := other.produceNoChange(t)
	for name, f := range following[o.Topics.Changes] {
		if complaint := f.AwaitRefusal(t); !strings.Contains(complaint, "version") { // which it lacks
			t.Errorf("%s does not say what is missing:\n%s", name, complaint)
		}
		if at := committed(t, o, o.Topics.Changes, groupOf(o.Topics.Changes, name))[no.Partition]; at > no.Offset {
			t.Errorf("%s commits %d, beyond what it refused at %d", name, at, no.Offset)
		}
	}
}

func groupOf(topic, consumer string) string { return topic + "-" + consumer }

// toApply is what a consumer is to apply of a topic: of what was said again, the first only.
func toApply(t *testing.T, o *outlet.Outlet, topic string) (all []applied) {
	t.Helper()
	latest := map[string]uint64{}
	for _, record := range o.Committed(t, topic) {
		customer := string(record.Key)
		if record.Value == nil {
			delete(latest, customer)
			all = append(all, applied{CustomerID: customer, Erased: true})
			continue
		}
		said := published(t, record.Value)
		if said.Version <= latest[customer] {
			continue
		}
		latest[customer] = said.Version
		a := applied{
			CustomerID: customer, Version: said.Version, ID: outlet.Header(record, "ce_id"), Reason: said.Reason,
			Current: said.Current, Currency: "USD", AsOf: outlet.Header(record, "ce_time"),
		}
		if customer == tracedCustomer {
			trace := traceparent
			a.TraceParent = &trace
		}
		all = append(all, a)
	}
	return all
}

// wantApplied compares what is applied of each customer, in order.
func wantApplied(t *testing.T, name string, said [][]byte, want []applied) {
	t.Helper()
	var got []applied
	for _, line := range said {
		got = append(got, decoded[applied](t, line))
	}
	if got, want := byCustomer(got), byCustomer(want); !reflect.DeepEqual(got, want) {
		for customer := range got {
			if !reflect.DeepEqual(got[customer], want[customer]) {
				t.Errorf("%s applies to %s\n%+v\npublished is\n%+v", name, customer, got[customer], want[customer])
			}
		}
		t.Errorf("%s applies changes of %d customers, published are those of %d", name, len(got), len(want))
	}
}

func byCustomer(all []applied) map[string][]applied {
	of := map[string][]applied{}
	for _, a := range all {
		of[a.CustomerID] = append(of[a.CustomerID], a)
	}
	return of
}

// committed are the offsets of a group.
func committed(t *testing.T, o *outlet.Outlet, topic, group string) map[int32]int64 {
	t.Helper()
	offsets, err := o.Pair.Admin(t).FetchOffsets(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	at := map[int32]int64{}
	offsets.Each(func(of kadm.OffsetResponse) {
		if of.Topic == topic {
			at[of.Partition] = of.At
		}
	})
	return at
}

// awaitCommitted waits until a group's positions are behind all records.
func awaitCommitted(t *testing.T, o *outlet.Outlet, topic, group string) {
	t.Helper()
	last := map[int32]int64{}
	for _, record := range o.Committed(t, topic) {
		last[record.Partition] = record.Offset
	}
	testbed.Await(t, "group "+group+" to commit its positions", func() bool {
		at := committed(t, o, topic, group)
		for partition, offset := range last {
			if at[partition] <= offset {
				return false
			}
		}
		return true
	})
}
