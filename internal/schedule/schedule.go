// Package schedule runs work at the instants that a cron expression names, in
// whichever process leads:
//
//	next instant ──► sleep, a minute at most ──► run ──► next instant …
//
// Work that fails is logged, and tried again at the next instant. An instant that comes while the last run is under way, or while nobody leads, is
// passed over, not made up for.
package schedule

import (
	"context"
	"log/slog"
	"time"
)

// Cron is a schedule: Next is the first instant after another, in the time zone of
// that, and false where there is none.
type Cron interface {
	Next(after time.Time) (next time.Time, ok bool)
}

// longestNap is how long is slept at once: a clock that is set is noticed.
const longestNap = time.Minute

// Run runs named work at its instants in a time zone until ctx is done, or no
// instant is left.
func Run(ctx context.Context, work string, cron Cron, zone *time.Location, run func(context.Context) error) {
	for ctx.Err() == nil {
		next, ok := cron.Next(time.Now().In(zone))
		if !ok {
			return
		}
		slog.InfoContext(ctx, "scheduled", "work", work, "next", next)
		for ctx.Err() == nil && time.Now().Before(next) {
			nap(ctx, min(longestNap, time.Until(next)))
		}
		if ctx.Err() != nil {
			return
		}
		if err := run(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "scheduled work failed: it is tried again at the next time", "work", work, "error", err)
		}
	}
}

func nap(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
