package verify

import (
	"github.com/clvstream/clvstream/clv/standing"
)

// announcement is where a customer stands, as subscribers may know it.
type announcement struct {
	stage                   standing.Stage
	tier, level             uint8
	approaching, worthwhile bool
}

// matters says whether where a customer stands must be announced after another
// announcement: another stage or tier, a level of P(alive) that was passed, a floor
// that was crossed, or that the next tier has come near.
func (now announcement) matters(before *announcement, acquired bool) bool {
	floor := acquired && now.worthwhile != before.worthwhile
	return now.stage != before.stage || floor || now.level > before.level || now.tier != before.tier || now.approaching && !before.approaching
}

// suppress is what an announcement becomes when a later one is not made: that a level
// is regained, or a tier near no more, passes for announced.
func (now announcement) suppress(later *announcement) announcement {
	now.level = min(now.level, later.level)
	now.approaching = now.approaching && later.approaching
	return now
}

// places are where a customer of a view may stand, of a tier.
func (w *view) places(tier uint8, approaching bool) []announcement {
	of := func(s *standsAt) announcement {
		return announcement{stage: s.stage, tier: tier, level: s.level, approaching: approaching, worthwhile: s.worthwhile}
	}
	if w.low == w.high {
		return []announcement{of(&w.high)}
	}
	return []announcement{of(&w.low), of(&w.high)}
}

// mattersAfter says whether a view certainly must, and may, be announced after one of
// the announcements before. The tier is the announced one, unless the value forbids it.
func (w *view) mattersAfter(t *standing.Tiers, before []announcement) (certainly, maybe bool) {
	certainly = true
	for _, b := range before {
		tier := b.tier
		least, most := w.tierRange(t)
		if tier < least {
			tier = least
		} else if tier > most && t.HoldDays == 0 {
			tier = most
		}
		sure, possible := w.near(t, tier)
		for _, now := range w.places(tier, sure) {
			certainly = certainly && now.matters(&b, w.acquired)
		}
		for _, now := range w.places(tier, possible) {
			maybe = maybe || now.matters(&b, w.acquired)
		}
	}
	return certainly && len(before) > 0, maybe
}

// add adds what may have been announced, once.
func add(all []announcement, more ...announcement) []announcement {
	for _, t := range more {
		known := false
		for _, a := range all {
			known = known || a == t
		}
		if !known {
			all = append(all, t)
		}
	}
	return all
}
