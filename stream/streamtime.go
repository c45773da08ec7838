package stream

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/clvstream/clvstream/state"
)

// AwakeMode says by which clock due times fire.
type AwakeMode string

// The modes. AwakeWall follows the inputs' event times while they are behind, and
// the wall clock once they are caught up. AwakeEvent never goes beyond the events:
// a replay of the past fires nothing of what came after it. AwakeOff fires nothing
// until an event comes.
const (
	AwakeWall  AwakeMode = "wall"
	AwakeEvent AwakeMode = "event"
	AwakeOff   AwakeMode = "off"
)

// streamTime is the instant up to which due times may fire, µs: the lowest
// event time that the inputs have come to. It is never ahead of the wall clock,
// whatever a producer's clock says; ok is false while it is not known of an input.
// An input that is caught up is, in mode wall, as far as the wall clock was when
// that was last seen: one whose consumer has died stays there.
func streamTime(heads map[string]state.Head, mode AwakeMode, wallMicros int64) (micros int64, ok bool) {
	lowest, latestIdle := int64(math.MaxInt64), int64(0)
	for _, head := range heads {
		switch head.Kind {
		case state.HeadUnknown:
			return 0, false
		case state.HeadAt:
			lowest = min(lowest, head.AtMicros)
		case state.HeadIdle:
			latestIdle = max(latestIdle, head.AtMicros)
			if mode == AwakeWall {
				lowest = min(lowest, head.SeenMicros)
			}
		}
	}
	if lowest == math.MaxInt64 { // all are caught up: with the last event the time stands still
		lowest = latestIdle
	}
	return min(lowest, wallMicros), lowest > 0
}

func (p *Publisher) streamTime(ctx context.Context) (micros int64, ok bool, err error) {
	return p.config.Awake.Time(ctx, p.config.Store)
}

// Time asks how far the inputs have come: the instant up to which due times may
// fire, µs, the grace for late events behind them; ok is false while it is not
// known. Of two clocks that differ, this
// machine's and Redis's, the earlier one counts: one that jumped ahead fires
// nobody before their time.
func (a *Awake) Time(ctx context.Context, store *state.Store) (micros int64, ok bool, err error) {
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
		if a.reads(topic) {
			heads[source] = head
		}
	}
	micros, ok = streamTime(heads, a.Mode, min(time.Now().UnixMicro(), clock.UnixMicro()))
	return micros - a.Grace.Microseconds(), ok, nil
}
