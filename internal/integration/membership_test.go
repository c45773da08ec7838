package integration

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
)

// Consumers and publishers come and go all the while, one or two of each.
func TestMembersJoinAndLeave(t *testing.T) {
	t.Parallel()
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		seed := newSeed(t)
		random := rand.New(rand.NewPCG(seed, 0))
		d := deploy(t, pair)
		feed := d.feed(t, d.records(traffic(t, seed, 6000)))
		members := map[string][]*member{}
		for range 8 {
			for name, join := range map[string]func(*testing.T, ...string) *member{"consumer": d.consume, "publisher": d.publish} {
				if at := members[name]; len(at) == 2 || len(at) == 1 && random.IntN(2) == 0 {
					i := random.IntN(len(at))
					at[i].stop(t)
					members[name] = slices.Delete(at, i, i+1)
				}
				if len(members[name]) == 0 || random.IntN(2) == 0 {
					members[name] = append(members[name], join(t))
				}
			}
			for _, name := range []string{"consumer", "publisher"} {
				done := d.workOf(t, name)
				before := done()
				eventually(t, "work of a "+name, func() bool { return done() > before })
			}
		}
		feed.end(t)
		t.Log(d.settled(t))
	})
}
