package verify

import (
	"math"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/standing"
)

// What a policy forbids is checked of every change beside the one before it, whoever's
// events came in which order: it is said by the two alone. What it demands is checked by
// a replay, under policies that decide by the value and the standing of the instant.
//
//	never          no change has the reason
//	silent model   likewise
//	span           no change comes sooner after another
//	cool_down      no stage of silence by itself sooner after a stage
//	thresholds     the value moved by as much, or the standing did
//
// A customer's first change passes every policy.
type policed struct {
	*verification
	d          *differences
	stageSince int64 // as of when a stage other than active was announced last; 0: never
	rose       bool  // the last change was upwards
}

func (v *verification) comparePolicy(distinct []change, d *differences) {
	p := policed{verification: v, d: d}
	for i := range distinct {
		c := &distinct[i]
		if i > 0 && c.version == distinct[i-1].version+1 {
			d.prefix = c.name() + ": "
			p.check(c, &distinct[i-1])
		}
		if was := stageBefore(distinct, i); c.now.stage != was && c.now.stage > standing.StageActive {
			p.stageSince = c.asOf
		}
		p.rose = c.currentMinor > c.previousMinor
	}
	d.prefix = ""
}

func stageBefore(distinct []change, i int) standing.Stage {
	if i == 0 {
		return standing.NoStage
	}
	return distinct[i-1].now.stage
}

func (p *policed) check(c, last *change) {
	policy := &p.config.Valuation.Policy
	rule, own := policy.ByReason[c.reason]
	if !own {
		rule = policy.Rule
	}
	silent := policy.SilentModel && c.reason == announce.ReasonModel
	if rule.Never || silent {
		p.d.differ("reason", "another: the policy never announces this one", c.reason.String())
	}
	if earliest := last.asOf + policy.SpanMicros; c.asOf < earliest {
		p.d.differ("as_of", "not before "+instant(earliest)+", when policy.span is over", instant(c.asOf))
	}
	cool := p.stageSince != 0 && c.due && c.reason == announce.ReasonDormant
	if earliest := p.stageSince + policy.CoolDownMicros; cool && c.asOf < earliest {
		p.d.differ("as_of", "not before "+instant(earliest)+", when policy.cool_down is over", instant(c.asOf))
	}
	if !p.mayStandOtherwise(c, last) && !p.movedEnough(c, last, rule) {
		p.d.differ("clv.delta", "more, or another standing, by the policy", minorText(c.currentMinor-last.currentMinor))
	}
}

// mayStandOtherwise says whether the customer may stand otherwise than announced: a level
// of P(alive) or an approach counts if there is one, as it may have ended unannounced.
func (p *policed) mayStandOtherwise(c, last *change) bool {
	for _, below := range p.config.Valuation.Awake.AliveLevels {
		if off(c.pAlive, -tolerance) < below {
			return true
		}
	}
	return c.status != last.status || c.now.stage != last.now.stage || c.now.tier != last.now.tier ||
		c.now.worthwhile != last.now.worthwhile || c.now.approaching
}

// movedEnough says whether the value may have moved by as much as a rule asks for, more by
// the hysteresis if it turned. What is announced is rounded. A drift that time brought
// passes by the drift that is watched for or, where it has waited, by the thresholds.
func (p *policed) movedEnough(c, last *change, rule announce.Rule) bool {
	moved := math.Abs(float64(c.currentMinor-last.currentMinor)) + 1
	if c.due && c.reason == announce.ReasonDecay {
		drifted := !rule.StandingOnly && moved >= p.config.Valuation.Awake.Drift*math.Abs(float64(last.currentMinor))
		if drifted || !p.waits() {
			return drifted
		}
	}
	share := 1.0
	if (c.currentMinor > last.currentMinor) != p.rose {
		share += p.config.Valuation.Policy.Hysteresis
	}
	return !rule.StandingOnly && moved >= share*rule.AbsoluteMinor && moved >= share*rule.Relative*math.Abs(float64(last.currentMinor))
}

// waits says whether the policy holds changes back for a time.
func (v *verification) waits() bool {
	p := &v.config.Valuation.Policy
	return p.SpanMicros > 0 || p.CoolDownMicros > 0
}
