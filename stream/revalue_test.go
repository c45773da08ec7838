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
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/due"
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
		o := newHarness(t, pair)
		o.Orders(t, customers)
		valuation := outlet.Valuation(t)
		store, err := state.Open(t.Context(), pair.RedisClient(t), state.Options{Namespace: o.Topics.Changes, Shards: outlet.Shards, Model: lived})
		if err != nil {
			t.Fatal(err)
		}
		o.Store = store
		head := state.Head{Kind: state.HeadIdle, AtMicros: time.Now().UnixMicro(), SeenMicros: time.Now().UnixMicro()}
		if err := store.SetHead(t.Context(), layout.Source{Topic: "in"}, head); err != nil {
			t.Fatal(err)
		}
		if _, err := store.PushModel(t.Context(), "longer", []byte("5"), nil); err != nil {
			t.Fatal(err)
		}
		if _, _, err := store.Activate(t.Context(), "longer", head.SeenMicros-time.Minute.Microseconds(), 30*time.Second, false); err != nil {
			t.Fatal(err)
		}
		var led atomic.Int32
		p := o.publisher(t, func(config *PublisherConfig) {
			config.Due = due.Config{Mode: due.Wall, Topics: []string{"in"}, Valuation: func() *clv.Valuation { return valuation }}
			config.Leader = func(ctx context.Context) {
				led.Add(1)
				<-ctx.Done()
			}
		})
		ctx, stop := context.WithCancel(t.Context())
		var lanes sync.WaitGroup
		for lane := range int32(outlet.Lanes) {
			l := newLane(p, lane)
			lanes.Go(func() {
				if err := l.work(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		o.awaitModel(t, customers)
		stop()
		lanes.Wait()
		o.drain(t, o.publisher(t, nil)) // without a leader
		told := map[string]int{}
		for _, record := range o.Committed(t, o.Topics.Changes) {
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
func (o *harness) awaitModel(t *testing.T, customers int64) {
	t.Helper()
	want, err := model.NewSimple(5)
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(testbed.Patience)
	for {
		m, err := o.Store.Moving(t.Context(), 1)
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
