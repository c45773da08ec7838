package endtoend

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/bench"
	"github.com/clvstream/clvstream/internal/bench/workload"
)

// plain settings store customers without changes and without due times, for which ten
// millions of them would take the disk and an hour.
const plain = "business: {currency: EUR}\n" +
	"policy: {by_reason: [{reason: first, never: true}, {reason: purchase, never: true}]}\n"

var withoutTime = map[string]string{
	"awake.mode": "off", "awake.cooling.silence_quantile": "0", "awake.dormant.silence_quantile": "0", "awake.lost.silence_days": "0",
}

// grow stores customers with an order each before the shop opens, and returns the shop's
// orders, which wait in a topic of their own deployment behind them.
func (c *comparison) grow(t *testing.T, target bench.Target, shop input) input {
	t.Helper()
	in := input{topics: []string{c.unique("orders")}}
	c.createTopic(t, in.topics[0])
	target.Set["input.topics"] = in.topics[0]
	before := target
	before.File = filepath.Join(t.TempDir(), "plain.yaml")
	need(t, os.WriteFile(before.File, []byte(plain), 0o600))
	before.Set = maps.Clone(target.Set)
	maps.Copy(before.Set, withoutTime)
	opens := time.Now().Add(-bench.TwoYears)
	in.fill(t, c.servers, workload.Uniform, workload.Options{Events: c.stored, Customers: c.stored, Seed: 3, End: opens, Span: bench.TwoYears, Prefix: "g-"})
	run, err := bench.CatchUp(c.ctx, before, in.events, in.customers, bench.CatchUpOptions{})
	need(t, err)
	progress("stored %d customers in %.0f s, %.0f bytes each", in.customers, run.Seconds, run.BytesPerCustomer)
	in.fill(t, c.servers, workload.Shop, workload.Options{Events: shop.events, Seed: 1, End: time.Now(), Span: bench.TwoYears})
	return in
}
