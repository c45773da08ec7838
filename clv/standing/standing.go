package standing

import (
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

// Awake says which moments matter while nothing happens. The zero Awake has
// none.
type Awake struct {
	Stages Stages
	Tiers  Tiers
	// AliveLevels are the levels that P(alive) is watched to fall below,
	// descending, each in (0, 1), 255 at most.
	AliveLevels []float64
	// Drift announces a value that has moved by this share of the value last
	// announced; 0: time alone announces no drift.
	Drift float64
	// AcquisitionFloor is the CLV:CAC that a customer must reach to be worth what
	// they cost; 0: it is not watched.
	AcquisitionFloor float64
}

// byValue says whether anything but silence is watched of a customer.
func (a *Awake) byValue(h *history.History) bool {
	return len(a.Tiers.Tiers) > 0 || len(a.AliveLevels) > 0 || a.Drift > 0 ||
		a.AcquisitionFloor > 0 && h.Acquisition.Known || a.Stages.byPAlive()
}

// Standing is where a customer stands at an instant. Instants come first: a process
// keeps three of each of some hundred thousand customers, and they fill no gaps so.
type Standing struct {
	StageMicros int64 // since when they are in the stage
	TierMicros  int64 // since when in the tier: the hold counts from here
	Stage       Stage
	Tier        uint8 // 0: none; else counted from 1, the lowest
	AliveLevel  uint8 // how many of the levels P(alive) is below
	// Worthwhile says that CLV:CAC is not below the floor; false where no cost is
	// known.
	Worthwhile  bool
	Approaching bool // the next tier is near
}

// Basis is what it takes to value a customer and to say where they stand.
type Basis struct {
	Rules history.Rules
	Model model.Model
	Awake Awake
}

// By has customers valued by a model, and the rules count its contract's periods if it has
// any.
func (b *Basis) By(m model.Model) {
	b.Model, b.Rules.Contract = m, history.Period{}
	if contract, ok := m.(*model.Contract); ok {
		b.Rules.Contract = contract.Period()
	}
}

// Estimate values a customer as of an instant, with the history's sum at hand.
func (b *Basis) Estimate(h *history.History, sum *history.Sealed, asOfMicros int64) estimate.Estimate {
	est := estimate.On(h, sum, &b.Rules, b.Model, b.Rules.Calendar.Day(asOfMicros))
	est.AsOfMicros = asOfMicros
	return est
}

// Standing is where a customer stands at an estimate of a day. All of it follows
// from the history and the day but the tier, which depends on the one before.
func (b *Basis) Standing(h *history.History, sum *history.Sealed, est *estimate.Estimate, day calendar.Day, before *Standing) Standing {
	a := &b.Awake
	now := Standing{Stage: b.stage(h, sum, est), StageMicros: before.StageMicros, TierMicros: before.TierMicros}
	if now.Stage != before.Stage {
		now.StageMicros = est.AsOfMicros
	}
	value := a.Tiers.tierValue(est)
	if now.Tier = a.Tiers.next(before.Tier, b.heldUntil(before), day, value); now.Tier != before.Tier {
		now.TierMicros = est.AsOfMicros
	}
	now.AliveLevel = a.aliveLevel(est)
	now.Worthwhile = a.worthwhile(est)
	if missing, next := a.Tiers.missing(now.Tier, value); next > 0 && sum.Days > 0 {
		now.Approaching = missing <= a.Tiers.ApproachingMinor
	}
	return now
}

// heldUntil is the day on which the hold of a standing's tier is over.
func (b *Basis) heldUntil(s *Standing) calendar.Day {
	if s.Tier == 0 || b.Awake.Tiers.HoldDays == 0 {
		return calendar.EarliestDay
	}
	return b.Rules.Calendar.Day(s.TierMicros) + calendar.Day(b.Awake.Tiers.HoldDays)
}

func (a *Awake) aliveLevel(est *estimate.Estimate) (level uint8) {
	if est.Facts.PurchaseDays == 0 {
		return 0
	}
	for _, below := range a.AliveLevels {
		if est.PAlive < below {
			level++
		}
	}
	return level
}

func (a *Awake) worthwhile(est *estimate.Estimate) bool {
	return a.AcquisitionFloor > 0 && est.Acquisition.Known &&
		est.CLVMinor >= a.AcquisitionFloor*float64(est.Acquisition.CostMinor)
}

// Drifted says whether time has moved the value far enough from the one last
// announced.
func (a *Awake) Drifted(announcedMinor, currentMinor float64) bool {
	return a.Drift > 0 && currentMinor != announcedMinor && abs(currentMinor-announcedMinor) >= a.Drift*abs(announcedMinor)
}

// Differs says whether one stands otherwise, whenever it began.
func (s *Standing) Differs(other *Standing) bool {
	return s.Stage != other.Stage || s.Tier != other.Tier || s.AliveLevel != other.AliveLevel ||
		s.Worthwhile != other.Worthwhile || s.Approaching != other.Approaching
}

// Matters says whether a standing must be announced to those who know another: another
// stage, another tier, a level of P(alive) that was passed, a floor that was crossed, a
// tier that has come near.
func (s *Standing) Matters(known *Standing, acquired bool) bool {
	return s.Stage != known.Stage || s.Tier != known.Tier || s.AliveLevel > known.AliveLevel ||
		acquired && s.Worthwhile != known.Worthwhile || s.Approaching && !known.Approaching
}

// FallsSilent says whether silence has brought another stage than the one known.
func (s *Standing) FallsSilent(known *Standing) bool {
	return s.Stage != known.Stage && s.Stage.Silent()
}
