package due

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/clvstream/clvstream/state"
)

// streamTime is the instant up to which due times may fire, µs: the lowest
// event time that the inputs have come to. It is never ahead of the wall clock,
// whatever a producer's clock says; ok is false while it is not known of an input.
// An input that is caught up is, in mode wall, as far as the wall clock was when
// that was last seen: one whose consumer has died stays there.
func streamTime(heads map[string]state.Head, mode Mode, wallMicros int64) (micros int64, ok bool) {
	lowest, latestIdle := int64(math.MaxInt64), int64(0)
	for _, head := range heads {
		switch head.Kind {
		case state.HeadUnknown:
			return 0, false
		case state.HeadAt:
			lowest = min(lowest, head.AtMicros)
		case state.HeadIdle:
			latestIdle = max(latestIdle, head.AtMicros)
			if mode == Wall {
				lowest = min(lowest, head.SeenMicros)
			}
		}
	}
	if lowest == math.MaxInt64 { // all are caught up: with the last event the time stands still
		lowest = latestIdle
	}
	return min(lowest, wallMicros), lowest > 0
}

// StreamTime asks how far the inputs have come: the instant up to which due times may
// fire, µs, the grace for late events behind them; ok is false while it is not known.
// Of two clocks that differ, this machine's and Redis's, the earlier one counts: one
// that jumped ahead fires no customer early.
func (c *Config) StreamTime(ctx context.Context, store *state.Store) (micros int64, ok bool, err error) {
	all, err := store.Heads(ctx)
	if err != nil {
		return 0, false, err
	}
	clock, err := store.Clock(ctx)
	if err != nil {
		return 0, false, err
	}
	heads := map[string]state.Head{}
	for source, head := range all {
		topic := source[:max(0, strings.LastIndexByte(source, '/'))]
		if c.reads(topic) {
			heads[source] = head
		}
	}
	micros, ok = streamTime(heads, c.Mode, min(time.Now().UnixMicro(), clock.UnixMicro()))
	return micros - c.Grace.Microseconds(), ok, nil
}
