package relay

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/progress"
)

// A tombstone is published where the value before it, or of a new customer after it, is of the
// same transaction: that before is left out, that after comes behind it.
func TestTombstonesArePublishedInAnyCase(t *testing.T) {
	topics := cluster.OutputTopicsOf("clv")
	plain := rendered(topics)
	config := Config{MaxItems: 100, Shards: []int{0}, Topics: topics}
	config.Change = func(records []*kgo.Record, source layout.Source, item *layout.Item) (all []*kgo.Record, latest *kgo.Record) {
		all, latest = plain(records, source, item)
		if item.Change.Cause.Kind == history.CustomerErased {
			latest.Value = nil
		}
		return all, latest
	}
	item := func(offset int64, kind history.Kind) layout.Item {
		return layout.Item{Offset: offset, Change: &clv.Change{CustomerID: "c", Cause: clv.Cause{Kind: kind, AtMicros: offset}}}
	}
	for name, c := range map[string]struct {
		items []layout.Item
		want  []bool // of the records on current, whether it is a tombstone
	}{
		"alone":  {[]layout.Item{item(1, history.CustomerErased)}, []bool{true}},
		"after":  {[]layout.Item{item(1, history.OrderPlaced), item(2, history.CustomerErased)}, []bool{true}},
		"before": {[]layout.Item{item(1, history.CustomerErased), item(2, history.OrderPlaced)}, []bool{true, false}},
		"twice":  {[]layout.Item{item(1, history.CustomerErased), item(2, history.OrderPlaced), item(3, history.CustomerErased)}, []bool{true, true}},
	} {
		r := New(config)
		r.progress = progress.Lane{}
		var got []bool
		for _, record := range gathered(r, [][]layout.Entry{{{ID: "1-1", Source: layout.Source{Topic: "in", TopicID: [16]byte{1}}, Items: c.items}}}).records {
			if record.Topic == topics.Current {
				got = append(got, record.Value == nil)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
	}
}
