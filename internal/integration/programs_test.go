package integration

import (
	"syscall"
	"testing"

	"github.com/clvstream/clvstream/internal/backlog"
	"github.com/clvstream/clvstream/internal/testbed"
)

// The programs as they are shipped, in processes of their own.
func TestPrograms(t *testing.T) {
	binaries := testbed.BuildPrograms(t)
	for _, test := range []struct {
		name string
		run  func(t *testing.T, pair *testbed.Pair, binaries string)
	}{
		{"killed", survivesKills},
		{"frozen", survivesFreezing},
		{"terminated", stopsInOrder},
		{"webhooks", sendsThroughKills},
		{"frozen webhooks", sendsThroughFreezing},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // they wait for sessions to end, most of the time
			testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
				t.Parallel()
				test.run(t, pair, binaries)
			})
		})
	}
}

// A program is frozen until the group has given its work to another, and then
// goes on as if nothing had happened.
func survivesFreezing(t *testing.T, pair *testbed.Pair, binaries string) {
	d := deploy(t, pair)
	feed := d.feed(t, d.records(traffic(t, newSeed(t), 4000)))
	for _, program := range []struct{ name, joins string }{{"consumer", "joined the group"}, {"publisher", "assigned lanes"}} {
		done := d.workOf(t, program.name)
		zombie := d.spawn(t, binaries, program.name)
		eventually(t, "work of the "+program.name, func() bool { return done() > 0 })
		zombie.signal(syscall.SIGSTOP)
		d.spawn(t, binaries, program.name).says(t, program.joins)
		before := done()
		eventually(t, "work of the other "+program.name, func() bool { return done() > before })
		zombie.signal(syscall.SIGCONT)
		eventually(t, "the zombie's return to the group", func() bool { return zombie.log.count(program.joins) > 1 })
	}
	feed.end(t)
	t.Log(d.settled(t))
}

// A program that is asked to stop under load finishes what it is at, within the
// bound.
func stopsInOrder(t *testing.T, pair *testbed.Pair, binaries string) {
	d := deploy(t, pair, "input.batch_max_records=50", "publisher.transaction_max_records=50")
	d.produce(t, d.records(traffic(t, newSeed(t), 1500))...)
	var most backlog.Backlog // that a stop left: a lane may have done all it had just before
	for range 3 {
		for _, name := range []string{"consumer", "publisher"} {
			done := d.workOf(t, name)
			before := done()
			running := d.spawn(t, binaries, name)
			eventually(t, "work of the "+name, func() bool { return done() > before })
			if status := running.terminate(t); status != 0 {
				t.Errorf("%s ended with status %d", name, status)
			}
			if seconds := running.says(t, "stopped")["seconds"].(float64); seconds > d.config.ShutdownTimeout.Seconds() {
				t.Errorf("%s took %.1f s to stop", name, seconds)
			}
		}
		left := d.backlog(t)
		most.Records, most.Outbox = max(most.Records, left.Records), max(most.Outbox, left.Outbox)
	}
	if most.Records == 0 || most.Outbox == 0 {
		t.Errorf("%d records and %d outbox entries were left: the stops were not under load", most.Records, most.Outbox)
	}
	d.consume(t)
	d.publish(t)
	t.Log(d.settled(t))
}
