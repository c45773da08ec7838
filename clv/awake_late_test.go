package clv_test

import (
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
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

// Events come in any order within the lateness, and the lane is ahead of some: an event
// makes one change at most, of the present; no change is of an earlier instant than the
// one before it; each names as previous what was announced last; and its reason holds.
func TestTimeDoesNotRunBackwards(t *testing.T) {
	eachAwakeLife(t, 60, func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation) {
		var c live
		fired, late := int64(0), 0
		for _, e := range eventtest.Deliver(rnd, events, &v.Rules) {
			said := len(c.changes)
			c.take(e, fired, v)
			ofEvent := 0
			for _, change := range c.changes[said:] {
				if change.Cause.Kind != history.TimePassed {
					ofEvent++
				} else if change.Cause.AtMicros >= e.AtMicros {
					t.Fatalf("%s at %d made a change of time as of %d", e.Kind, e.AtMicros, change.Cause.AtMicros)
				}
			}
			if ofEvent > 1 {
				t.Fatalf("an event made %d changes", ofEvent)
			}
			if e.AtMicros <= fired {
				late++
			}
			if rnd.IntN(2) == 0 {
				fired = max(fired, e.AtMicros+rnd.Int64N(90)*eventtest.DayMicros)
			}
			c.CatchUp("c", fired+1, v, c.tell)
		}
		for i := 1; i < len(c.changes); i++ {
			was, now := &c.changes[i-1], &c.changes[i]
			if now.Current.AsOfMicros < was.Current.AsOfMicros {
				t.Fatalf("version %d is as of %d, the one before as of %d", now.Version, now.Current.AsOfMicros, was.Current.AsOfMicros)
			}
			if now.Was.Stage != was.Standing.Stage || now.Was.Tier != was.Standing.Tier {
				t.Fatalf("version %d comes from %s, tier %d; announced was %s, tier %d", now.Version, now.Was.Stage, now.Was.Tier, was.Standing.Stage, was.Standing.Tier)
			}
			if now.Standing.StageMicros > now.Current.AsOfMicros || now.Standing.TierMicros > now.Current.AsOfMicros {
				t.Fatalf("version %d, as of %d, stands since the future: %+v", now.Version, now.Current.AsOfMicros, now.Standing)
			}
			wantReason(t, now)
		}
	})
}

// wantReason checks that a change's reason holds by its own words.
func wantReason(t *testing.T, c *clv.Change) {
	t.Helper()
	ofTime := c.Cause.Kind == history.TimePassed
	holds := map[announce.Reason]bool{
		announce.ReasonPurchase: c.Cause.Kind == history.OrderPlaced,
		announce.ReasonRefund:   c.Cause.Kind == history.OrderRefunded,
		announce.ReasonCancel:   c.Cause.Kind == history.OrderCancelled,
		announce.ReasonDormant:  ofTime && c.Standing.Stage != c.Was.Stage && c.Standing.Stage.Silent(),
		announce.ReasonTier:     ofTime && c.Standing.Tier != c.Was.Tier,
		announce.ReasonDecay:    ofTime,
	}
	if held, listed := holds[c.Reason]; listed && !held {
		t.Fatalf("version %d of %s is announced as %s, from %+v to %+v", c.Version, c.Cause.Kind, c.Reason, c.Was, c.Standing)
	}
}

// Tiers that are cut on a day place nobody before it, however late an event finds out:
// after the customer was valued by them, or first of all.
func TestNobodyIsInATierBeforeItExisted(t *testing.T) {
	const cutMicros = 20_100 * eventtest.DayMicros
	order := func(day int, id string) *history.Event {
		return &history.Event{Kind: history.OrderPlaced, ID: id, OrderID: id, CustomerID: "c", AtMicros: int64(20_000+day) * eventtest.DayMicros, AmountMinor: 10_000}
	}
	for name, rolledOut := range map[string]bool{"after the rollout": true, "before it": false} {
		before := watchful(t, models(t)["simple"])
		before.Awake.Tiers = standing.Tiers{Percentiles: []standing.Percentile{{Name: "best", Below: 0.9}}}
		after := *before
		cut, err := before.Awake.Tiers.At(1, []int64{100})
		if err != nil {
			t.Fatal(err)
		}
		after.Awake.Tiers = cut
		var c live
		c.take(order(0, "o1"), 0, before)
		c.take(order(10, "o2"), 0, before)
		c.CatchUp("c", cutMicros, before, c.tell)
		if rolledOut {
			c.Advance("c", clv.Occasion{UntilMicros: cutMicros, Due: true}, &after, c.tell)
		}
		for day, id := range map[int]string{12: "o3", 5: "o4"} {
			c.take(order(day, id), cutMicros, &after)
			if c.Standing.Tier != 1 || c.Standing.TierMicros != cutMicros {
				t.Errorf("%s: after %s in tier %d since %d, want 1 since %d", name, id, c.Standing.Tier, c.Standing.TierMicros, int64(cutMicros))
			}
		}
		if last := c.changes[len(c.changes)-1]; last.Standing.Tier != 1 || last.Current.AsOfMicros != cutMicros {
			t.Errorf("%s: announced is tier %d as of %d", name, last.Standing.Tier, last.Current.AsOfMicros)
		}
	}
}
