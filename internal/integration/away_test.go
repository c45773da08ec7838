package integration

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/testbed"
)

// A program that is asked to stop while a server is away ends within the bound
// all the same; what it had under way is done again by whoever takes over.
func TestStopsWhileServersAreAway(t *testing.T) {
	binaries := testbed.BuildPrograms(t)
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		for _, outage := range outagesOf(pair) {
			t.Run(outage.name, func(t *testing.T) {
				d := deploy(t, pair, oneTopic(t), "shutdown_timeout=4s")
				programs := []*child{d.spawn(t, binaries, "consumer"), d.spawn(t, binaries, "publisher")}
				feed := d.feed(t, d.records(traffic(t, newSeed(t), 3000)))
				d.works(t)
				outage.begin(t)
				time.Sleep(outageLength)
				asked := time.Now()
				for _, program := range programs {
					program.signal(syscall.SIGTERM)
				}
				for _, program := range programs {
					program.endsInTime(t, asked, d.config.ShutdownTimeout)
				}
				outage.end(t)
				d.consume(t)
				d.publish(t)
				feed.end(t)
				d.settled(t)
			})
		}
	})
}

// endsInTime waits for the end that was asked for. It comes in good order or, where
// a server is missed, with the word that something was left for whoever takes over.
func (c *child) endsInTime(t *testing.T, asked time.Time, bound time.Duration) {
	t.Helper()
	status := c.status(t)
	took := time.Since(asked)
	if took > 2*bound { // generous: machines are busy
		t.Errorf("%s ended after %s, want %s", c.name, took, bound)
	}
	if status != 0 && !strings.Contains(c.log.tail(3), "redoes unfinished work") {
		t.Errorf("%s ended with status %d:\n%s", c.name, status, c.log.tail(3))
	}
}
