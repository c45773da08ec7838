package clv_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// A life in order, with what is announced of it.
func TestChangesOfALife(t *testing.T) {
	valuation := &clv.Valuation{Basis: standing.Basis{Rules: *eventtest.TenDays(t), Model: steady{}}}
	acquired := eventtest.Event(history.CustomerAcquired, 8, history.Event{AmountMinor: 50, Channel: "tv"})
	predicted := eventtest.Event(history.ChurnPredicted, 5, history.Event{Probability: 0.875})
	var c clv.Customer
	announcedMinor := 0.0
	for _, step := range []struct {
		what   string
		event  history.Event
		reason announce.Reason // 0: nothing is announced
		status history.Status
		alive  float64
	}{
		{"a refund waits for its order", eventtest.Refund(0, "a", "r", 10), 0, history.Prospect, 0},
		{"its order", eventtest.Order(1, "a", 100), announce.ReasonFirst, history.Active, 1},
		{"the same again", eventtest.Order(1, "a", 100), 0, history.Active, 1},
		{"a newer telling of it, on the day of it", eventtest.Order(2, "a", 200), announce.ReasonCorrection, history.Active, 0.5},
		{"another order", eventtest.Order(3, "b", 100), announce.ReasonPurchase, history.Active, 1},
		{"a refund", eventtest.Refund(4, "b", "r", 10), announce.ReasonRefund, history.Active, 0.5},
		{"a cancel", eventtest.Cancel(4, "b"), announce.ReasonCancel, history.Active, 0.25},
		{"a probability", predicted, announce.ReasonChurn, history.Active, 0.125},
		{"it is confirmed", eventtest.Churn(history.ChurnConfirmed, 6), announce.ReasonChurn, history.Churned, 0},
		{"an older word on churn", eventtest.Churn(history.ChurnReverted, 5), 0, history.Churned, 0},
		{"an order all the same", eventtest.Order(7, "c", 100), announce.ReasonReactivation, history.Active, 1},
		{"what it cost to win them", acquired, announce.ReasonCorrection, history.Active, 0.5},
		{"gone again", eventtest.Churn(history.ChurnConfirmed, 9), announce.ReasonChurn, history.Churned, 0},
		{"not gone after all", eventtest.Churn(history.ChurnReverted, 10), announce.ReasonReactivation, history.Active, 0.25},
	} {
		version := c.Version
		change, announced, refused := c.Apply(&step.event, valuation)
		if refused != nil {
			t.Fatalf("%s: %v", step.what, refused)
		}
		if announced != (step.reason != 0) || change.Reason != step.reason {
			t.Errorf("%s: announced %v for %q, want %q", step.what, announced, change.Reason, step.reason)
		}
		if c.Value.Status != step.status || c.Value.PAlive != step.alive {
			t.Errorf("%s: %s, alive with %v; want %s, %v", step.what, c.Value.Status, c.Value.PAlive, step.status, step.alive)
		}
		if !announced {
			continue
		}
		want := clv.Cause{EventID: step.event.ID, Kind: step.event.Kind, OrderID: step.event.OrderID, AtMicros: step.event.AtMicros}
		if change.Version != version+1 || change.PreviousMinor != announcedMinor || change.Cause != want ||
			change.CustomerID != "c" || change.ModelName != "steady" || change.ModelVersion != "1" {
			t.Errorf("%s: change %+v, want version %d after CLV %v, caused by %+v", step.what, change, version+1, announcedMinor, want)
		}
		announcedMinor = change.Current.CLVMinor
	}
}

func TestRefusedEventLeavesTheCustomerAlone(t *testing.T) {
	valuation := &clv.Valuation{Basis: standing.Basis{Rules: *eventtest.TenDays(t), Model: steady{}}}
	var c clv.Customer
	for _, e := range []history.Event{eventtest.Order(0, "a", 100), eventtest.Order(30, "b", 100)} {
		c.Apply(&e, valuation)
	}
	before := fmt.Sprintf("%+v", c)
	late := eventtest.Order(1, "c", 100)
	if _, announced, refused := c.Apply(&late, valuation); refused == nil || announced {
		t.Errorf("refused is %v, announced %v", refused, announced)
	}
	if after := fmt.Sprintf("%+v", c); after != before {
		t.Errorf("it left a trace:\n%s\n%s", before, after)
	}
}

func TestAcquisitionAloneIsAFirstValue(t *testing.T) {
	valuation := &clv.Valuation{Basis: standing.Basis{Rules: *eventtest.TenDays(t), Model: steady{}}}
	var c clv.Customer
	e := eventtest.Event(history.CustomerAcquired, 0, history.Event{AmountMinor: 50, Channel: "tv"})
	change, announced, _ := c.Apply(&e, valuation)
	if !announced || change.Reason != announce.ReasonFirst || change.Current.Status != history.Prospect || change.Current.Acquisition.CostMinor != 50 {
		t.Errorf("announced %v: %+v", announced, change)
	}
}

// Small moves are held back until together they are worth telling; the state is
// exact all the while.
func TestPolicyHoldsSmallMovesBack(t *testing.T) {
	for _, c := range []struct {
		policy announce.Policy
		want   string
	}{
		{announce.Policy{}, "1234567890"},
		{announce.Policy{Rule: announce.Rule{AbsoluteMinor: 300}}, "1   5   90"},
		{announce.Policy{Rule: announce.Rule{Relative: 0.5}}, "123 5  890"},
	} {
		valuation := &clv.Valuation{Basis: standing.Basis{Rules: *eventtest.TenDays(t), Model: unvalued{}}, Policy: c.policy}
		var customer clv.Customer
		told := ""
		for i := range 10 {
			e := eventtest.Event(history.OrderPlaced, i, history.Event{OrderID: fmt.Sprint("o", i), AmountMinor: 300, MarginMinor: 80, MarginKnown: true})
			if i == 8 {
				e = eventtest.Churn(history.ChurnConfirmed, i) // a change of status is always told
			}
			mark := " "
			if _, announced, _ := customer.Apply(&e, valuation); announced {
				mark = fmt.Sprint((i + 1) % 10)
			}
			told += mark
		}
		if told != c.want {
			t.Errorf("policy %+v: told at %q, want %q", c.policy, told, c.want)
		}
		if customer.Value.CLVMinor != 9*80 {
			t.Errorf("policy %+v: CLV %v, want 720", c.policy, customer.Value.CLVMinor)
		}
	}
}

// unvalued predicts nothing, so that CLV is the margin to date.
type unvalued struct{ steady }

func (unvalued) Predict(history.Facts) model.Prediction { return model.Prediction{} }

// Whatever comes in whatever order: versions have no gap, each change begins
// where the one before ended, and the last one told is what is stored.
func TestChangesAreAChain(t *testing.T) {
	eventtest.EachLife(t, func(t *testing.T, rnd *rand.Rand, events []history.Event, rules *history.Rules) {
		valuation := &clv.Valuation{Basis: standing.Basis{Rules: *rules, Model: steady{}}}
		var c clv.Customer
		var last clv.Change
		for _, e := range eventtest.Deliver(rnd, events, rules) {
			change, announced, refused := c.Apply(e, valuation)
			if refused != nil || !announced {
				continue
			}
			if change.Version != last.Version+1 || change.PreviousMinor != last.Current.CLVMinor {
				t.Errorf("after version %d with CLV %v came version %d from %v", last.Version, last.Current.CLVMinor, change.Version, change.PreviousMinor)
			}
			last = change
		}
		want := estimate.Of(&c.History, rules, steady{}, c.History.LatestMicros)
		if last.Version != c.Version || c.Version > 0 && (last.Current.CLVMinor != want.CLVMinor || last.Current.Status != want.Status) {
			t.Errorf("last told: version %d, %s, CLV %v; stored: version %d, %s, CLV %v",
				last.Version, last.Current.Status, last.Current.CLVMinor, c.Version, want.Status, want.CLVMinor)
		}
		if c.Value.CLVMinor != want.CLVMinor || c.Value.Status != want.Status || c.Value.PAlive != want.PAlive {
			t.Errorf("stored %+v, valued anew %+v", c.Value, want)
		}
	})
}

func TestChurnHoldsUntilAnOrderComesAfterIt(t *testing.T) {
	rules := eventtest.TenDays(t)
	predicted := eventtest.Event(history.ChurnPredicted, 5, history.Event{Probability: 0.875})
	for _, c := range []struct {
		what   string
		events []history.Event
		status history.Status
		alive  float64 // the model says 1 on the day of an order
	}{
		{"a prediction", []history.Event{eventtest.Order(1, "a", 1), predicted}, history.Active, 0.125},
		{"an order after it", []history.Event{eventtest.Order(1, "a", 1), predicted, eventtest.Order(6, "b", 1)}, history.Active, 1},
		{"an order before it that came later", []history.Event{eventtest.Order(1, "a", 1), predicted, eventtest.Order(4, "b", 1)}, history.Active, 0.125},
		{"a cancelled order after it", []history.Event{eventtest.Order(5, "a", 1), predicted, eventtest.Order(6, "b", 1), eventtest.Cancel(6, "b")}, history.Active, 0.125},
		{"confirmed", []history.Event{eventtest.Order(1, "a", 1), eventtest.Churn(history.ChurnConfirmed, 2)}, history.Churned, 0},
		{"confirmed before any order", []history.Event{eventtest.Churn(history.ChurnConfirmed, 2)}, history.Churned, 0},
		{"confirmed, and cancelled what came after", []history.Event{eventtest.Order(1, "a", 1), eventtest.Churn(history.ChurnConfirmed, 2), eventtest.Order(3, "b", 1), eventtest.Cancel(3, "b")}, history.Churned, 0},
		{"confirmed in the same instant", []history.Event{eventtest.Order(2, "a", 1), eventtest.Churn(history.ChurnConfirmed, 2)}, history.Churned, 0},
		{"reverted", []history.Event{eventtest.Order(3, "a", 1), eventtest.Churn(history.ChurnConfirmed, 2), eventtest.Churn(history.ChurnReverted, 3)}, history.Active, 1},
	} {
		h := eventtest.Fold(t, rules, c.events...)
		got := estimate.Of(h, rules, steady{}, h.LatestMicros)
		if got.Status != c.status || got.PAlive != c.alive {
			t.Errorf("%s: %s, alive with %v; want %s, %v", c.what, got.Status, got.PAlive, c.status, c.alive)
		}
		if want := got.PAlive * float64(max(0, got.Facts.RevenueMinor)); got.PredictedMinor != want || got.CLVMinor != got.HistoricMinor+want {
			t.Errorf("%s: predicted %v of CLV %v, want %v", c.what, got.PredictedMinor, got.CLVMinor, want)
		}
	}
}
