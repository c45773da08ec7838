package integration

import (
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/testbed"
)

// Redis and Kafka go away and come back, by dying and by freezing, while orders
// keep coming.
func TestSurvivesOutages(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		d := deploy(t, pair, oneTopic(t)) // a Redis that is killed may forget its last moment
		consumer, publisher := d.consume(t), d.publish(t)
		feed := d.feed(t, d.records(traffic(t, newSeed(t), 8000)))
		d.works(t)
		for _, outage := range outagesOf(pair) {
			began := time.Now()
			outage.begin(t)
			time.Sleep(outageLength)
			outage.end(t)
			back := time.Now()
			d.works(t)
			consumer.ready(t)
			publisher.ready(t)
			t.Logf("%s for %s, back at work after %s", outage.name, back.Sub(began).Round(time.Millisecond), time.Since(back).Round(time.Millisecond))
		}
		feed.end(t)
		t.Log(d.settled(t))
	})
}

// outageLength is longer than the session of the groups' members.
const outageLength = 1500 * time.Millisecond

type outage struct {
	name       string
	begin, end func(*testing.T)
}

func outagesOf(pair *testbed.Pair) []outage {
	outages := []outage{
		{"Redis dies", func(t *testing.T) { pair.RedisDown(t) }, func(t *testing.T) { pair.RedisUp(t) }},
		{"Kafka dies", func(t *testing.T) { pair.KafkaDown(t) }, func(t *testing.T) { pair.KafkaUp(t) }},
	}
	if pair.Kafka == nil {
		return outages // what runs in this process cannot be frozen alone
	}
	freeze := func(*testing.T) {
		for _, node := range pair.Redis {
			node.Pause()
		}
	}
	thaw := func(*testing.T) {
		for _, node := range pair.Redis {
			node.Resume()
		}
	}
	if pair.Cluster { // its Kafka is the other pair's
		return append(outages[:1], outage{"Redis freezes", freeze, thaw})
	}
	return append(outages,
		outage{"Redis freezes", freeze, thaw},
		outage{"Kafka freezes", func(*testing.T) { pair.Kafka.Pause() }, func(*testing.T) { pair.Kafka.Resume() }},
	)
}

// works waits until more is applied and more is published than now.
func (d *deployment) works(t *testing.T) {
	t.Helper()
	d.working(t)()
}

// working is works to be called again and again, over connections that stay.
func (d *deployment) working(t *testing.T) (works func()) {
	t.Helper()
	applied, published := d.workOf(t, "consumer"), d.workOf(t, "publisher")
	return func() {
		t.Helper()
		for name, done := range map[string]func() int64{"consumer": applied, "publisher": published} {
			before := done()
			eventually(t, "work of the "+name, func() bool { return done() > before })
		}
	}
}
