package refit

import (
	"context"
	"log/slog"
	"time"

	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/schedule"
)

// Lead runs the job whenever a schedule falls, in a time zone, until ctx is done.
func Lead(ctx context.Context, job *Job, refit config.Refit, zone *time.Location) {
	schedule.Run(ctx, "fit the model anew", refit, zone, func(ctx context.Context) { report(ctx, job) })
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
