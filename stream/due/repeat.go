package due

import (
	"context"
	"log/slog"
	"time"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

// repeat does the lane's work step by step, with rests between the steps, until ctx is
// done. What fails is tried again; an error that no retry heals is answered.
func (l *Lane) repeat(ctx context.Context, work string, step func(context.Context) (pause time.Duration, err error), rest func(context.Context, time.Duration)) error {
	for attempt := 0; ctx.Err() == nil; {
		pause, err := step(ctx)
		switch {
		case err == nil, ctx.Err() != nil:
			attempt = 0
		case state.Judge(err).Ends():
			return err
		default:
			slog.WarnContext(ctx, "work of a lane is retried", "lane", l.id, "work", work, "error", err)
			pause = cluster.Backoff(attempt)
			attempt++
		}
		rest(ctx, pause)
	}
	return nil
}
