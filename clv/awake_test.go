package clv_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// watchful watches everything there is, under a model.
func watchful(t testing.TB, model model.Model) *clv.Valuation {
	t.Helper()
	v := &clv.Valuation{Basis: standing.Basis{
		Rules: *eventtest.TenDays(t),
		Awake: standing.Awake{
			Stages: standing.Stages{
				Cooling:     standing.StageEntry{SilenceQuantile: 0.8, SilenceDays: 40},
				Dormant:     standing.StageEntry{SilenceQuantile: 0.95, SilenceDays: 90},
				Lost:        standing.StageEntry{SilenceDays: 200, PAliveBelow: 0.1},
				WonBackDays: 14,
			},
			Tiers: standing.Tiers{
				Tiers:      []standing.Tier{{Name: "bronze", FromMinor: 500}, {Name: "silver", FromMinor: 1500}, {Name: "gold", FromMinor: 4000}},
				Hysteresis: 0.1, HoldDays: 9, ApproachingMinor: 150,
			},
			AliveLevels:      []float64{0.7, 0.4},
			Drift:            0.25,
			AcquisitionFloor: 3,
		},
	}}
	v.By(model)
	return v
}

// models are the models of every house that a customer may live in.
func models(t testing.TB) map[string]model.Model {
	t.Helper()
	spend := model.GammaGammaParams{P: 6.25, Q: 3.74, Gamma: 15.44}
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	discount, err := model.AnnualDiscount(0.1)
	if err != nil {
		t.Fatal(err)
	}
	terms := model.Assumptions{Horizon: model.UnitDay.Span(365), Discount: discount, Currency: usd}
	made := map[string]model.Model{"historic": model.Historic{}}
	add := func(model model.Model, err error) {
		if err != nil {
			t.Fatal(err)
		}
		made[model.Name()] = model
	}
	simple, err := model.NewSimple(3)
	add(simple, err)
	churn, err := model.NewMarginChurn(0.05)
	add(churn, err)
	dcf, err := model.NewRetentionDCF(model.RetentionDCFParams{Retention: 0.8, AnnualDiscount: 0.1, Years: 10}, usd)
	add(dcf, err)
	bg, err := model.NewBGNBD(model.BGNBDParams{Unit: model.UnitWeek, R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}, spend, terms, "bg")
	add(bg, err)
	mbg, err := model.NewMBGNBD(model.MBGNBDParams{Unit: model.UnitWeek, R: 0.525, Alpha: 6.183, A: 0.891, B: 1.614}, spend, terms, "mbg")
	add(mbg, err)
	pareto, err := model.NewParetoNBD(model.ParetoNBDParams{Unit: model.UnitWeek, R: 0.553, Alpha: 10.578, S: 0.606, Beta: 11.669}, spend, terms, "pareto")
	add(pareto, err)
	nbd, err := model.NewNBD(model.NBDParams{Unit: model.UnitWeek, R: 0.385, Alpha: 12.07}, spend, terms, "nbd")
	add(nbd, err)
	sbg, err := model.NewSBG(model.SBGParams{Period: model.UnitMonth.Span(1), Alpha: 0.668, Beta: 3.806}, terms, "sbg")
	add(sbg, err)
	return made
}

// live is a customer whom somebody keeps awake.
type live struct {
	clv.Customer
	changes []clv.Change
}

func (l *live) tell(change clv.Change) { l.changes = append(l.changes, change) }

// take applies an event as the state does: what was due comes first.
func (l *live) take(e *history.Event, firedMicros int64, v *clv.Valuation) {
	l.Advance(e.CustomerID, clv.Occasion{Event: e, UntilMicros: firedMicros}, v, l.tell)
}

// where is where the customer stands, however that was announced.
func (l *live) where() string {
	return fmt.Sprintf("%+v %+v %+v", l.Standing, l.Settled, l.Entries)
}

// inOrder is a life's events by time, those of one instant left out: which of
// them comes first is not in the events.
func inOrder(events []history.Event) []history.Event {
	sorted := slices.Clone(events)
	slices.SortFunc(sorted, func(a, b history.Event) int { return int(a.AtMicros - b.AtMicros) })
	return slices.CompactFunc(sorted, func(a, b history.Event) bool { return a.AtMicros == b.AtMicros })
}

// eachAwakeLife tries lives under every model.
func eachAwakeLife(t *testing.T, lives uint64, try func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation)) {
	t.Helper()
	for name, model := range models(t) {
		t.Run(name, func(t *testing.T) {
			v := watchful(t, model)
			for seed := range lives {
				rnd := rand.New(rand.NewPCG(seed, 7))
				life := eventtest.Life{CustomerID: "c", Events: 3 + rnd.IntN(12), StartMicros: 20_000 * eventtest.DayMicros, SpanDays: 1 + rnd.IntN(400), Orders: 10, LatenessDays: int(v.Rules.LatenessDays)}
				if try(t, rnd, inOrder(life.Draw(rnd)), v); t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

// Firing whatever is due as time goes by, and firing all of it at the end, give
// the same customer and the same announcements.
func TestFiringOnTheWayEqualsFiringAtTheEnd(t *testing.T) {
	eachAwakeLife(t, 50, func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation) {
		end := events[len(events)-1].AtMicros + rnd.Int64N(500)*eventtest.DayMicros
		var onTheWay, atTheEnd live
		for i := range events {
			atTheEnd.take(&events[i], 0, v)
			onTheWay.take(&events[i], 0, v)
			until := end
			if i+1 < len(events) {
				until = events[i+1].AtMicros
			}
			for at := events[i].AtMicros; at < until; at += rnd.Int64N(20 * eventtest.DayMicros) {
				onTheWay.CatchUp("c", at+1, v, onTheWay.tell)
			}
		}
		onTheWay.CatchUp("c", end+1, v, onTheWay.tell)
		atTheEnd.CatchUp("c", end+1, v, atTheEnd.tell)
		if a, b := onTheWay.where(), atTheEnd.where(); a != b {
			t.Errorf("customers differ:\non the way %s\nat the end %s", a, b)
		}
		if a, b := fmt.Sprintf("%+v", onTheWay.changes), fmt.Sprintf("%+v", atTheEnd.changes); a != b {
			t.Errorf("announcements differ:\non the way %s\nat the end %s", a, b)
		}
	})
}

// An event that is told of after due times that it precedes leaves the customer
// where they would stand had it come in time.
func TestAnEventAfterItsTimeEndsTheSame(t *testing.T) {
	eachAwakeLife(t, 50, func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation) {
		var inTime, after live
		fired := int64(0)
		for i := range events {
			inTime.take(&events[i], 0, v)
			after.take(&events[i], fired, v)
			if ahead := events[i].AtMicros + rnd.Int64N(60)*eventtest.DayMicros; ahead > fired {
				fired = ahead
			}
			after.CatchUp("c", fired+1, v, after.tell)
		}
		inTime.CatchUp("c", fired+1, v, inTime.tell)
		if a, b := inTime.where(), after.where(); a != b {
			t.Errorf("customers differ:\nin time %s\n  after %s", a, b)
		}
	})
}

// The next look is not later than the first day on which the customer stands
// otherwise, found by looking at every day; and right after a look it is that day.
func TestTheNextLookIsTheFirstDayThatDiffers(t *testing.T) {
	const farDays = 400
	eachAwakeLife(t, 15, func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation) {
		var c live
		for i := range events[:1+rnd.IntN(len(events))] {
			c.take(&events[i], 0, v)
		}
		for range 3 {
			first := int64(0)
			for day := v.Rules.Calendar.Day(c.Value.AsOfMicros) + 1; day < v.Rules.Calendar.Day(c.Value.AsOfMicros)+farDays; day++ {
				then := c.Customer
				if _, announced := then.Fire("c", v.Rules.Calendar.Start(day), v); announced || then.Standing != c.Standing {
					first = v.Rules.Calendar.Start(day)
					break
				}
			}
			if first == 0 {
				return
			}
			if c.DueMicros == 0 || c.DueMicros > first {
				t.Errorf("as of day %d the next look is %d (day %d), but day %d differs from %+v",
					v.Rules.Calendar.Day(c.Value.AsOfMicros), c.DueMicros, v.Rules.Calendar.Day(c.DueMicros), v.Rules.Calendar.Day(first), c.Standing)
				return
			}
			c.CatchUp("c", first, v, c.tell) // what came too early
			if c.DueMicros != first {
				t.Errorf("a look before its time moves the next to day %d, want %d", v.Rules.Calendar.Day(c.DueMicros), v.Rules.Calendar.Day(first))
				return
			}
			c.CatchUp("c", first+1, v, c.tell)
		}
	})
}

// Whoever is looked at at any instant stands where the fired due times left them.
func TestReadingAfterFiringEqualsValuingFromScratch(t *testing.T) {
	eachAwakeLife(t, 50, func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation) {
		end := events[len(events)-1].AtMicros + rnd.Int64N(500)*eventtest.DayMicros
		var fired live
		for i := range events {
			fired.take(&events[i], 0, v)
		}
		fired.CatchUp("c", end+1, v, fired.tell)
		then := fired
		if _, announced := then.Fire("c", end, v); announced {
			t.Errorf("something was left to announce at the end: %+v", then.Standing)
		}
		if then.Standing != fired.Standing {
			t.Errorf("stands at\n%+v, fired to\n%+v", then.Standing, fired.Standing)
		}
		for i := 1; i < len(fired.changes); i++ {
			if fired.changes[i].Version != fired.changes[i-1].Version+1 {
				t.Errorf("version %d follows %d", fired.changes[i].Version, fired.changes[i-1].Version)
			}
		}
	})
}
