package redrive

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/deadletter"
	"github.com/clvstream/clvstream/stream/event"
)

// refuseAgain is what a deployment does whose cause is not mended: each record of the input
// from the n-th on becomes a letter again. It returns how many there are by then.
func (d *desk) refuseAgain(t *testing.T, n, want int) int {
	t.Helper()
	records := d.sent(t, want)
	slices.SortFunc(records, func(a, b *kgo.Record) int { return int(a.Offset - b.Offset) })
	for _, record := range records[n:] {
		refused := &event.Record{TimestampMillis: record.Timestamp.UnixMilli(), Key: record.Key, Value: record.Value}
		for _, h := range record.Headers {
			refused.Headers = append(refused.Headers, event.Header{Key: []byte(h.Key), Value: h.Value})
		}
		letter := deadletter.New(refused, &history.Refusal{Reason: history.BadAmount, Detail: "because of bad_amount"})
		source := layout.Source{Topic: record.Topic, Partition: record.Partition}
		d.bury(t, 0, deadletter.Record(d.deadLetters, source, &layout.Item{Offset: record.Offset, DeadLetter: letter}, 1<<20))
	}
	return len(records)
}

func ofReason(reason string) func(*Request) {
	return func(q *Request) { q.Send, q.Reason = true, reason }
}

// Run four times with the cause mended, a filtered run sends its five letters once.
func TestFilteredRunsSendOnce(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		d := newDesk(t, pair)
		for i := range int64(5) {
			d.bury(t, int32(i%2), letterOf(d.input, 0, i, "bad_amount", []byte("a")), letterOf(d.input, 0, 10+i, "too_late", []byte("l")))
		}
		for i, want := range []int{5, 0, 0, 0} {
			if r := d.run(t, ofReason("bad_amount")); r.Sent != want {
				t.Errorf("run %d sent %+v, want %d", i+1, r, want)
			}
		}
		if r := d.run(t, nil); len(r.Letters) != 5 || r.Letters[0].Reason != "too_late" {
			t.Errorf("a run without a filter offers %+v, want the five of the other reason", r)
		}
		if r := d.run(t, func(q *Request) { q.Reason, q.FromStart = "bad_amount", true }); len(r.Letters) != 5 || r.Letters[0].New {
			t.Errorf("from the start there are %+v, want five that are not new", r)
		}
	})
}

// Without, it sends what came back anew, and the letters say how often that was.
func TestLettersCountHowOftenTheyWentBack(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		d := newDesk(t, pair)
		d.bury(t, 0, letterOf(d.input, 0, 1, "bad_amount", []byte("a")), letterOf(d.input, 0, 2, "bad_amount", []byte("b")))
		seen := 0
		for run := range 4 {
			if r := d.run(t, func(q *Request) { q.Reason = "bad_amount" }); len(r.Letters) != 2 || r.Sent != 0 || !r.Letters[0].New {
				t.Errorf("before run %d there are %+v, want the two new ones", run, r)
			}
			r := d.run(t, ofReason("bad_amount"))
			if r.Sent != 2 || r.Letters[0].SentBack != run || r.Letters[1].SentBack != run {
				t.Fatalf("run %d sent %+v, want the two that went back %d times", run, r, run)
			}
			seen = d.refuseAgain(t, seen, 2*(run+1))
		}
	})
}

// A letter was sent if any run before has sent it, whatever its filter was.
func TestFiltersMeet(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		d := newDesk(t, pair)
		other := d.input + "-other"
		pair.CreateTopic(t, other, 1)
		bury := func(first int64) {
			d.bury(t, 0, letterOf(d.input, 0, first, "bad_amount", nil), letterOf(other, 0, first+1, "bad_amount", nil),
				letterOf(d.input, 0, first+2, "too_late", nil), letterOf(other, 0, first+3, "too_late", nil))
		}
		runs := func(want string, change func(*Request)) {
			t.Helper()
			var offsets []string
			for _, l := range d.run(t, func(q *Request) { q.Send = true; change(q) }).Letters {
				offsets = append(offsets, fmt.Sprint(l.Offset))
			}
			if got := strings.Join(offsets, " "); got != want {
				t.Errorf("sent %q, want %q", got, want)
			}
		}
		bury(0)
		runs("0", func(q *Request) { q.Reason, q.Topic = "bad_amount", d.input })
		runs("1", func(q *Request) { q.Reason = "bad_amount" })
		runs("2", func(q *Request) { q.Topic = d.input })
		bury(10)
		runs("11", func(q *Request) { q.Reason, q.Topic = "bad_amount", other })
		runs("3 10 12 13", func(*Request) {})
		runs("", func(q *Request) { q.Reason = "too_late" })
		runs("0 2 10 12", func(q *Request) { q.Topic, q.FromStart = d.input, true })
	})
}

// A run that fails keeps what it has sent.
func TestFailedRunsKeepTheirProgress(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		d := newDesk(t, pair)
		d.bury(t, 0, letterOf(d.input, 0, 1, "bad_id", nil), letterOf(d.input, 0, 2, "bad_id", nil), &kgo.Record{Value: []byte("stranger")})
		for range 2 {
			q := d.Request
			q.Send = true
			if _, err := q.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "0/2: it has no readable coordinates") {
				t.Fatalf("of a stranger's record: %v", err)
			}
		}
		ends, err := kadm.NewClient(d.plain).ListEndOffsets(t.Context(), d.input)
		if end, _ := ends.Lookup(d.input, 0); err != nil || end.Offset != 2 {
			t.Errorf("the input ends at %d, %v; want each letter once", end.Offset, err)
		}
	})
}

// Progress outlasts offsets.retention.minutes, as the broker has written it down.
func TestProgressDoesNotExpire(t *testing.T) {
	d := newDesk(t, testbed.RealPair(t))
	d.bury(t, 0, letterOf(d.input, 0, 1, "bad_id", nil))
	d.run(t, ofReason("bad_id"))
	group := filter{reason: "bad_id"}.group(d.Namespace)
	reader := d.pair.KafkaClient(t, kgo.ConsumeTopics("__consumer_offsets"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	for {
		fetches := reader.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		for _, record := range fetches.Records() {
			if !strings.Contains(string(record.Key), group) || len(record.Value) < 8 {
				continue
			}
			// The value of an offset that expires by itself ends with when it does (version 1).
			version := binary.BigEndian.Uint16(record.Value)
			expires := time.UnixMilli(int64(binary.BigEndian.Uint64(record.Value[len(record.Value)-8:])))
			if version != 1 || expires.Before(time.Now().Add(99*365*24*time.Hour)) {
				t.Errorf("the offset is of version %d and expires on %s, want it to stay for 100 years", version, expires)
			}
			return
		}
	}
}
