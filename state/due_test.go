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
		claim := w.claim(s, 0)
		w.commit(claim, w.batch(0, round(0, n)...))
		w.push(s, "x2")
		w.activate(s, "x2", day0*microsPerDay, 0, false)
		w.rollOut(s)              // everybody is due
		applied := claim.Resume() // everything before it
		other, anew, head, lost := claim.source, claim.source, claim.source, claim.source
		other.Partition++
		anew.TopicID[0]++
		head.TopicID, lost.TopicID = [16]byte{}, [16]byte{} // as heads name them
		lost.Partition++
		until := int64(day0+1000) * microsPerDay
		firer := s.NewFirer(w.configured)
		for name, c := range map[string]struct {
			needed Applied
			behind bool
		}{
			"nothing is published":    {nil, false},
			"all of it is applied":    {Applied{claim.source: applied - 1}, false},
			"one is missing":          {Applied{claim.source: applied}, true},
			"it reads no such source": {Applied{other: applied}, false},
			"the topic was made anew": {Applied{anew: applied}, false},
			"the input had come here": {Applied{head: applied - 1}, false},
			"the input had come on":   {Applied{head: applied}, true},
			"its birth is forgotten":  {Applied{lost: 0}, true},
		} {
			for shard := range s.Shards() {
				fired, err := firer.Fire(soon(t), shard, until, 1, c.needed)
				if err != nil || fired.Behind != c.behind || c.behind && fired.Customers > 0 {
					t.Errorf("%s: shard %d fired %+v, %v", name, shard, fired, err)
				}
			}
		}
		if valued := w.fireAll(s, until, n); valued == 0 {
			t.Error("nobody was due")
		}
	})
}
