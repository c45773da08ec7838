package refit

import (
	"context"
	"log/slog"
	"time"

	"github.com/clvstream/clvstream/internal/config"
)

// Leader runs the job whenever a schedule falls, in a time zone, until its context
// is done.
func Leader(job *Job, refit config.Refit, zone *time.Location) func(context.Context) {
	return func(ctx context.Context) {
		schedule(ctx, refit, zone, func(ctx context.Context) { report(ctx, job) })
	}
}

// longestNap is how long is slept at once: a clock that is set is noticed.
const longestNap = time.Minute

// schedule runs at each instant that the expression names. One that comes while
// the last run is under way, or while nobody leads, is passed over.
func schedule(ctx context.Context, refit config.Refit, zone *time.Location, run func(context.Context)) {
	for ctx.Err() == nil {
		next, ok := refit.Next(time.Now().In(zone))
		if !ok {
			return
		}
		slog.InfoContext(ctx, "the model is fitted anew at its time", "next", next)
		for ctx.Err() == nil && time.Now().Before(next) {
			nap(ctx, min(longestNap, time.Until(next)))
		}
		if ctx.Err() == nil {
			run(ctx)
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

// report runs the job and logs what it came to.
func report(ctx context.Context, job *Job) {
	began := time.Now()
	verdict, err := job.Run(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		slog.ErrorContext(ctx, "fitting the model anew failed: it is tried again at the next time", "error", err)
	case err == nil:
		slog.InfoContext(ctx, "the model was fitted anew", "verdict", verdict.Verdict, "activated", verdict.Version, "seconds", time.Since(began).Seconds())
	}
}
