package announce

import "math"

// Policy says which changes are worth announcing. The zero Policy announces
// each. A customer's first value always is; changes of status, tier and stage
// pass every threshold, and wait only for the span.
type Policy struct {
	Rule                     // for reasons without one of their own
	ByReason map[Reason]Rule // read only
	// SpanMicros is the time within which a customer has one change at most. One
	// that comes sooner is held back until the span is over, and then tells the
	// value of that instant.
	SpanMicros int64
	// CoolDownMicros is for how long after the announcement of a stage no other
	// one is announced by itself.
	CoolDownMicros int64
	// Hysteresis is the share by which a move must exceed the thresholds when it
	// goes back against the last announced one.
	Hysteresis float64
	// SilentModel lets customers pass to another model version, or other borders of
	// the tiers, without an announcement.
	SilentModel bool
}

// Rule is what a change of one reason must bring to be announced.
type Rule struct {
	AbsoluteMinor float64 // hold back while CLV moved less than this since it was last announced, minor units
	Relative      float64 // hold back while CLV moved less than this share of the announced value, e.g. 0.05
	StandingOnly  bool    // hold back unless status, tier, stage or floor change
	Never         bool    // hold back always
}

// rule is the rule in force for a reason.
func (p *Policy) rule(reason Reason) Rule {
	if r, ok := p.ByReason[reason]; ok {
		return r
	}
	return p.Rule
}

// Holds says whether a move of CLV from the last announced value is too small
// to announce. rose says which way the last announced move went.
func (p *Policy) Holds(reason Reason, announcedMinor, currentMinor float64, rose bool) bool {
	r := p.rule(reason)
	moved := math.Abs(currentMinor - announcedMinor)
	share := 1.0
	if (currentMinor > announcedMinor) != rose {
		share += p.Hysteresis
	}
	return r.StandingOnly || moved < share*r.AbsoluteMinor || moved < share*r.Relative*math.Abs(announcedMinor)
}
