package due

import (
	"cmp"
	"context"
	"math"
	"strings"
	"time"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
)

// streamTime is the instant up to which due times may fire, µs: the lowest event time
// that an input has come to. ok is false while it is not known of an input.
//
//	records wait     the event time that was read last
//	nothing waits    the furthest event, and the time that has passed since it was applied:
//	                 live that is the clock, in a replay the data's own time. In mode event
//	                 no time passes
//	quiet            nothing waits, and no record came for a while: it holds nobody back
//	never a record   it has nothing to wait for
//
// Where all are quiet the furthest counts. An input whose consumer is not seen any more
// stays where it was, and is not quiet: records may wait in it. Stream time is never ahead
// of the wall clock, whatever a producer's clock says.
func (c *Config) streamTime(heads map[string]state.Head, wallMicros int64) (micros int64, ok bool) {
	lowest, furthest := int64(math.MaxInt64), int64(0)
	for _, head := range heads {
		switch head.Kind {
		case state.HeadUnknown:
			return 0, false
		case state.HeadAt:
			lowest = min(lowest, head.AtMicros)
		case state.HeadIdle:
			at := c.idleAt(&head)
			furthest = max(furthest, at)
			if at != 0 && !c.quiet(&head, wallMicros) {
				lowest = min(lowest, at)
			}
		}
	}
	if lowest == math.MaxInt64 {
		lowest = furthest
	}
	return min(lowest, wallMicros), lowest > 0
}

// idleAt is how far an input has come in which nothing waits; 0: there never was a record.
func (c *Config) idleAt(head *state.Head) int64 {
	if c.Mode == Event || head.Furthest == (state.Sighting{}) {
		return head.AtMicros
	}
	return max(head.AtMicros, head.Furthest.By(head.SeenMicros))
}

// quiet says whether an input holds nobody back.
func (c *Config) quiet(head *state.Head, wallMicros int64) bool {
	return wallMicros-head.SeenMicros < seenWithin.Microseconds() && head.SeenMicros-head.ActiveMicros >= cmp.Or(c.QuietAfter, defaultQuietAfter).Microseconds()
}

const (
	// defaultQuietAfter is longer than producers that send to several partitions leave one
	// without, also in a replay: what they send there next is of the same time.
	defaultQuietAfter = time.Minute
	// seenWithin is well above the 250 ms in which a consumer says that nothing waits.
	seenWithin = 15 * time.Second
)

// StreamTime asks how far the inputs have come: the instant up to which due times may
// fire, µs, the grace for late events behind them; ok is false while it is not known.
// Of two clocks that differ, this machine's and Redis's, the earlier one counts: one
// that jumped ahead fires no customer early.
func (c *Config) StreamTime(ctx context.Context, store *state.Store) (micros int64, ok bool, err error) {
	at, err := c.inputsAt(ctx, store)
	return at.micros, at.known, err
}

// inputs is where the inputs have come to.
type inputs struct {
	micros int64 // stream time, the grace behind
	known  bool
	// needed is what every shard had applied when they came there. One that has not was
	// restored from an older copy since.
	needed state.Applied
	// backlog says that records wait in one that is not at the present.
	backlog bool
}

func (c *Config) inputsAt(ctx context.Context, store *state.Store) (at inputs, err error) {
	all, err := store.Heads(ctx)
	if err != nil {
		return inputs{}, err
	}
	clock, err := store.Clock(ctx)
	if err != nil {
		return inputs{}, err
	}
	heads := map[string]state.Head{}
	for source, head := range all {
		topic := source[:max(0, strings.LastIndexByte(source, '/'))]
		if c.reads(topic) {
			heads[source] = head
		}
	}
	wallMicros := min(time.Now().UnixMicro(), clock.UnixMicro())
	at.micros, at.known = c.streamTime(heads, wallMicros)
	at.needed, at.backlog = neededBy(heads), backlog(heads, at.micros, wallMicros)
	at.micros -= c.Grace.Microseconds()
	return at, nil
}

// presentWithin is how far stream time may be behind the clock while records wait, as they
// always do somewhere where orders come all the time.
const presentWithin = time.Hour

// backlog says whether records wait, and not those of the present.
func backlog(heads map[string]state.Head, micros, wallMicros int64) bool {
	for _, head := range heads {
		if head.Kind != state.HeadIdle && wallMicros-micros > presentWithin.Microseconds() {
			return true
		}
	}
	return false
}

// neededBy are the last records before the positions that heads name.
func neededBy(heads map[string]state.Head) state.Applied {
	needed := state.Applied{}
	for name, head := range heads {
		if source, err := layout.ParseSource(name); err == nil && head.UpTo > 0 {
			needed[source] = head.UpTo - 1
		}
	}
	return needed
}
