package hanging

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/progress"
)

func TestTailFindsTheMarkerOfTheTransaction(t *testing.T) {
	const id, epoch = 5, 3
	latest := time.Unix(1_700_000_000, 0)
	commit, abort := []byte{0, 0, 0, 1}, []byte{0, 0, 0, 0}
	record := func(id int64, epoch int16, marker []byte) *kgo.Record {
		r := &kgo.Record{ProducerID: id, ProducerEpoch: epoch, Timestamp: latest, Key: marker}
		if marker != nil {
			r.Attrs = kgo.NewRecordAttrs(kgo.RecordAttrsOpts{Control: true})
		}
		return r
	}
	for _, c := range []struct {
		name          string
		records       []*kgo.Record
		commit, found bool
	}{
		{"nothing of it", []*kgo.Record{record(9, epoch, nil), record(9, epoch, commit)}, false, false},
		{"committed", []*kgo.Record{record(id, epoch, nil), record(id, epoch+1, commit)}, true, true},
		{"aborted", []*kgo.Record{record(id, epoch, nil), record(id, epoch+1, abort)}, false, true},
		{"a transaction before it", []*kgo.Record{record(id, epoch-1, nil), record(id, epoch, commit)}, false, false},
		{"a transaction behind it", []*kgo.Record{record(id, epoch+1, nil), record(id, epoch+2, commit)}, false, false},
		{"between others", []*kgo.Record{
			record(id, epoch-1, nil), record(id, epoch, commit), record(id, epoch, nil), record(9, 0, nil), record(9, 1, commit), record(id, epoch+2, abort),
		}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := tail{producerID: id, epoch: epoch, latest: latest}
			commit, found := false, false
			for i, r := range c.records {
				if found {
					t.Fatalf("it is found before record %d", i)
				}
				commit, found = at.take(r)
			}
			if (commit && found) != c.commit || found != c.found {
				t.Errorf("committed %t, found %t; want %t, %t", commit, found, c.commit, c.found)
			}
		})
	}
}

func TestTailIsReadAsFarAsItMatters(t *testing.T) {
	latest := time.Unix(1_700_000_000, 0)
	for _, c := range []struct {
		name   string
		seen   bool
		offset int64
		after  time.Duration
		want   bool
	}{
		{"inside", false, 5, 0, false},
		{"later than the transaction", false, 5, time.Millisecond, true},
		{"later, but its marker is to come", true, 5, time.Hour, false},
	} {
		at := tail{latest: latest, seen: c.seen}
		if got := at.over(&kgo.Record{Offset: c.offset, Timestamp: latest.Add(c.after)}); got != c.want {
			t.Errorf("%s: over is %t", c.name, got)
		}
	}
}

func TestWhatRedisForgotIsNotTrimmed(t *testing.T) {
	in := layout.Source{Topic: "in", TopicID: [16]byte{1}}
	other := layout.Source{Topic: "in", TopicID: [16]byte{2}}
	key := progress.Source(in)
	for _, c := range []struct {
		name              string
		applied           state.Applied
		before, published map[string]int64
		raised, forgotten bool
	}{
		{"nothing published", state.Applied{in: 10}, map[string]int64{key: 9}, map[string]int64{key: 9}, false, false},
		{"nothing of the shard", state.Applied{in: 10}, nil, nil, false, false},
		{"published and applied", state.Applied{in: 10}, map[string]int64{key: 4}, map[string]int64{key: 9}, true, false},
		{"published first", state.Applied{in: 10}, nil, map[string]int64{key: 9}, true, false},
		{"a mark of before", state.Applied{in: 9}, map[string]int64{key: 4}, map[string]int64{key: 9}, true, true},
		{"no mark", state.Applied{}, map[string]int64{key: 4}, map[string]int64{key: 9}, true, true},
		{"the mark of a recreated topic", state.Applied{other: 10}, nil, map[string]int64{key: 9}, true, true},
		{"an old mark that does not matter", state.Applied{in: 2}, map[string]int64{key: 4}, map[string]int64{key: 4, "due@c": 7}, true, false},
		{"the same due time", state.Applied{}, map[string]int64{"due@c": 7}, map[string]int64{"due@c": 7}, false, false},
		{"a key of a later version", state.Applied{in: 10}, map[string]int64{key: 9, "later": 3}, map[string]int64{key: 9, "later": 4}, false, false},
		{"one beside what is published", state.Applied{in: 10}, map[string]int64{key: 4}, map[string]int64{key: 9, "later": 11}, true, false},
		{"a customer due at the same time", state.Applied{}, map[string]int64{"due@c": 7}, map[string]int64{"due@d": 7}, true, false},
	} {
		if got := raised(c.before, c.published); got != c.raised {
			t.Errorf("%s: raised is %t", c.name, got)
		}
		if got := forgotten(c.applied, c.before, c.published); got != c.forgotten {
			t.Errorf("%s: forgotten is %t", c.name, got)
		}
	}
}
