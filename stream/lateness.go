package stream

import (
	"context"
	"log/slog"
	"time"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
)

// lateness notes how late a partition's events come for due times: by as much as
// awake.grace would have to be for them to be waited for. What is stored is the longest
// of the last week.
type lateness struct {
	store  *state.Store
	source layout.Source

	stored state.Lateness // as far as this task knows
	warned time.Time
}

const (
	latenessKept  = 7 * 24 * time.Hour
	latenessEvery = time.Hour // a warning, at most
)

// note takes the late events of a commit. comeMicros is the event time that the
// partition had come to when they came.
func (l *lateness) note(ctx context.Context, late state.Counted, comeMicros int64) {
	by := time.Duration(comeMicros-late.EarliestMicros) * time.Microsecond
	if late.Events == 0 || by <= 0 {
		return
	}
	countLate(ctx, late.Events, by)
	now := time.Now()
	if by > l.stored.By || now.Sub(l.stored.At) > latenessKept {
		l.stored = state.Lateness{By: by, At: now}
		if err := l.store.KeepLateness(ctx, l.source, l.stored, latenessKept); err != nil {
			l.stored = state.Lateness{} // the next one tries again
		}
	}
	if now.Sub(l.warned) > latenessEvery {
		l.warned = now
		slog.WarnContext(ctx, "events came after due times that should have waited for them: an awake.grace of late_by would have",
			"partition", l.source.String(), "events", late.Events, "late_by", by.Round(time.Second))
	}
}
