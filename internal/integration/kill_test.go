package integration

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/testbed"
)

// newSeed is another one for each run. It is printed, for the test to be run
// again with what failed.
func newSeed(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return seed
}

// Both programs are killed again and again in the middle of their work, and
// started again at once.
func survivesKills(t *testing.T, pair *testbed.Pair, binaries string) {
	const kills = 20 // of each
	seed := newSeed(t)
	d := deploy(t, pair, audienceSetting(t))
	feed := d.feed(t, d.records(traffic(t, seed, 400*kills)))
	var killers sync.WaitGroup
	for i, name := range []string{"consumer", "publisher"} {
		killers.Go(func() { d.killAgainAndAgain(t, binaries, name, kills, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	killers.Wait()
	feed.end(t)
	d.settle(t)
	d.wantHeard(t)
	t.Log(d.verify(t))
}

// killAgainAndAgain waits until the program does something, kills it a moment
// later, and starts it again.
func (d *deployment) killAgainAndAgain(t *testing.T, binaries, name string, kills int, random *rand.Rand) {
	done := d.workOf(t, name)
	running := d.spawn(t, binaries, name)
	for range kills {
		before := done()
		eventually(t, "work of the "+name, func() bool { return done() > before || running.hasEnded() })
		time.Sleep(time.Duration(random.Int64N(int64(300 * time.Millisecond))))
		running.kill(t)
		running = d.spawn(t, binaries, name)
	}
}

// workOf is what grows while a program works.
func (d *deployment) workOf(t *testing.T, name string) func() int64 {
	t.Helper()
	if name == "publisher" {
		return func() int64 { return d.published(t) }
	}
	store := d.store(t)
	return func() int64 { return d.applied(t, store) }
}
