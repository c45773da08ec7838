package verify

import (
	"math"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/standing"
)

// view is a customer on a day: what they are worth and where they stand.
type view struct {
	estimated
	day calendar.Day
	// low and high are the standing with every measure a tolerance below and above
	// what it is here: another kind of machine may see a border passed that this one
	// does not. Nearly always both are the same.
	low, high standsAt
}

// standing is what follows from a history and a day alone.
type standsAt struct {
	stage      standing.Stage
	level      uint8 // of P(alive)
	worthwhile bool
}

func (r *recomputed) view(v *clv.Valuation, day calendar.Day) view {
	w := view{estimated: r.estimate(v.Model, day), day: day}
	w.low, w.high = r.standing(v, &w, -tolerance), r.standing(v, &w, tolerance)
	return w
}

// off is a number a share of itself away.
func off(number, share float64) float64 { return number + share*math.Abs(number) }

func (r *recomputed) standing(v *clv.Valuation, w *view, share float64) (s standsAt) {
	a := &v.Awake
	s.stage = r.stage(v, w, share)
	if len(r.days) > 0 {
		for _, below := range a.AliveLevels {
			if off(w.pAlive, share) < below {
				s.level++
			}
		}
	}
	s.worthwhile = a.AcquisitionFloor > 0 && w.acquired && off(w.clvMinor, share) >= a.AcquisitionFloor*float64(w.acquisitionCost)
	return s
}

// silence is what stages are entered by.
type silence struct {
	model  model.Model
	facts  history.Facts
	pAlive float64
	share  float64 // by how much measures are off
}

// entered says whether one of a stage's conditions holds.
func (s *silence) entered(e *standing.StageEntry) bool {
	days := s.facts.AgeDays - s.facts.RecencyDays
	if e.PAliveBelow > 0 && off(s.pAlive, s.share) < e.PAliveBelow {
		return true
	}
	if days < 1 {
		return false
	}
	wait := 0.0
	if e.SilenceQuantile > 0 {
		wait = s.model.SilenceDays(s.facts, e.SilenceQuantile)
	}
	return e.SilenceDays > 0 && days >= e.SilenceDays || wait > 0 && off(float64(days), s.share) >= wait
}

// stage is the last stage that silence has reached or, for a while after it was
// broken, won back.
func (r *recomputed) stage(v *clv.Valuation, w *view, share float64) standing.Stage {
	stages := &v.Awake.Stages
	now := silence{model: v.Model, facts: w.facts, pAlive: w.pAlive, share: share}
	switch {
	case len(r.days) == 0:
		return standing.NoStage
	case w.status == history.Churned:
		return standing.StageLost
	case now.entered(&stages.Lost):
		return standing.StageLost
	case now.entered(&stages.Dormant):
		return standing.StageDormant
	case now.entered(&stages.Cooling):
		return standing.StageCooling
	case w.facts.AgeDays-w.facts.RecencyDays <= stages.WonBackDays && r.wonBack(v, share):
		return standing.StageWonBack
	default:
		return standing.StageActive
	}
}

// wonBack says whether the last purchase day ended a silence that was dormant or
// lost, or a confirmed churn. Who came back before what the ledger remembers is not
// known to have done so.
func (r *recomputed) wonBack(v *clv.Valuation, share float64) bool {
	n := len(r.days)
	if v.Awake.Stages.WonBackDays == 0 || n < 2 || r.days[n-1] < r.line(&v.Rules).orders {
		return false
	}
	first, previous, last := r.days[0], r.days[n-2], r.days[n-1]
	if r.churn != nil && r.churn.kind == history.ChurnConfirmed && r.churn.day >= previous && r.churn.day <= last {
		return true
	}
	then := silence{model: v.Model, share: share, facts: history.Facts{
		PurchaseDays: n - 1, Frequency: n - 2, RecencyDays: int(previous - first), AgeDays: int(last - first),
	}}
	renewals, dueDays := contract(r.days[:n-1], v.Rules.Contract)
	then.facts.Renewals, then.facts.DueDays = len(renewals), dueDays
	then.pAlive = v.Model.Predict(then.facts).PAlive
	return then.entered(&v.Awake.Stages.Dormant) || then.entered(&v.Awake.Stages.Lost)
}

// stands says whether the view can be one of a stage.
func (w *view) stands(stage standing.Stage) bool {
	return w.low.stage == stage || w.high.stage == stage
}

// drifted says whether a value is as far from the one last announced as is
// watched for.
func drifted(announcedMinor, clvMinor, drift float64) bool {
	return drift > 0 && clvMinor != announcedMinor && math.Abs(clvMinor-announcedMinor) >= drift*math.Abs(announcedMinor)
}

// drift is whether the view's value certainly has drifted, and whether it may
// have.
func (w *view) drift(announcedMinor, drift float64) (certainly, maybe bool) {
	low := drifted(announcedMinor, off(w.clvMinor, -tolerance), drift)
	high := drifted(announcedMinor, off(w.clvMinor, tolerance), drift)
	return low && high, low || high
}
