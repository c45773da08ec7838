package process

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/testbed"
)

func TestOrderBecomesChange(t *testing.T) {
	test := func(t *testing.T, pair *testbed.Pair) {
		d := deploy(t, pair)
		consumer := start(t, Consumer, nil, d.flags(Consumer)...)
		publisher := start(t, Publisher, nil, d.flags(Publisher)...)
		consumer.ready(t)
		publisher.ready(t)
		var orders []*kgo.Record
		for n := range 50 {
			orders = append(orders, order(n, fmt.Sprint("c", n%5)))
		}
		d.produce(t, orders...)
		d.records(t, d.namespace+".changes", len(orders))
		for _, c := range []*child{consumer, publisher} {
			if status, body := get(t, c.url(t, "/livez")); status != http.StatusOK {
				t.Errorf("/livez: %d %s", status, body)
			}
			c.terminate(t)
			if status := c.status(t); status != cli.StatusDone {
				t.Errorf("status %d after SIGTERM", status)
			}
			t.Logf("stopped after %v s", c.says(t, "stopped")["seconds"])
		}
	}
	t.Run("embedded", func(t *testing.T) { test(t, testbed.EmbeddedPair(t)) })
	t.Run("real", func(t *testing.T) { test(t, testbed.RealPair(t)) })
}

// TestStopsWhileTrafficFlows stops both programs in the middle of things, and
// lets others go on from there.
func TestStopsWhileTrafficFlows(t *testing.T) {
	d := deploy(t, testbed.EmbeddedPair(t))
	consumer := start(t, Consumer, nil, d.flags(Consumer)...)
	publisher := start(t, Publisher, nil, d.flags(Publisher)...)
	sent, finish := d.stream(t)
	eventually(t, "some traffic", func() bool { return sent.Load() > 500 })
	for _, c := range []*child{consumer, publisher} {
		c.ready(t)
		c.terminate(t)
		if status := c.status(t); status != cli.StatusDone {
			t.Errorf("status %d after SIGTERM", status)
		}
		c.says(t, "stopped")
	}
	start(t, Consumer, nil, d.flags(Consumer)...)
	start(t, Publisher, nil, d.flags(Publisher)...)
	before := sent.Load()
	eventually(t, "more traffic", func() bool { return sent.Load() > before+500 })
	orders := finish()
	seen := map[string]bool{}
	for _, r := range d.records(t, d.namespace+".changes", orders) {
		seen[header(r, "ce_id")] = true
	}
	if len(seen) != orders {
		t.Errorf("%d orders gave %d changes of different ids", orders, len(seen))
	}
}

// stream produces orders until finish is called, which gives their number.
func (d *deployment) stream(t *testing.T) (sent *atomic.Int64, finish func() int) {
	t.Helper()
	sent = &atomic.Int64{}
	producer := d.pair.KafkaClient(t)
	var stop atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; !stop.Load(); n++ {
			r := order(n, fmt.Sprint("c", n%50))
			r.Topic = d.topic
			if err := producer.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Errorf("produce: %v", err)
				return
			}
			sent.Add(1)
		}
	}()
	return sent, func() int {
		stop.Store(true)
		<-ended
		return int(sent.Load())
	}
}

func header(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// TestStopsAlthoughServersAreAway asks programs to stop that can finish nothing.
func TestStopsAlthoughServersAreAway(t *testing.T) {
	d := deploy(t, testbed.EmbeddedPair(t))
	for _, program := range []Program{Consumer, Publisher} {
		t.Run(program.name, func(t *testing.T) {
			c := start(t, program, nil, d.flags(program, "--set", "shutdown_timeout=5s")...)
			c.ready(t)
			d.pair.KafkaDown(t)
			d.pair.RedisDown(t)
			url := c.url(t, "/readyz")
			eventually(t, "not being ready", func() bool {
				status, body := get(t, url)
				return status == http.StatusServiceUnavailable && strings.Contains(body, "failing")
			})
			c.terminate(t)
			switch status := c.status(t); status {
			case cli.StatusDone:
				c.says(t, "stopped")
			case cli.StatusFailed:
				c.says(t, "ended")
			default:
				t.Errorf("status %d", status)
			}
			d.pair.KafkaUp(t)
			d.pair.RedisUp(t)
		})
	}
}

func TestStopsWhileStarting(t *testing.T) {
	d := deploy(t, testbed.EmbeddedPair(t))
	d.pair.RedisDown(t)
	c := start(t, Consumer, nil, d.flags(Consumer)...)
	c.says(t, "a server does not answer yet")
	if status, body := get(t, c.url(t, "/readyz")); status != http.StatusServiceUnavailable || !strings.Contains(body, "waiting for Redis") {
		t.Errorf("/readyz: %d %s", status, body)
	}
	if status, body := get(t, c.url(t, "/livez")); status != http.StatusOK {
		t.Errorf("/livez: %d %s", status, body)
	}
	c.terminate(t)
	if status := c.status(t); status != cli.StatusDone {
		t.Errorf("status %d", status)
	}
}

// TestStartsWhenServersCome starts a program before what it needs.
func TestStartsWhenServersCome(t *testing.T) {
	d := deploy(t, testbed.EmbeddedPair(t))
	d.pair.KafkaDown(t)
	c := start(t, Consumer, nil, d.flags(Consumer)...)
	c.says(t, "a server does not answer yet")
	d.pair.KafkaUp(t)
	c.ready(t)
}

func TestGivesUpOnServersThatDoNotCome(t *testing.T) {
	for _, tc := range []struct {
		name string
		down func(*testbed.Pair)
		want []string
	}{
		{"Redis", func(p *testbed.Pair) { p.RedisDown(t) }, []string{"connect to Redis (single) at [127.0.0.1:", "connection refused", "--redis", "tried for 1s"}},
		{"Kafka", func(p *testbed.Pair) { p.KafkaDown(t) }, []string{"connect to Kafka at [127.0.0.1:", "--brokers", "tried for 1s"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := deploy(t, testbed.EmbeddedPair(t))
			tc.down(d.pair)
			p := &Process{Program: Consumer, Config: d.config(t, Consumer, nil), ConnectTimeout: time.Second}
			err := ends(t, p)
			if err == nil {
				t.Fatal("it ran")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
		})
	}
}

func TestRefusesTopicsThatAreNotThere(t *testing.T) {
	d := deploy(t, testbed.EmbeddedPair(t))
	p := &Process{Program: Consumer, Config: d.config(t, Consumer, nil, "--topics", "nowhere")}
	if err := ends(t, p); err == nil || !strings.Contains(err.Error(), "clvstream topics create") {
		t.Errorf("error: %v", err)
	}
}
