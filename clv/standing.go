package clv

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
func (a *Awake) byValue(h *History) bool {
	return len(a.Tiers.Tiers) > 0 || len(a.AliveLevels) > 0 || a.Drift > 0 ||
		a.AcquisitionFloor > 0 && h.Acquisition.Known || a.Stages.byPAlive()
}

// Standing is where a customer stands at an instant.
type Standing struct {
	Stage       Stage
	StageMicros int64 // since when
	Tier        uint8 // 0: none; else counted from 1, the lowest
	TierMicros  int64 // since when: the hold counts from here
	AliveLevel  uint8 // how many of the levels P(alive) is below
	// Worthwhile says that CLV:CAC is not below the floor; false where no cost is
	// known.
	Worthwhile  bool
	Approaching bool // the next tier is near
}

// held is the path that the tier came by: all of a standing that does not follow
// from the history and the instant alone.
type held struct {
	tier   uint8
	micros int64
}

// standing is where a customer stands at an estimate of a day, coming from
// before.
func (v *Valuation) standing(h *History, sum *Sealed, est *Estimate, day Day, before *Standing, from held) Standing {
	a := &v.Awake
	now := Standing{Stage: h.stage(sum, est, v), StageMicros: before.StageMicros, TierMicros: from.micros}
	if now.Stage != before.Stage {
		now.StageMicros = est.AsOfMicros
	}
	value := a.Tiers.tierValue(est)
	if now.Tier = a.Tiers.next(from.tier, v.heldUntil(from), day, value); now.Tier != from.tier {
		now.TierMicros = est.AsOfMicros
	}
	now.AliveLevel = a.aliveLevel(est)
	now.Worthwhile = a.worthwhile(est)
	if missing, next := a.Tiers.missing(now.Tier, value); next > 0 && sum.Days > 0 {
		now.Approaching = missing <= a.Tiers.ApproachingMinor
	}
	return now
}

// heldUntil is the day on which the hold of a tier is over.
func (v *Valuation) heldUntil(from held) Day {
	if from.tier == 0 || v.Awake.Tiers.HoldDays == 0 {
		return anyDay
	}
	return v.Rules.Calendar.Day(from.micros) + Day(v.Awake.Tiers.HoldDays)
}

func (a *Awake) aliveLevel(est *Estimate) (level uint8) {
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

func (a *Awake) worthwhile(est *Estimate) bool {
	return a.AcquisitionFloor > 0 && est.Acquisition.Known &&
		est.CLVMinor >= a.AcquisitionFloor*float64(est.Acquisition.CostMinor)
}

// drifted says whether time has moved the value far enough from the one last
// announced.
func (a *Awake) drifted(announcedMinor, currentMinor float64) bool {
	return a.Drift > 0 && currentMinor != announcedMinor && abs(currentMinor-announcedMinor) >= a.Drift*abs(announcedMinor)
}

// differs says whether one stands otherwise, whenever it began.
func (s *Standing) differs(other *Standing) bool {
	return s.Stage != other.Stage || s.Tier != other.Tier || s.AliveLevel != other.AliveLevel ||
		s.Worthwhile != other.Worthwhile || s.Approaching != other.Approaching
}

// tells says whether a standing must be announced to those who were last told
// another: a stage that was entered (active is where everybody begins), a tier,
// a level of P(alive) that was passed, a floor that was crossed, a tier that has
// come near.
func (s *Standing) tells(told *Standing, acquired bool) bool {
	return s.tellsStage(told) || s.Tier != told.Tier || s.AliveLevel > told.AliveLevel ||
		acquired && s.Worthwhile != told.Worthwhile || s.Approaching && !told.Approaching
}

func (s *Standing) tellsStage(told *Standing) bool {
	return s.Stage != told.Stage && s.Stage >= StageCooling
}
