package verify

import (
	"github.com/clvstream/clvstream/clv/standing"
)

// told is what subscribers may have been told of where a customer stands.
type told struct {
	stage                   standing.Stage
	tier, level             uint8
	approaching, worthwhile bool
}

// isNews says whether where a customer stands must be told to those who were told
// another: a stage (active is where everybody begins, and no news), a level of
// P(alive) that was passed, a floor that was crossed, another tier, or that the
// next one has come near.
func (now told) isNews(before *told, acquired bool) bool {
	stage := now.stage >= standing.StageCooling && now.stage != before.stage
	floor := acquired && now.worthwhile != before.worthwhile
	return stage || floor || now.level > before.level || now.tier != before.tier || now.approaching && !before.approaching
}

// unlearn is what is left of what was told when nothing is: that a customer is
// active again, that a level is regained or a tier near no more, passes for told.
func (now told) unlearn(later *told) told {
	if later.stage < standing.StageCooling {
		now.stage = later.stage
	}
	now.level = min(now.level, later.level)
	now.approaching = now.approaching && later.approaching
	return now
}

// expired is the same after the time in which a customer is called won back.
func (now told) expired() told {
	if now.stage == standing.StageWonBack {
		now.stage = standing.StageActive
	}
	return now
}

// places are where a customer of a view may stand, of a tier.
func (w *view) places(tier uint8, approaching bool) []told {
	of := func(s *standsAt) told {
		return told{stage: s.stage, tier: tier, level: s.level, approaching: approaching, worthwhile: s.worthwhile}
	}
	if w.low == w.high {
		return []told{of(&w.high)}
	}
	return []told{of(&w.low), of(&w.high)}
}

// news says whether a view certainly is, and may be, news to whom one of before
// was told. The tier is the one that was told, unless the value forbids it.
func (w *view) news(t *standing.Tiers, before []told) (certainly, maybe bool) {
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
			certainly = certainly && now.isNews(&b, w.acquired)
		}
		for _, now := range w.places(tier, possible) {
			maybe = maybe || now.isNews(&b, w.acquired)
		}
	}
	return certainly && len(before) > 0, maybe
}

// add adds what may have been told, once.
func add(all []told, more ...told) []told {
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
