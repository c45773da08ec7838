package relay

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/progress"
)

// Redis was restored from a copy of before some of what was published. Its shard
// computes that again, and may announce in an event's commit what fired by itself the
// first time, or by itself what an event's commit had announced. Nothing is published
// twice, and what had not been is.
func TestWhatLeftBeforeARollbackDoesNotLeaveAgain(t *testing.T) {
	in := layout.Source{Topic: "in", TopicID: [16]byte{1}}
	const lastOffset, lastDue = 10, 500
	event := func(customer string, offset, asOf int64) layout.Item {
		return layout.Item{Offset: offset, Change: &clv.Change{
			CustomerID: customer, Cause: clv.Cause{Kind: history.OrderPlaced, AtMicros: asOf}, Current: estimate.Estimate{AsOfMicros: asOf},
		}}
	}
	due := func(customer string, offset, at int64, ahead bool) layout.Item {
		return layout.Item{Offset: offset, Ahead: ahead, Change: &clv.Change{
			CustomerID: customer, Cause: clv.Cause{Kind: history.TimePassed, AtMicros: at}, Current: estimate.Estimate{AsOfMicros: at},
		}}
	}
	of := func(source layout.Source, items ...layout.Item) layout.Entry {
		return layout.Entry{ID: "1-1", Source: source, Items: items}
	}
	fired := func(items ...layout.Item) layout.Entry { return of(layout.Source{}, items...) }
	for name, c := range map[string]struct {
		entries []layout.Entry
		want    []string // "customer@µs"
	}{
		"an event that left":                                     {[]layout.Entry{of(in, event("c", 10, 600))}, nil},
		"an event that had not":                                  {[]layout.Entry{of(in, event("c", 11, 600))}, []string{"c@600"}},
		"a due time that left":                                   {[]layout.Entry{fired(due("c", 0, 500, false))}, nil},
		"a due time that had not":                                {[]layout.Entry{fired(due("d", 0, 500, false))}, []string{"d@500"}},
		"fired the first time, now announced by an event":        {[]layout.Entry{of(in, due("b", 11, 500, true), event("b", 11, 600))}, []string{"b@600"}},
		"announced by an event that left":                        {[]layout.Entry{of(in, due("b", 10, 550, true), event("b", 10, 600))}, nil},
		"announced by an event that had not, and not fired":      {[]layout.Entry{of(in, due("b", 11, 550, true), event("b", 11, 600))}, []string{"b@550", "b@600"}},
		"passed by its shard before a late event":                {[]layout.Entry{of(in, event("b", 11, 300), due("b", 11, 400, false))}, []string{"b@300", "b@400"}},
		"passed a second time, after a late event":               {[]layout.Entry{of(in, event("b", 11, 300)), fired(due("a", 0, 400, false), due("b", 0, 400, false))}, []string{"b@300", "b@400"}},
		"announced by a second event, after a late one":          {[]layout.Entry{of(in, event("b", 11, 300), due("b", 12, 400, true), event("b", 12, 450))}, []string{"b@300", "b@400", "b@450"}},
		"passed a second time, with an event that left":          {[]layout.Entry{of(in, event("b", 9, 300)), fired(due("b", 0, 400, false))}, nil},
		"beyond where the shard was, everything is as it always": {[]layout.Entry{of(in, event("b", 11, 300)), fired(due("a", 0, 600, false)), of(in, due("b", 12, 550, true))}, []string{"b@300", "a@600"}},
	} {
		r := New(Config{MaxItems: 100, Shards: []int{0}, Change: rendered(cluster.OutputTopics{})})
		r.progress = progress.Lane{0: {progress.Source(in): lastOffset, "due@c": lastDue}}
		var left []string
		gathered := gathered(r, [][]layout.Entry{c.entries})
		for _, record := range gathered.records[:gathered.changes] {
			left = append(left, string(record.Key)+"@"+causedAt(t, record.Value))
		}
		if !slices.Equal(left, c.want) {
			t.Errorf("%s: %v leave, want %v", name, left, c.want)
		}
	}
}

// causedAt is the instant of a change's cause, µs.
func causedAt(t *testing.T, change []byte) string {
	t.Helper()
	var read struct {
		CausedAt json.Number `json:"caused_at"`
	}
	if err := json.Unmarshal(change, &read); err != nil {
		t.Fatal(err)
	}
	return read.CausedAt.String()
}
