package process

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream"
	"github.com/clvstream/clvstream/stream/webhook"
)

// publishing is a publisher that sends webhooks as well.
type publishing struct {
	*stream.Publisher
	sender *webhook.Sender
}

func openPublisher(ctx context.Context, cfg config.Config, store *state.Store) (Worker, error) {
	sender, err := assembly.Sender(ctx, cfg, cli.Version())
	if err != nil {
		return nil, err
	}
	publisher, err := assembly.Publisher(ctx, cfg, store)
	if err != nil || sender == nil {
		return publisher, err
	}
	return &publishing{publisher, sender}, nil
}

// Run does both until ctx is done, or one of them finds what an operator must decide about.
func (p *publishing) Run(ctx context.Context) error {
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return p.Publisher.Run(ctx) })
	both.Go(func() error { return p.sender.Run(ctx) })
	return both.Wait()
}

// Live says which loop has stopped turning. Readiness is the publisher's alone: a receiver that
// is away is no reason to restart.
func (p *publishing) Live() error {
	if err := p.Publisher.Live(); err != nil {
		return err
	}
	return p.sender.Live()
}
