package stream

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
)

// lived makes a simple model of a pushed file, which is its lifespan in years.
func lived(file []byte) (model.Model, error) {
	var years float64
	if _, err := fmt.Sscan(string(file), &years); err != nil {
		return nil, err
	}
	return model.NewSimple(years)
}

// A publisher's lanes value everybody anew after an activation, and tell of it
// once; whoever holds the first lane leads.
func TestLanesSeeToAnActivation(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		const customers = 60
		o := newOutlet(t, pair)
		o.orders(t, customers)
		valuation := simpleValuation(t)
		store, err := state.Open(t.Context(), pair.RedisClient(t), state.Options{Namespace: o.topics.Changes, Shards: outletShards, Model: lived})
		if err != nil {
			t.Fatal(err)
		}
		o.store = store
		head := state.Head{Kind: state.HeadIdle, AtMicros: 1, SeenMicros: time.Now().UnixMicro()}
		if err := store.SetHead(t.Context(), state.Source{Topic: "in"}, head); err != nil {
			t.Fatal(err)
		}
		if _, err := store.PushModel(t.Context(), "longer", []byte("5")); err != nil {
			t.Fatal(err)
		}
		if _, _, err := store.Activate(t.Context(), "longer", head.SeenMicros-time.Minute.Microseconds(), 30*time.Second, false); err != nil {
			t.Fatal(err)
		}
		var led atomic.Int32
		p := o.publisher(t, func(config *PublisherConfig) {
			config.Awake = Awake{Mode: AwakeWall, Topics: []string{"in"}, Valuation: func() *clv.Valuation { return valuation }}
			config.Leader = func(ctx context.Context) {
				led.Add(1)
				<-ctx.Done()
			}
		})
		ctx, stop := context.WithCancel(t.Context())
		var lanes sync.WaitGroup
		for lane := range int32(outletLanes) {
			r := newRelay(p, lane)
			lanes.Go(func() { r.work(ctx) })
		}
		o.awaitModel(t, customers)
		stop()
		lanes.Wait()
		o.drain(t, p)
		told := map[string]int{}
		for _, record := range o.committed(t, o.topics.Changes) {
			if bytes.Contains(record.Value, []byte(`"reason":"model"`)) {
				told[string(record.Key)]++
			}
		}
		for c := range customers {
			if id := fmt.Sprintf("c%d", c); told[id] != 1 {
				t.Errorf("%s was told of the model %d times", id, told[id])
			}
		}
		if led.Load() != 1 {
			t.Errorf("the leader ran %d times, want once", led.Load())
		}
	})
}

// awaitModel returns when no customer is valued by the model before any more.
func (o *outlet) awaitModel(t *testing.T, customers int64) {
	t.Helper()
	want, err := model.NewSimple(5)
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(patience)
	for {
		m, err := o.store.Moving(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if m.Customers[want.Version()] == customers && len(m.Customers) == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("customers are valued by %v, want all by %s", m.Customers, want.Version())
		}
		time.Sleep(5 * time.Millisecond)
	}
}
