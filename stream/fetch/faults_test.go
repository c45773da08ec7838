package fetch

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

// retries collects what the fetcher overcame.
type retries struct {
	mu   sync.Mutex
	seen map[RetryReason]int
}

func (r *retries) count(_ cluster.Partition, reason RetryReason, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = map[RetryReason]int{}
	}
	if err != nil { // every retry must be able to say why
		r.seen[reason]++
	}
}

func (r *retries) of(reason RetryReason) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen[reason]
}

func TestFetchFollowsLeaders(t *testing.T) {
	c := fakeCluster(t)
	topic := c.topic(t, 3)
	var seen retries
	f := c.fetcher(t, func(config *Config) { config.OnRetry = seen.count }, topic)
	var readers []*Reader
	for p := range int32(3) {
		readers = append(readers, assign(t, f, topic, p, 0))
	}
	for round := range 12 {
		for p, r := range readers {
			testbed.Produce(t, c.client, numbered(topic, int32(p), 10*round, 10)...)
			values, _ := takeValues(t, r, 10)
			wantNumbers(t, values, 10*round, 10)
		}
		for p := range int32(3) {
			if err := c.fake.MoveTopicPartition(topic, p, (c.fake.LeaderFor(topic, p)+1)%3); err != nil {
				t.Fatal(err)
			}
		}
	}
	if seen.of(RetryNotLeader) == 0 {
		t.Error("leaders moved, but no retry was counted")
	}
}

// What a broker may answer in passing moves no position and loses nothing.
func TestFetchOvercomesPassingErrors(t *testing.T) {
	for reason, code := range map[RetryReason]*kerr.Error{
		RetryNotLeader:         kerr.KafkaStorageError,
		RetryUnknownTopic:      kerr.UnknownTopicOrPartition,
		RetryOffsetUnavailable: kerr.OffsetNotAvailable,
		RetryTimeout:           kerr.RequestTimedOut,
		RetryCorrupt:           kerr.CorruptMessage,
		RetryOutOfRange:        kerr.OffsetOutOfRange,
		RetryBrokerError:       kerr.UnknownServerError,
	} {
		t.Run(string(reason), func(t *testing.T) {
			c := fakeCluster(t)
			topic := c.topic(t, 2)
			testbed.Produce(t, c.client, append(numbered(topic, 0, 0, 10), numbered(topic, 1, 0, 10)...)...)
			fault := c.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: topic, Partitions: []int32{0}, Err: code, Count: 2})
			var seen retries
			f := c.fetcher(t, func(config *Config) { config.OnRetry = seen.count }, topic)
			for p := range int32(2) {
				values, _ := takeValues(t, assign(t, f, topic, p, 0), 10)
				wantNumbers(t, values, 0, 10)
			}
			if fault.Hits() != 2 || seen.of(reason) != 2 {
				t.Errorf("%d faults, counted %v, want 2 as %s", fault.Hits(), seen.seen, reason)
			}
		})
	}
}

func TestFetchOvercomesMetadataErrors(t *testing.T) {
	c := fakeCluster(t)
	topic := c.topic(t, 1)
	testbed.Produce(t, c.client, numbered(topic, 0, 0, 10)...)
	var seen retries
	f := c.fetcher(t, func(config *Config) { config.OnRetry = seen.count }, topic)
	fault := c.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Metadata}, Topic: topic, Err: kerr.LeaderNotAvailable, Count: 3})
	values, _ := takeValues(t, assign(t, f, topic, 0, 0), 10)
	wantNumbers(t, values, 0, 10)
	if fault.Hits() != 3 || seen.of(RetryUnknownTopic) == 0 {
		t.Errorf("%d faults, counted %v", fault.Hits(), seen.seen)
	}
}

// answers makes the brokers answer fetches of partition 0 with these bytes, the
// last of them for ever. What is nil is answered as ever.
func answers(c *testCluster, topic string, batches ...[]byte) {
	c.fake.ControlKey(int16(kmsg.Fetch), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		asked := request.(*kmsg.FetchRequest)
		next := batches[0]
		if len(batches) > 1 {
			batches = batches[1:]
		}
		if next == nil {
			return nil, nil, false
		}
		response := asked.ResponseKind().(*kmsg.FetchResponse)
		partition := kmsg.NewFetchResponseTopicPartition()
		partition.HighWatermark, partition.LastStableOffset, partition.RecordBatches = 1000, 1000, next
		part := kmsg.NewFetchResponseTopic()
		part.Topic, part.Partitions = topic, append(part.Partitions, partition)
		response.Topics = append(response.Topics, part)
		return response, nil, true
	})
}

func TestFetchMeetsFaultyBatches(t *testing.T) {
	good := testBatch{base: 0, offsets: []int64{0, 1}}.bytes()
	later := testBatch{base: 2, offsets: []int64{2, 3}}.bytes()
	flipped := changed(later, 65, later[65]^1)
	start := func(t *testing.T, batches ...[]byte) (*Reader, *retries) {
		c, seen := fakeCluster(t, kfake.NumBrokers(1)), &retries{}
		topic := c.topic(t, 1)
		answers(c, topic, batches...)
		return assign(t, c.fetcher(t, func(config *Config) { config.OnRetry, config.MaxBatchBytes = seen.count, 1<<20 }, topic), topic, 0, 0), seen
	}
	t.Run("damaged on the way", func(t *testing.T) {
		r, seen := start(t, slices.Concat(good, flipped), flipped, later, []byte{})
		if values, next := takeValues(t, r, 4); !slices.Equal(values, []string{"0", "1", "2", "3"}) || next != 4 {
			t.Errorf("got %q up to %d", values, next)
		}
		if seen.of(RetryCorrupt) != 2 {
			t.Errorf("counted %v, want two damaged batches", seen.seen)
		}
	})
	t.Run("damaged in the log", func(t *testing.T) {
		r, seen := start(t, slices.Concat(good, flipped), flipped)
		takeValues(t, r, 2)
		err := takeError[*CorruptBatchError](t, r)
		if err.Offset != 2 || seen.of(RetryCorrupt) != corruptReads-1 {
			t.Errorf("got %+v after %v", err, seen.seen)
		}
		if _, _, again := r.Take(); !errors.Is(again, err) {
			t.Errorf("the error did not stay: %v", again)
		}
	})
	t.Run("message format v1", func(t *testing.T) {
		r, _ := start(t, changed(good, batchMagicAt, 1))
		if err := takeError[*UnsupportedBatchError](t, r); !strings.Contains(err.Error(), "v1") {
			t.Error(err)
		}
	})
	t.Run("larger than allowed", func(t *testing.T) {
		r, _ := start(t, make([]byte, 1<<20+1))
		if err := takeError[*UnsupportedBatchError](t, r); !strings.Contains(err.Error(), "raise the largest batch size") {
			t.Error(err)
		}
	})
	t.Run("announced larger than allowed", func(t *testing.T) {
		r, _ := start(t, changed(good[:40], 8, 0x10, 0, 0, 0))
		if err := takeError[*UnsupportedBatchError](t, r); !strings.Contains(err.Error(), "raise the largest batch size") {
			t.Error(err)
		}
	})
	t.Run("first batch cut", func(t *testing.T) {
		r, _ := start(t, good[:40], good[:70], good, []byte{})
		if values, _ := takeValues(t, r, 2); !slices.Equal(values, []string{"0", "1"}) {
			t.Errorf("got %q", values)
		}
	})
	t.Run("only what was read already", func(t *testing.T) {
		r, seen := start(t, good, good, later, []byte{})
		if values, _ := takeValues(t, r, 4); !slices.Equal(values, []string{"0", "1", "2", "3"}) {
			t.Errorf("got %q", values)
		}
		if seen.of(RetryBrokerError) != 1 {
			t.Errorf("counted %v", seen.seen)
		}
	})
}

func TestFetchReadsACompactedTopic(t *testing.T) {
	c := fakeCluster(t, kfake.NumBrokers(1))
	topic := c.topic(t, 1, "cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0", "segment.bytes", "200")
	for i := range 40 {
		testbed.Produce(t, c.client, &kgo.Record{Topic: topic, Key: []byte{'a' + byte(i%3)}, Value: []byte{byte(i)}})
	}
	c.fake.Compact()
	bounds, err := cluster.PartitionBounds(t.Context(), c.adm, topic) // unlike Kafka, kfake moves the log start
	if err != nil {
		t.Fatal(err)
	}
	values := takeTo(t, assign(t, c.fetcher(t, nil, topic), topic, 0, bounds[cluster.Partition{Topic: topic, ID: 0}].LogStartOffset), 40)
	if len(values) >= 40 || len(values) < 3 || values[len(values)-1] != "\x27" {
		t.Errorf("%d records of 40 written to three keys, the last is %q", len(values), values[len(values)-1])
	}
}

func TestFetchOutlivesItsBroker(t *testing.T) {
	pairs := map[string]func(testing.TB) *testbed.Pair{"kfake": testbed.EmbeddedPair, "kafka": testbed.RealPair}
	for name, start := range pairs {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			c := newCluster(t, nil, p.Brokers)
			topic := c.topic(t, 2)
			var seen retries
			f := c.fetcher(t, func(config *Config) { config.OnRetry = seen.count }, topic)
			readers := []*Reader{assign(t, f, topic, 0, 0), assign(t, f, topic, 1, 0)}
			check := func(first int) {
				for p, r := range readers {
					testbed.Produce(t, c.client, numbered(topic, int32(p), first, 10)...)
					values, next := takeValues(t, r, 10)
					wantNumbers(t, values, first, 10)
					if next != int64(first+10) {
						t.Errorf("next offset %d, want %d", next, first+10)
					}
				}
			}
			check(0)
			p.KafkaDown(t)
			for deadline := time.Now().Add(testbed.Patience); seen.of(RetryBrokerUnreachable) < 2; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("the broker is down, but counted are %v", seen.seen)
				}
			}
			p.KafkaUp(t)
			check(10)
		})
	}
}

// Three real brokers, and one that leads partitions dies.
func TestFetchOutlivesALeader(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three brokers")
	}
	k := testbed.StartKafka(t, testbed.KafkaOptions{Brokers: 3})
	c := newCluster(t, nil, k.Addrs())
	topic := testbed.Unique(t)
	if _, err := c.adm.CreateTopic(t.Context(), 3, 3, nil, topic); err != nil {
		t.Fatal(err)
	}
	f := c.fetcher(t, nil, topic)
	readers := []*Reader{assign(t, f, topic, 0, 0), assign(t, f, topic, 1, 0), assign(t, f, topic, 2, 0)}
	check := func(first int) {
		for p, r := range readers {
			testbed.Produce(t, c.client, numbered(topic, int32(p), first, 10)...)
			values, _ := takeValues(t, r, 10)
			wantNumbers(t, values, first, 10)
		}
	}
	check(0)
	k.Nodes[0].Kill()
	check(10)
}

func TestFetchRespectsItsQuota(t *testing.T) {
	c := fakeCluster(t, kfake.NumBrokers(1))
	topic := c.topic(t, 1)
	testbed.Produce(t, c.client, numbered(topic, 0, 0, 10)...)
	throttled := 0
	c.fake.ControlKey(int16(kmsg.Fetch), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		if throttled == 3 {
			return nil, nil, false
		}
		throttled++
		response := request.ResponseKind().(*kmsg.FetchResponse)
		response.ThrottleMillis = 1 // a client over its quota gets no partitions at all
		return response, nil, true
	})
	var seen retries
	f := c.fetcher(t, func(config *Config) { config.OnRetry = seen.count }, topic)
	values, _ := takeValues(t, assign(t, f, topic, 0, 0), 10)
	wantNumbers(t, values, 0, 10)
	if throttled != 3 || len(seen.seen) != 0 {
		t.Errorf("throttled %d times, counted %v", throttled, seen.seen)
	}
}
