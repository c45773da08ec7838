package endtoend

import (
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/bench"
	"github.com/clvstream/clvstream/internal/testbed"
)

// warmSteady is how long orders come before they are measured.
const warmSteady = 10 * time.Second

// latencies measures each build in turn, each time with an empty state: at the rate
// alone, with due customers beside it, and single orders.
func (c *comparison) latencies(t *testing.T) (found []bench.Steady) {
	t.Helper()
	modes := []bench.SteadyOptions{{Rate: c.rate, Warm: warmSteady, For: c.steady}}
	if c.due > 0 {
		customers := int(float64(c.due) * (warmSteady + c.steady).Seconds())
		modes = append(modes, bench.SteadyOptions{Rate: c.rate, Warm: warmSteady, For: c.steady, Due: customers})
	}
	if c.singles > 0 {
		modes = append(modes, bench.SteadyOptions{Singles: c.singles})
	}
	for range c.repeats {
		for _, b := range c.builds {
			for _, mode := range modes {
				found = append(found, c.latency(t, b, mode))
			}
		}
	}
	return found
}

func (c *comparison) latency(t *testing.T, b build, o bench.SteadyOptions) (found bench.Steady) {
	t.Helper()
	t.Run(b.name, func(t *testing.T) {
		in := input{topics: []string{c.unique("orders")}}
		c.createTopic(t, in.topics[0])
		target := c.target(t, b, testbed.StartRedis(t), in)
		var err error
		found, err = bench.RunSteady(c.ctx, target, o)
		need(t, err)
		c.deleteTopics(t, target.Set["namespace"]+".")
	})
	if t.Failed() {
		t.FailNow()
	}
	progress("%s: %d orders/s, %.0f due/s: p50 %.1f, p99 %.1f, p99.9 %.1f ms", b.name, o.Rate, found.DueRate, found.P50, found.P99, found.P999)
	return found
}
