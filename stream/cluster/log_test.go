package cluster

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
)

// chronicle is a topic of two partitions whose records are numbered by a test.
type chronicle struct {
	pair   *testbed.Pair
	topic  string
	writer *kgo.Client
}

func newChronicle(t *testing.T, pair *testbed.Pair) *chronicle {
	t.Helper()
	c := &chronicle{pair: pair, topic: testbed.Unique(t)}
	pair.CreateTopic(t, c.topic, 2)
	c.writer = pair.KafkaClient(t, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	return c
}

func (c *chronicle) record(partition int32, value int) *kgo.Record {
	return &kgo.Record{Topic: c.topic, Partition: partition, Value: fmt.Append(nil, value)}
}

// write appends the numbers from first to last.
func (c *chronicle) write(t *testing.T, partition int32, first, last int) {
	t.Helper()
	var records []*kgo.Record
	for n := first; n <= last; n++ {
		records = append(records, c.record(partition, n))
	}
	testbed.Produce(t, c.writer, records...)
}

// begin writes a number in a transaction of its own, which end ends.
func (c *chronicle) begin(t *testing.T, partition int32, value int) (end func(kgo.TransactionEndTry)) {
	t.Helper()
	client := c.pair.KafkaClient(t, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionalID(fmt.Sprint(c.topic, value)))
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	testbed.Produce(t, client, c.record(partition, value))
	return func(how kgo.TransactionEndTry) {
		t.Helper()
		if err := client.EndTransaction(t.Context(), how); err != nil {
			t.Fatal(err)
		}
	}
}

func (c *chronicle) open(t *testing.T, more ...kgo.Opt) *Log {
	t.Helper()
	log, err := OpenLog(t.Context(), Access{Brokers: c.pair.Brokers, ClientID: "test"}, more...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(log.Close)
	return log
}

// ends are the offsets up to which partitions 0 and 1 are to be read.
func (c *chronicle) ends(zero, one int64) map[Partition]int64 {
	return map[Partition]int64{{c.topic, 0}: zero, {c.topic, 1}: one}
}

// settled are the high watermarks once every marker is in the log: Kafka writes
// them after it has answered.
func (c *chronicle) settled(t *testing.T) map[Partition]int64 {
	t.Helper()
	ends := map[Partition]int64{}
	testbed.Await(t, "the markers", func() bool {
		bounds, err := PartitionBounds(t.Context(), c.pair.Admin(t), c.topic)
		if err != nil {
			t.Fatal(err)
		}
		for partition, b := range bounds {
			if ends[partition] = b.HighWatermark; b.LastStableOffset < b.HighWatermark {
				return false
			}
		}
		return true
	})
	return ends
}

// readTo are the numbers that a reading hands out, per partition.
func (c *chronicle) readTo(t *testing.T, log *Log, ends map[Partition]int64) (numbers [2]string) {
	t.Helper()
	before, total := int64(0), int64(0)
	err := log.ReadTo(t.Context(), ends, func(p Partition, records []*kgo.Record) error {
		for _, r := range records {
			if r.Attrs.IsControl() {
				r.Value = []byte("!")
			}
			numbers[p.ID] += string(r.Value) + " "
		}
		return nil
	}, func(done, of int64) {
		if done < before || done > of {
			t.Errorf("read %d of %d after %d", done, of, before)
		}
		before, total = done, of
	})
	if err != nil || before != total {
		t.Fatalf("read %d of %d: %v", before, total, err)
	}
	return numbers
}

// What is asked for is handed out, no more, and reading goes on from there.
func TestLogIsReadUpToItsEnds(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		c := newChronicle(t, pair)
		c.write(t, 0, 0, 9)
		c.write(t, 1, 0, 2)
		log := c.open(t)
		for _, step := range []struct {
			ends map[Partition]int64
			want [2]string
		}{
			{c.ends(4, 0), [2]string{"0 1 2 3 "}},
			{c.ends(4, 0), [2]string{}},
			{map[Partition]int64{{c.topic, 0}: 6}, [2]string{"4 5 "}},
			{c.ends(5, 2), [2]string{"", "0 1 "}},
			{c.ends(10, 3), [2]string{"6 7 8 9 ", "2 "}},
		} {
			if got := c.readTo(t, log, step.ends); got != step.want {
				t.Errorf("up to %v: %q, want %q", step.ends, got, step.want)
			}
		}
		c.write(t, 1, 3, 4)
		if got := c.readTo(t, log, c.settled(t)); got != [2]string{"", "3 4 "} {
			t.Errorf("what came meanwhile is read as %q", got)
		}
	})
}

// Aborted records and markers count as read, whatever they are the last of.
func TestLogEndsBehindAbortedRecordsAndMarkers(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		c := newChronicle(t, pair)
		c.write(t, 0, 0, 1)
		c.begin(t, 0, 2)(kgo.TryAbort)
		c.begin(t, 1, 0)(kgo.TryCommit)
		ends := c.settled(t)
		if got := c.readTo(t, c.open(t), ends); got != [2]string{"0 1 ", "0 "} {
			t.Errorf("committed: %q", got)
		}
		asWritten := c.open(t, kgo.FetchIsolationLevel(kgo.ReadUncommitted()))
		asWritten.Markers = true
		if got := c.readTo(t, asWritten, ends); got != [2]string{"0 1 2 ! ", "0 ! "} {
			t.Errorf("as written: %q", got)
		}
	})
}

// An open transaction before the end is waited for, as long as patience lasts; one
// behind it is not. The last stable offset is an end that waits for none.
func TestLogWaitsForOpenTransactions(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		c := newChronicle(t, pair)
		c.write(t, 0, 0, 1)
		end := c.begin(t, 0, 2)
		c.write(t, 0, 3, 3)
		log := c.open(t)
		bounds, err := PartitionBounds(t.Context(), pair.Admin(t), c.topic)
		if err != nil {
			t.Fatal(err)
		}
		partition := Partition{c.topic, 0}
		if got := c.readTo(t, log, map[Partition]int64{partition: bounds[partition].LastStableOffset}); got[0] != "0 1 " {
			t.Errorf("up to the last stable offset: %q", got[0])
		}
		log.Patience = 200 * time.Millisecond
		ends := map[Partition]int64{partition: bounds[partition].HighWatermark}
		err = log.ReadTo(t.Context(), ends, func(Partition, []*kgo.Record) error { return errors.New("handed out") }, nil)
		if err == nil || !strings.Contains(err.Error(), "offset 2 of 4") || !strings.Contains(err.Error(), "find-hanging") {
			t.Errorf("what hangs is read with %v", err)
		}
		end(kgo.TryCommit)
		log.Patience = testbed.Patience
		if got := c.readTo(t, log, ends); got[0] != "2 3 " {
			t.Errorf("after its end: %q", got[0])
		}
	})
}

// Records that are gone are not waited for, and an offset that is gone is an error.
func TestLogBeginsBehindWhatIsGone(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		c := newChronicle(t, pair)
		c.write(t, 0, 0, 9)
		c.write(t, 1, 0, 4)
		removal := kadm.Offsets{}
		removal.AddOffset(c.topic, 0, 7, -1)
		removal.AddOffset(c.topic, 1, 5, -1)
		if _, err := pair.Admin(t).DeleteRecords(t.Context(), removal); err != nil {
			t.Fatal(err)
		}
		log := c.open(t)
		if got := c.readTo(t, log, c.settled(t)); got != [2]string{"7 8 9 "} {
			t.Errorf("behind what is gone: %q", got)
		}
		if done, total := log.Done(c.ends(10, 5)); log.Start(Partition{c.topic, 0}) != 7 || done != 3 || total != 3 {
			t.Errorf("%d of %d from %d on", done, total, log.Start(Partition{c.topic, 0}))
		}
		before := c.open(t)
		before.Seek(Partition{c.topic, 0}, 2)
		if err := before.ReadTo(t.Context(), c.ends(10, 5), func(Partition, []*kgo.Record) error { return nil }, nil); err == nil {
			t.Error("an offset that is gone is read")
		}
	})
}

// A reader may begin somewhere, end early and fail.
func TestLogIsReadAsTheReaderWants(t *testing.T) {
	c := newChronicle(t, testbed.EmbeddedPair(t))
	c.write(t, 0, 0, 9)
	c.write(t, 1, 0, 9)
	log := c.open(t)
	log.Seek(Partition{c.topic, 0}, 8)
	if got := c.readTo(t, log, map[Partition]int64{{c.topic, 0}: 10}); got[0] != "8 9 " {
		t.Errorf("from offset 8 on: %q", got[0])
	}
	ends := c.ends(10, 10)
	err := c.open(t).ReadTo(t.Context(), ends, func(Partition, []*kgo.Record) error {
		clear(ends)
		return nil
	}, nil)
	if err != nil {
		t.Errorf("reading that was ended early: %v", err)
	}
	wrong := errors.New("wrong")
	if err := c.open(t).ReadTo(t.Context(), c.ends(10, 10), func(Partition, []*kgo.Record) error { return wrong }, nil); !errors.Is(err, wrong) {
		t.Errorf("reading that failed: %v", err)
	}
	if _, err := log.Ends(t.Context(), c.topic, "absent"); err == nil {
		t.Error("an absent topic has ends")
	}
	found, err := log.Ends(t.Context(), c.topic)
	if err != nil || !maps.Equal(found, c.ends(10, 10)) {
		t.Errorf("ends %v, %v", slices.Collect(maps.Values(found)), err)
	}
	if err := log.ReadTo(t.Context(), map[Partition]int64{{"absent", 0}: 1}, nil, nil); err == nil {
		t.Error("an absent topic is read")
	}
}
