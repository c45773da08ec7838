package clv_test

import (
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// An event whose time due times have passed already is announced as any other, at
// once and as an event's: only a span makes a change wait.
func TestAnEventAfterItsTimeIsAnnouncedAtOnce(t *testing.T) {
	eachAwakeLife(t, 20, func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation) {
		var c live
		for i := range events {
			c.CatchUp("c", events[i].AtMicros, v, c.tell)
			value, told := c.Value, len(c.changes)
			change, announced, refused := c.Apply(&events[i], v)
			if refused != nil {
				continue
			}
			if announced {
				c.tell(change)
			}
			if c.Announced.Pending != 0 {
				t.Fatalf("event %d (%s) waits, without a span", i, events[i].Kind)
			}
			if c.Version > 0 && value.Status != c.Value.Status && len(c.changes) == told {
				t.Fatalf("event %d moved the status from %s to %s, and nothing was announced", i, value.Status, c.Value.Status)
			}
			for _, ahead := range []int64{rnd.Int64N(10), 1000} { // the lane is ahead of the next event
				c.CatchUp("c", events[i].AtMicros+ahead*eventtest.DayMicros, v, c.tell)
			}
		}
		for _, change := range c.changes {
			switch change.Reason {
			case announce.ReasonDecay, announce.ReasonDormant, announce.ReasonTier, announce.ReasonModel:
			default:
				if change.Cause.Kind == history.TimePassed {
					t.Fatalf("version %d has reason %s, and no event caused it", change.Version, change.Reason)
				}
			}
		}
	})
}
