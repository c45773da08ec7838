package stream

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/stream/cluster"
)

// harness is an outlet and the publishers for it.
type harness struct{ *outlet.Outlet }

func newHarness(t *testing.T, pair *testbed.Pair, letterConfigs ...string) *harness {
	t.Helper()
	return &harness{outlet.New(t, pair, letterConfigs...)}
}

// publisher is one that is not run: drain runs its lanes without a group.
func (o *harness) publisher(t *testing.T, change func(*PublisherConfig)) *Publisher {
	t.Helper()
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	config := PublisherConfig{
		Kafka: cluster.Access{Brokers: o.Pair.Brokers, ClientID: "test"}, Topics: o.Topics, Group: o.Topics.Changes,
		Store: o.Store, Currency: usd, Source: "/test", TransactionTimeout: 5 * time.Second,
	}
	if change != nil {
		change(&config)
	}
	p, err := NewPublisher(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.client.Close)
	return p
}

// allShards are those of the outlet.
var allShards = []int{0, 1, 2, 3}

// drain runs all lanes until nothing waits.
func (o *harness) drain(t *testing.T, p *Publisher) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var lanes sync.WaitGroup
	for id := range int32(outlet.Lanes) {
		l := newLane(p, id)
		lanes.Go(func() {
			if err := l.work(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	testbed.Await(t, "the outboxes to be empty", func() bool { return o.Depth(t, allShards) == 0 })
	stop()
	lanes.Wait()
}
