package state

import (
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
)

// A shard that lacks what was published fires nothing until it has applied it.
func TestAShardThatWasBroughtBackFiresNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		const n = 40
		s := w.open()
		lane := w.claim(s, 0)
		w.commit(lane, w.batch(0, round(0, n)...))
		w.push(s, "x2")
		w.activate(s, "x2", day0*microsPerDay, 0, false)
		w.enlist(s)              // everybody is due
		applied := lane.Resume() // everything before it
		other, anew := lane.source, lane.source
		other.Partition++
		anew.TopicID[0]++
		until := int64(day0+1000) * microsPerDay
		firer := s.NewFirer(w.configured)
		for name, c := range map[string]struct {
			published Applied
			behind    bool
		}{
			"nothing is published":    {nil, false},
			"all of it is applied":    {Applied{lane.source: applied - 1}, false},
			"one is missing":          {Applied{lane.source: applied}, true},
			"it reads no such source": {Applied{other: applied}, false},
			"the topic was made anew": {Applied{anew: applied}, false},
		} {
			for shard := range s.Shards() {
				fired, done, err := firer.Fire(soon(t), shard, until, 1, c.published)
				if err != nil || !done || fired.Behind != c.behind || c.behind && fired.Customers > 0 {
					t.Errorf("%s: shard %d fired %+v, %t, %v", name, shard, fired, done, err)
				}
			}
		}
		if looked := w.fireAll(s, until, n); looked == 0 {
			t.Error("nobody was due")
		}
	})
}
