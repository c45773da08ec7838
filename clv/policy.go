package clv

import "math"

// Reason says why a change is announced.
type Reason uint8

// The reasons for a change. What the zero value stands for is not announced.
const (
	ReasonFirst        Reason = iota + 1 // the customer's first value
	ReasonPurchase                       // an order
	ReasonRefund                         // money went back
	ReasonCancel                         // an order was cancelled
	ReasonChurn                          // what is known of churn changed
	ReasonReactivation                   // a churned customer is active again
	ReasonCorrection                     // a newer version of something already known
	ReasonDecay                          // silence moved the value past a level, or by as much as is watched for
	ReasonDormant                        // silence brought the customer into another stage
	ReasonTier                           // time brought the customer into another tier
	ReasonModel                          // another model or other borders came into force
)

var reasonNames = [...]string{
	ReasonFirst:        "first",
	ReasonPurchase:     "purchase",
	ReasonRefund:       "refund",
	ReasonCancel:       "cancel",
	ReasonChurn:        "churn",
	ReasonReactivation: "reactivation",
	ReasonCorrection:   "correction",
	ReasonDecay:        "decay",
	ReasonDormant:      "dormant",
	ReasonTier:         "tier",
	ReasonModel:        "model",
}

// String is the reason's name on the wire.
func (r Reason) String() string {
	if r == 0 || int(r) >= len(reasonNames) {
		return "unknown"
	}
	return reasonNames[r]
}

// ParseReason is the inverse of Reason.String; ok is false for any other name.
func ParseReason(name string) (r Reason, ok bool) {
	for r := ReasonFirst; int(r) < len(reasonNames); r++ {
		if reasonNames[r] == name {
			return r, true
		}
	}
	return 0, false
}

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

// worthAnnouncing decides whether the value or the standing moved, and enough,
// and notes what is held back. A customer of whom nothing counts yet (a refund
// waits for its order) has no value to tell.
func (c *Customer) worthAnnouncing(reason Reason, known *Valued, current *Estimate, v *Valuation) bool {
	acquired := current.Acquisition.Known
	stage := c.Standing.tellsStage(&c.Told.Standing)
	cooling := stage && v.Policy.CoolDownMicros > 0 && c.Told.Standing.StageMicros != 0 && current.AsOfMicros < c.Told.Standing.StageMicros+v.Policy.CoolDownMicros
	standing := c.Standing
	if cooling {
		standing.Stage = c.Told.Standing.Stage
	}
	stands := standing.tells(&c.Told.Standing, acquired)
	switch {
	case reason == ReasonFirst:
		return current.Status != Prospect || acquired
	case c.Version == 0 || v.Policy.rule(reason).Never || reason == ReasonModel && v.SilentModel:
		c.hush()
		return false
	case cooling && !stands && reason == ReasonDormant:
		c.Told.Held = ReasonDormant
		return false
	case !stands && current.Status == known.Status && !c.moved(reason, known, current, v):
		c.hush()
		return false
	case v.Policy.SpanMicros > 0 && current.AsOfMicros < c.Told.AtMicros+v.Policy.SpanMicros:
		if c.Told.Held == 0 {
			c.Told.Held = reason
		}
		return false
	default:
		return true
	}
}

// moved says whether the value has moved enough since it was announced.
func (c *Customer) moved(reason Reason, known *Valued, current *Estimate, v *Valuation) bool {
	waited := c.Told.Held != 0
	switch {
	case reason == ReasonDecay && !waited:
		return v.Awake.drifted(c.AnnouncedMinor, current.CLVMinor) && !v.Policy.rule(reason).StandingOnly
	case (reason == ReasonDormant || reason == ReasonTier) && !waited:
		return false // the stage is one that is not told of
	case c.Value.Digest == known.Digest && !waited:
		return false
	default:
		return !v.Policy.Holds(reason, c.AnnouncedMinor, current.CLVMinor, c.Told.Rose)
	}
}

// hush lets what need not be told pass for told: a customer who is active again,
// a level of P(alive) regained, a tier that is near no more. What is told of
// later begins from there.
func (c *Customer) hush() {
	told, now := &c.Told.Standing, &c.Standing
	if now.Stage < StageCooling {
		told.Stage = now.Stage
	}
	told.AliveLevel = min(told.AliveLevel, now.AliveLevel)
	told.Approaching = told.Approaching && now.Approaching
	c.Told.Held = 0
}
