package process

import (
	"context"
	"log/slog"
	"time"
)

// closers are what is open, in the order of opening.
type closers []closer

type closer struct {
	name  string
	close func(context.Context) error
}

func (c *closers) add(name string, close func(context.Context) error) {
	*c = append(*c, closer{name, close})
}

// closeShare is the part of the shutdown timeout that each closer may use: a
// collector that is away must not use up what the commit under way needs.
const closeShare = 5

// close closes in reverse order. A failure to close is logged and ignored: the
// process ends anyway.
func (c *closers) close(bound time.Duration) {
	for i := len(*c) - 1; i >= 0; i-- {
		ctx, cancel := context.WithTimeout(context.Background(), bound/closeShare)
		if err := (*c)[i].close(ctx); err != nil {
			slog.Warn("closing failed", "what", (*c)[i].name, "error", err)
		}
		cancel()
	}
}
