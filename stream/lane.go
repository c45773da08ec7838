package stream

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/clvstream/clvstream/stream/due"
	"github.com/clvstream/clvstream/stream/relay"
)

// lane is what a publisher does for one partition of the progress topic, which stands
// for a part of the shards:
//
//	due.Lane    due times, customers of another model ─► outboxes; values of today ─► statistics
//	relay.Relay outboxes ─► Kafka
type lane struct {
	relay *relay.Relay
	due   *due.Lane
	leads func(context.Context) // for the first lane; nil: nothing

	stop context.CancelFunc // set by who runs it
	done chan struct{}      // closed when it has ended
}

func newLane(p *Publisher, id int32) *lane {
	var shards []int
	for shard := int(id); shard < p.config.Store.Shards(); shard += p.lanes {
		shards = append(shards, shard)
	}
	w := newChangeWriter(p)
	r := relay.New(relay.Config{
		Access: p.config.Kafka, Client: p.client, Store: p.config.Store,
		Topics: p.config.Topics, Limits: p.limits, Lane: id, Shards: shards,
		Durability: p.config.Durability, Compression: p.compression, MaxItems: p.config.MaxItems,
		Linger: p.config.Linger, TransactionTimeout: p.config.TransactionTimeout, Grace: p.config.Grace,
		Change: w.append, Ended: w.ended, Unseen: &p.unseen,
	})
	l := &lane{relay: r, due: p.firing.Lane(id, shards, r.Published()), done: make(chan struct{})}
	if id == 0 {
		l.leads = p.config.Leader
	}
	return l
}

// work relays and, beside that, fires due times, sees to activated models and has values
// counted anew, until ctx is done or one of them ends with an error that an operator must decide about.
// Who has the first lane leads.
func (l *lane) work(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return l.relay.Run(ctx) })
	all.Go(func() error { return l.due.Fire(ctx) })
	all.Go(func() error { return l.due.Revalue(ctx) })
	all.Go(func() error { return l.due.Refresh(ctx) })
	if l.leads != nil {
		all.Go(func() error {
			l.leads(ctx)
			return nil
		})
	}
	return all.Wait()
}
