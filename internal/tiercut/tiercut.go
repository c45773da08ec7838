// Package tiercut recomputes the borders of tiers by percentile, for `clvstream tiers cut`
// and for the publisher that has lane 0:
//
//	statistics ──► histogram of CLV ──► borders ──► in force, in every process
//	                                           └──► customers are due, over a span
//
// It reads no customer. It refuses tiers that are not by percentile, a base without
// customers, and borders that would be equal; then those in force stay.
package tiercut

import (
	"context"
	"time"

	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/state"
)

// Job is one cut.
type Job struct {
	Store *state.Store
	Tiers standing.Tiers // as configured
	Span  time.Duration
	// From is the instant from which on customers are due, µs.
	From func(context.Context) (int64, error)
}

// Borders are where the tiers would begin by now, minor units.
func (j *Job) Borders(ctx context.Context) ([]int64, error) {
	statistics, err := j.Store.Statistics(ctx)
	if err != nil {
		return nil, err
	}
	worth := statistics.Everybody().CLVHistogram()
	return j.Tiers.Borders(worth.Customers, worth.Quantile)
}

// Run cuts, and says what is in force then. Borders that are in force already are
// not changed.
func (j *Job) Run(ctx context.Context) (a state.Activation, changed bool, err error) {
	borders, err := j.Borders(ctx)
	if err != nil {
		return state.Activation{}, false, err
	}
	from, err := j.From(ctx)
	if err != nil {
		return state.Activation{}, false, err
	}
	return j.Store.CutTiers(ctx, borders, from, j.Span)
}
