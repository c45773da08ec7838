package assembly

import (
	"context"
	"log/slog"
	"time"
)

// longestNap is how long is slept at once: a clock that is set is noticed.
const longestNap = time.Minute

// atTimes runs named work at the instants of a schedule, in a time zone, until ctx is done
// or no instant is left: next returns the first one after another. Work that fails is logged
// and runs again at the next instant. An instant during the work, or while no process has
// lane 0, is skipped and not made up for.
func atTimes(ctx context.Context, work string, next func(time.Time) (time.Time, bool), zone *time.Location, run func(context.Context) error) {
	for ctx.Err() == nil {
		at, ok := next(time.Now().In(zone))
		if !ok {
			return
		}
		slog.InfoContext(ctx, "scheduled", "work", work, "next", at)
		for time.Now().Before(at) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(min(longestNap, time.Until(at))):
			}
		}
		if err := run(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "a scheduled job failed: it runs again at its next time", "work", work, "error", err)
		}
	}
}
