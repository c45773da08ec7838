package standing

import (
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

// Stage is where silence has brought a customer. It follows from the history and
// an instant alone.
//
//	active ──► cooling ──► dormant ──► lost
//	   ▲                      │         │
//	   └────── won_back ◄─────┴─────────┘   by an order
type Stage uint8

// The stages. NoStage is a customer without a standing order.
const (
	NoStage Stage = iota
	StageActive
	StageCooling
	StageDormant
	StageLost
	StageWonBack
)

var stageNames = [...]string{
	NoStage: "none", StageActive: "active", StageCooling: "cooling",
	StageDormant: "dormant", StageLost: "lost", StageWonBack: "won_back",
}

// String is the stage's name on the wire.
func (s Stage) String() string {
	if int(s) < len(stageNames) {
		return stageNames[s]
	}
	return "unknown"
}

// ParseStage is the inverse of Stage.String; ok is false for any other name.
func ParseStage(name string) (s Stage, ok bool) {
	for s := range stageNames {
		if stageNames[s] == name {
			return Stage(s), true
		}
	}
	return NoStage, false
}

// Silent says whether silence has brought a customer there.
func (s Stage) Silent() bool { return s >= StageCooling && s <= StageLost }

// StageEntry is when a stage is entered: as soon as one of the conditions holds.
// A zero condition never does.
type StageEntry struct {
	// SilenceQuantile is the probability, below 1, with which an order would have
	// come by now if the customer went on in their own rhythm (Model.SilenceDays).
	SilenceQuantile float64
	SilenceDays     int     // plain days since the last purchase day
	PAliveBelow     float64 // P(alive) has fallen below this
}

// Stages are the conditions of the stages. The zero Stages leave everybody who
// ordered active.
type Stages struct {
	Cooling, Dormant, Lost StageEntry
	// WonBackDays is for how long a customer whose order ended a dormancy is
	// called won back, unless the next order comes first; 0: nobody is.
	WonBackDays int
}

// silence is what the stages look at.
type silence struct {
	model  model.Model
	facts  history.Facts
	pAlive float64
}

func (s *silence) days() int { return s.facts.AgeDays - s.facts.RecencyDays }

// holds says whether the stage is entered.
func (e *StageEntry) holds(s *silence) bool {
	days := s.days()
	switch {
	case e.PAliveBelow > 0 && s.pAlive < e.PAliveBelow:
		return true
	case days == 0:
		return false
	default:
		return days >= e.day(s)
	}
}

// never is later than any number of days of silence.
const never = 1 << 30

// day is the first whole day of silence on which a condition of silence holds;
// never where none ever does. It does not depend on T.
func (e *StageEntry) day(s *silence) int {
	first := never
	if e.SilenceDays > 0 {
		first = e.SilenceDays
	}
	if e.SilenceQuantile > 0 {
		if days := s.model.SilenceDays(s.facts, e.SilenceQuantile); days > 0 && days < never {
			first = min(first, calendar.WholeDays(days))
		}
	}
	return first
}

// reached is the last stage whose conditions hold, by silence alone.
func (s *Stages) reached(at *silence) Stage {
	switch {
	case s.Lost.holds(at):
		return StageLost
	case s.Dormant.holds(at):
		return StageDormant
	case s.Cooling.holds(at):
		return StageCooling
	default:
		return StageActive
	}
}

// nextDay is the first day of silence after today's on which silence alone
// changes the stage; never if it does not.
func (s *Stages) nextDay(at *silence, now Stage) int {
	today, next := at.days(), never
	for _, entry := range [...]*StageEntry{&s.Cooling, &s.Dormant, &s.Lost} {
		if day := entry.day(at); day > today {
			next = min(next, day)
		}
	}
	if now == StageWonBack && s.WonBackDays >= today {
		next = min(next, s.WonBackDays+1)
	}
	return next
}

// byPAlive says whether P(alive) decides a stage.
func (s *Stages) byPAlive() bool {
	return s.Cooling.PAliveBelow > 0 || s.Dormant.PAliveBelow > 0 || s.Lost.PAliveBelow > 0
}

// stage is the customer's stage at an estimate.
func (b *Basis) stage(h *history.History, sum *history.Sealed, est *estimate.Estimate) Stage {
	stages := &b.Awake.Stages
	switch {
	case sum.Days == 0:
		return NoStage
	case est.Status == history.Churned:
		return StageLost
	}
	at := silence{model: b.Model, facts: est.Facts, pAlive: est.PAlive}
	reached := stages.reached(&at)
	if reached == StageActive && stages.WonBackDays > 0 && at.days() <= stages.WonBackDays && b.wonBack(h, sum) {
		return StageWonBack
	}
	return reached
}

// wonBack says whether the last purchase day ended a dormancy, or came after a
// confirmed churn.
func (b *Basis) wonBack(h *history.History, sum *history.Sealed) bool {
	stages := &b.Awake.Stages
	previous, known := h.PurchaseDayBefore(sum, &b.Rules)
	if !known {
		return false
	}
	if h.Churn.Kind == history.ChurnConfirmed {
		if left := b.Rules.Calendar.Day(h.Churn.AtMicros); left >= previous && left <= sum.LastDay {
			return true
		}
	}
	at := silence{model: b.Model, pAlive: 1, facts: history.NewFacts(sum.Days-1, sum.FirstDay, previous, sum.LastDay)}
	sum.ContractBefore(&at.facts, &b.Rules)
	if stages.byPAlive() {
		at.pAlive = b.Model.Predict(at.facts).PAlive
	}
	return stages.Dormant.holds(&at) || stages.Lost.holds(&at)
}
