package announce

import (
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// Announced is what subscribers know of a customer.
type Announced struct {
	Standing standing.Standing // as last announced; StageMicros is when a stage was announced last
	AtMicros int64             // the instant for which the last change holds
	Pending  Reason            // of a change that waits for its time; 0: none does
	Rose     bool              // the last announced move was upwards
}

// Move is a customer before and after something happened, or time passed.
type Move struct {
	Cause         history.Kind // TimePassed: an instant came
	Amends        bool         // the event is another version of an order that was known
	Acquired      bool         // a cost of acquisition is known
	Before, After Point

	Version        uint64  // changes announced so far
	AnnouncedMinor float64 // CLV when last announced
	Known          *Announced
}

// Point is one end of a Move.
type Point struct {
	Value    *estimate.Valued
	Standing *standing.Standing
	Cut      uint64 // of the tiers' borders
}

// Outcome says what becomes of a move.
type Outcome uint8

// The outcomes.
const (
	// Unchanged is an instant that came too early: nothing is different.
	Unchanged Outcome = iota
	// Withhold leaves a move unannounced, and what subscribers know as it is.
	Withhold
	// Suppress leaves a move unannounced and lets what need not be told pass for
	// announced.
	Suppress
	// Postpone leaves a change pending until the policy's span or cool-down is over.
	Postpone
	// Announce publishes a change.
	Announce
)

var outcomeNames = [...]string{Unchanged: "unchanged", Withhold: "withheld", Suppress: "suppressed", Postpone: "postponed", Announce: "announced"}

// String is the outcome in a word.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

// Decision is what becomes of a move, and why.
type Decision struct {
	Outcome Outcome
	Reason  Reason // 0 where nothing but a cut of the tiers is new
}

// Decide says whether a move is announced, and with which reason. Everything that
// decides this is here:
//
//	reason      by the event; for time, by what came: model, tier, stage, level, drift
//	policy      never, thresholds, standing only, hysteresis
//	waiting     one change within a span; a cool-down between stages
func (p *Policy) Decide(m *Move, awake *standing.Awake) Decision {
	if m.Cause != history.TimePassed {
		return p.decide(m, m.eventReason(), false, awake)
	}
	cooling := p.cools(m)
	reason := m.timeReason(cooling)
	drifted := awake.Drifted(m.AnnouncedMinor, m.After.Value.CLVMinor)
	switch {
	case drifted && (reason == 0 || cooling && reason == ReasonDormant):
		reason = ReasonDecay
	case reason == 0 && m.Before.Cut == m.After.Cut:
		return Decision{}
	case reason == 0:
		return Decision{Outcome: Withhold}
	}
	return p.decide(m, reason, cooling, awake)
}

// eventReason names a change by the event that caused it.
func (m *Move) eventReason() Reason {
	switch {
	case m.Version == 0:
		return ReasonFirst
	case m.Before.Value.Status == history.Churned && m.After.Value.Status != history.Churned:
		return ReasonReactivation
	case m.Cause == history.OrderRefunded:
		return ReasonRefund
	case m.Cause == history.OrderCancelled:
		return ReasonCancel
	case m.Cause == history.ChurnConfirmed || m.Cause == history.ChurnReverted || m.Cause == history.ChurnPredicted:
		return ReasonChurn
	case m.Amends || m.Cause == history.CustomerAcquired || m.Cause == history.RefundReverted:
		return ReasonCorrection
	default:
		return ReasonPurchase
	}
}

// timeReason names what an instant brought that subscribers do not know, or what has
// waited for it; 0: nothing but, perhaps, a drift. A reason holds by its own words, of
// where the customer stands now and of what was announced last. A stage that cools is the
// reason of nothing that is announced, so whatever else there is goes before it.
func (m *Move) timeReason(cooling bool) Reason {
	if reason := m.brought(&m.Known.Standing, cooling); reason != 0 {
		return reason
	}
	switch pending := m.Known.Pending; {
	case m.holds(pending):
		return pending
	case pending != 0:
		return ReasonDecay
	case cooling && m.After.Standing.Stage != m.Before.Standing.Stage:
		return ReasonDormant
	}
	return 0
}

// Brought names what an instant brought, whatever subscribers know; 0: nothing.
func (m *Move) Brought() Reason { return m.brought(m.Before.Standing, false) }

func (m *Move) brought(known *standing.Standing, cooling bool) Reason {
	now, was := *m.After.Standing, m.Before.Standing
	if cooling {
		now.Stage = was.Stage
	}
	switch {
	case m.Before.Value.ModelVersion != m.After.Value.ModelVersion:
		return ReasonModel
	case now.Tier != was.Tier && now.Tier != known.Tier:
		return ReasonTier
	case now.Stage != was.Stage && now.FallsSilent(known):
		return ReasonDormant
	case now.Differs(was):
		return ReasonDecay
	default:
		return 0
	}
}

// holds says whether a reason that waits is still one.
func (m *Move) holds(reason Reason) bool {
	switch now, known := m.After.Standing, &m.Known.Standing; reason {
	case 0:
		return false
	case ReasonDormant:
		return now.FallsSilent(known)
	case ReasonTier:
		return now.Tier != known.Tier
	default:
		return true
	}
}

// decide applies the policy to a move that has a reason. A stage that cools is not lost
// with what is not announced: it waits.
func (p *Policy) decide(m *Move, reason Reason, cooling bool, awake *standing.Awake) Decision {
	decision := p.weigh(m, reason, cooling, awake)
	brought := m.After.Standing.Stage != m.Before.Standing.Stage || m.Known.Pending != 0
	if decision.Outcome == Suppress && cooling && brought && m.Version > 0 && !p.rule(ReasonDormant).Never {
		return Decision{Postpone, ReasonDormant}
	}
	return decision
}

// weigh holds a move against the policy. A customer of whom nothing counts yet (a refund
// waits for its order) has no value to announce.
func (p *Policy) weigh(m *Move, reason Reason, cooling bool, awake *standing.Awake) Decision {
	stands := m.stands(cooling)
	switch {
	case reason == ReasonFirst && m.After.Value.Status == history.Prospect && !m.Acquired:
		return Decision{Withhold, reason}
	case reason == ReasonFirst:
		return Decision{Announce, reason}
	case m.Version == 0 || p.rule(reason).Never || reason == ReasonModel && p.SilentModel:
		return Decision{Suppress, reason}
	case cooling && reason == ReasonDormant:
		return Decision{Postpone, ReasonDormant}
	case !stands && m.After.Value.Status == m.Before.Value.Status && !p.moved(m, reason, cooling, awake):
		return Decision{Suppress, reason}
	case p.SpanMicros > 0 && m.After.Value.AsOfMicros < m.Known.AtMicros+p.SpanMicros:
		if m.waited(cooling) && m.holds(m.Known.Pending) {
			reason = m.Known.Pending
		}
		return Decision{Postpone, reason}
	default:
		return Decision{Announce, reason}
	}
}

// waited says whether something waits for its time that need not wait for the end of a
// cool-down.
func (m *Move) waited(cooling bool) bool {
	return m.Known.Pending != 0 && !(cooling && m.Known.Pending == ReasonDormant)
}

// stands says whether a standing is to be announced. What an earlier instant brought,
// and the policy kept back, is for the next event; so is a stage that cools.
func (m *Move) stands(cooling bool) bool {
	now, was, known := *m.After.Standing, m.Before.Standing, &m.Known.Standing
	kept := m.Cause == history.TimePassed && !m.waited(cooling)
	if cooling || kept && now.Stage == was.Stage {
		now.Stage = known.Stage
	}
	if kept && now.Tier == was.Tier {
		now.Tier = known.Tier
	}
	return now.Matters(known, m.Acquired)
}

// cools says whether silence has brought a stage too soon after a stage was announced.
func (p *Policy) cools(m *Move) bool {
	announced := &m.Known.Standing
	return m.Cause == history.TimePassed && m.After.Standing.FallsSilent(announced) && p.CoolDownMicros > 0 &&
		announced.StageMicros != 0 && m.After.Value.AsOfMicros < announced.StageMicros+p.CoolDownMicros
}

// moved says whether the value has moved enough since it was announced.
func (p *Policy) moved(m *Move, reason Reason, cooling bool, awake *standing.Awake) bool {
	waited := m.waited(cooling)
	switch {
	case reason == ReasonDecay && !waited:
		return awake.Drifted(m.AnnouncedMinor, m.After.Value.CLVMinor) && !p.rule(reason).StandingOnly
	case (reason == ReasonDormant || reason == ReasonTier) && !waited:
		return false // the stage is one that is not announced
	case m.After.Value.Digest == m.Before.Value.Digest && !waited:
		return false
	default:
		return !p.Holds(reason, m.AnnouncedMinor, m.After.Value.CLVMinor, m.Known.Rose)
	}
}

// PendingUntil is when a pending change may be announced; 0: none is pending.
func (p *Policy) PendingUntil(known *Announced) int64 {
	switch {
	case known.Pending == 0:
		return 0
	case known.Pending == ReasonDormant && p.CoolDownMicros > 0:
		return max(known.AtMicros+p.SpanMicros, known.Standing.StageMicros+p.CoolDownMicros)
	default:
		return known.AtMicros + p.SpanMicros
	}
}

// Suppress lets what need not be announced pass for known: a level of P(alive) that is
// regained, a tier that is near no more. So it is announced when it comes again.
func (a *Announced) Suppress(now *standing.Standing) {
	a.Standing.AliveLevel = min(a.Standing.AliveLevel, now.AliveLevel)
	a.Standing.Approaching = a.Standing.Approaching && now.Approaching
	a.Pending = 0
}

// Note makes a standing, as of an instant, the one that subscribers know. When a stage
// other than active was announced last is kept, for the cool-down.
func (a *Announced) Note(now *standing.Standing, asOfMicros int64, rose bool) {
	stageMicros := a.Standing.StageMicros
	if now.Stage != a.Standing.Stage && now.Stage > standing.StageActive {
		stageMicros = asOfMicros
	}
	*a = Announced{Standing: *now, AtMicros: asOfMicros, Rose: rose}
	a.Standing.StageMicros = stageMicros
}
