package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/fetch"
)

// intake is an input topic, and a state to bring it into.
type intake struct {
	pair     *testbed.Pair
	topic    string
	store    *state.Store
	producer *kgo.Client
	sent     int
}

func newIntake(t *testing.T, pair *testbed.Pair, partitions int32) *intake {
	t.Helper()
	in := &intake{pair: pair, topic: testbed.Unique(t)}
	admin := pair.Admin(t)
	if _, err := cluster.CreateTopics(t.Context(), admin, []cluster.TopicSpec{{Name: in.topic, Partitions: partitions, ReplicationFactor: -1}}); err != nil {
		t.Fatal(err)
	}
	var err error
	in.store, err = state.Open(t.Context(), pair.RedisClient(t), state.Options{Namespace: in.topic, Shards: 4, CacheCustomers: 100})
	if err != nil {
		t.Fatal(err)
	}
	in.producer = pair.KafkaClient(t, kgo.DefaultProduceTopic(in.topic), kgo.MetadataMinAge(50*time.Millisecond))
	return in
}

// consumer is one that looks after its claims often.
func (in *intake) consumer(t *testing.T) *Consumer {
	t.Helper()
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	rates, err := money.NewRates(usd)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewConsumer(t.Context(), ConsumerConfig{
		Kafka: cluster.Access{Brokers: in.pair.Brokers, ClientID: "test"}, Topics: []string{in.topic}, Group: in.topic, Store: in.store,
		Rules: event.Rules{Rates: rates}, Valuation: *outlet.Valuation(t),
		AdvanceEvery: 50 * time.Millisecond, MaxWait: 20 * time.Millisecond, SessionTimeout: 2 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// run runs a consumer or publisher until stop is called, which gives its error.
func run(t *testing.T, work func(context.Context) error) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	var err error
	go func() {
		defer close(ended)
		err = work(ctx)
	}()
	stop = func() error {
		cancel()
		<-ended
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return stop
}

// send writes an order of each of n customers.
func (in *intake) send(t *testing.T, n int) {
	t.Helper()
	for range n {
		value := fmt.Sprintf(`{"type":"order.placed","event_id":"e%d","order_id":"o%d","customer_id":"c%d","occurred_at":"2024-01-02T03:04:05Z","amount":"1.00"}`, in.sent, in.sent, in.sent)
		in.sent++
		testbed.Produce(t, in.producer, &kgo.Record{Value: []byte(value)})
	}
}

// applied waits until every order that was sent is in the state, once.
func (in *intake) applied(t *testing.T) {
	t.Helper()
	for i := range in.sent {
		testbed.Await(t, fmt.Sprintf("customer c%d", i), func() bool {
			customer, err := in.store.Customer(t.Context(), fmt.Sprintf("c%d", i))
			if err != nil {
				t.Fatal(err)
			}
			return customer != nil && customer.Version == 1
		})
	}
}

func (c *Consumer) claimOf(partition cluster.Partition) *state.Claim {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.tasks[partition]; t != nil {
		return t.claim.Load()
	}
	return nil
}

// A cluster that has just come up elects leaders, and says so for a moment. A program
// that starts in that moment waits for them; for a topic that is not there it does not.
func TestStartsWhileLeadersAreElected(t *testing.T) {
	outputs := cluster.OutputTopics{Changes: "changes", Current: "current", DeadLetter: "deadletter", Progress: "progress"}
	store, err := state.Open(t.Context(), testbed.EmbeddedPair(t).RedisClient(t), state.Options{Namespace: "n", Shards: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []struct {
		name   string
		topics []string
		asks   kmsg.Key
		start  func(cluster.Access) error
	}{
		{"consumer", []string{"orders"}, kmsg.ListOffsets, func(client cluster.Access) error {
			_, err := NewConsumer(t.Context(), ConsumerConfig{Kafka: client, Topics: []string{"orders"}, Group: "g", Store: store})
			return err
		}},
		{"publisher", []string{"changes", "current", "deadletter", "progress"}, kmsg.Metadata, func(client cluster.Access) error {
			_, err := NewPublisher(t.Context(), PublisherConfig{Kafka: client, Topics: outputs, Group: "g", Store: store})
			return err
		}},
	} {
		t.Run(program.name, func(t *testing.T) {
			fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, program.topics...))
			if err != nil {
				t.Fatal(err)
			}
			defer fake.Close()
			refused := withoutLeaders(fake, program.asks, 3)
			client := cluster.Access{Brokers: fake.ListenAddrs(), ClientID: "test"}
			if err := program.start(client); err != nil {
				t.Errorf("it ended with %v", err)
			}
			if refused() == 0 {
				t.Error("it was not refused once")
			}

			empty, err := kfake.NewCluster(kfake.NumBrokers(1))
			if err != nil {
				t.Fatal(err)
			}
			defer empty.Close()
			client.Brokers = empty.ListenAddrs()
			if err := program.start(client); err == nil || !strings.Contains(err.Error(), "`clvstream topics create`") {
				t.Errorf("without its topics it ended with %v", err)
			}
		})
	}
}

// withoutLeaders makes a cluster answer a request so many times that there is no leader,
// and tells how often it did.
func withoutLeaders(cluster *kfake.Cluster, key kmsg.Key, times int64) (refused func() int64) {
	var n atomic.Int64
	code := kerr.LeaderNotAvailable.Code
	cluster.ControlKey(key.Int16(), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		switch ask := request.(type) {
		case *kmsg.ListOffsetsRequest:
			if n.Load() >= times {
				return nil, nil, false
			}
			response := ask.ResponseKind().(*kmsg.ListOffsetsResponse)
			for _, topic := range ask.Topics {
				answer := kmsg.ListOffsetsResponseTopic{Topic: topic.Topic}
				for _, p := range topic.Partitions {
					answer.Partitions = append(answer.Partitions, kmsg.ListOffsetsResponseTopicPartition{Partition: p.Partition, ErrorCode: code})
				}
				response.Topics = append(response.Topics, answer)
			}
			n.Add(1)
			return response, nil, true
		case *kmsg.MetadataRequest:
			if n.Load() >= times || len(ask.Topics) == 0 {
				return nil, nil, false
			}
			response := ask.ResponseKind().(*kmsg.MetadataResponse)
			host, port, _ := net.SplitHostPort(cluster.ListenAddrs()[0])
			number, _ := strconv.ParseInt(port, 10, 32)
			response.Brokers = []kmsg.MetadataResponseBroker{{NodeID: 0, Host: host, Port: int32(number)}}
			for _, topic := range ask.Topics {
				response.Topics = append(response.Topics, kmsg.MetadataResponseTopic{Topic: topic.Topic, ErrorCode: code})
			}
			n.Add(1)
			return response, nil, true
		}
		return nil, nil, false
	})
	return n.Load
}

// Somebody else claims the partition. The consumer notices although nothing
// comes in, and joins again.
func TestFencedLaneJoinsAgain(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		in := newIntake(t, pair, 1)
		c := in.consumer(t)
		run(t, c.Run)
		in.send(t, 3)
		in.applied(t)
		partition := cluster.Partition{Topic: in.topic}
		before := c.claimOf(partition)
		if _, err := in.store.Claim(t.Context(), before.Source(), state.Start{}, outlet.Valuation(t)); err != nil {
			t.Fatal(err)
		}
		testbed.Await(t, "another claim", func() bool {
			now := c.claimOf(partition)
			return now != nil && now != before
		})
		in.send(t, 3)
		in.applied(t)
	})
}

// Who stops leaves the group, so that its partitions need not wait for the
// session to end.
func TestStoppingLeavesTheGroup(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		in, out := newIntake(t, pair, 2), newHarness(t, pair)
		c, p := in.consumer(t), out.publisher(t, nil)
		stopConsumer, stopPublisher := run(t, c.Run), run(t, p.Run)
		testbed.Await(t, "readiness", func() bool { return c.Ready(t.Context()) == nil && p.Ready(t.Context()) == nil })
		if err := errors.Join(stopConsumer(), stopPublisher()); err != nil {
			t.Error(err)
		}
		groups, err := pair.Admin(t).DescribeGroups(t.Context(), in.topic, out.Topics.Changes)
		if err = errors.Join(err, groups.Error()); err != nil {
			t.Fatal(err)
		}
		for name, group := range groups {
			if len(group.Members) > 0 {
				t.Errorf("group %s still has %d members", name, len(group.Members))
			}
		}
	})
}

// A mark that the log has not come to: the log was cut short.
func TestMarkBeyondTheLogIsRefused(t *testing.T) {
	in := newIntake(t, testbed.EmbeddedPair(t), 1)
	in.send(t, 3)
	bounds, err := cluster.PartitionBounds(t.Context(), in.pair.Admin(t), in.topic)
	if err != nil {
		t.Fatal(err)
	}
	partition := cluster.Partition{Topic: in.topic}
	source := layout.Source{Topic: in.topic, TopicID: bounds[partition].TopicID}
	claim, err := in.store.Claim(t.Context(), source, state.Start{}, outlet.Valuation(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := claim.Advance(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	var gone *fetch.OffsetOutOfRangeError
	if err := in.consumer(t).Run(t.Context()); !errors.As(err, &gone) || gone.Asked != 4 || gone.HighWatermark != 3 {
		t.Errorf("the consumer ended with %v", err)
	}
}

func TestConsumerNamesWhatIsMissing(t *testing.T) {
	pair := testbed.EmbeddedPair(t)
	in := newIntake(t, pair, 1)
	_, err := NewConsumer(t.Context(), ConsumerConfig{Kafka: cluster.Access{Brokers: pair.Brokers}, Topics: []string{in.topic, "nowhere"}, Group: "g", Store: in.store})
	if err == nil || !strings.Contains(err.Error(), `"nowhere"`) || !strings.Contains(err.Error(), "topics create") {
		t.Errorf("without a topic: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = NewConsumer(ctx, ConsumerConfig{Kafka: cluster.Access{Brokers: []string{"127.0.0.1:1"}}, Topics: []string{in.topic}, Group: "g", Store: in.store})
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || !strings.Contains(err.Error(), "--brokers") {
		t.Errorf("without a broker: %v", err)
	}
}

func TestConsumerIsNotReadyWhileItCanNotWork(t *testing.T) {
	in := newIntake(t, testbed.EmbeddedPair(t), 1)
	c := in.consumer(t)
	if err := c.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "not joined") {
		t.Errorf("before it has joined: %v", err)
	}
	stop := run(t, c.Run)
	testbed.Await(t, "readiness", func() bool { return c.Ready(t.Context()) == nil })
	in.pair.KafkaDown(t)
	testbed.Await(t, "the group to be left", func() bool { return c.Ready(t.Context()) != nil })
	in.pair.KafkaUp(t)
	testbed.Await(t, "readiness", func() bool { return c.Ready(t.Context()) == nil })
	in.pair.RedisDown(t)
	if c.Ready(t.Context()) == nil {
		t.Error("it is ready without Redis")
	}
	in.pair.RedisUp(t)
	if err := stop(); err != nil {
		t.Error(err)
	}

	stuck := &task{partition: cluster.Partition{Topic: in.topic}}
	stuck.failing.Store(time.Now().Add(-time.Minute).UnixNano())
	c.remember([]*task{stuck})
	if err := c.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), in.topic+"/0") {
		t.Errorf("with a claim that fails for a minute: %v", err)
	}
}
