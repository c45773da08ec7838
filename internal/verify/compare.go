package verify

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
)

// integer compares a whole number; most fields are.
func (d *differences) integer(field string, want, got int64) {
	if want != got {
		d.differ(field, strconv.FormatInt(want, 10), strconv.FormatInt(got, 10))
	}
}

func (d *differences) text(field, want, got string) {
	if want != got {
		d.differ(field, want, got)
	}
}

func (d *differences) instant(field string, wantMicros, gotMicros int64) {
	if wantMicros != gotMicros {
		d.differ(field, instant(wantMicros), instant(gotMicros))
	}
}

func instant(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano) }

// tolerance is relative: the model's figures are the same bits on one kind of
// machine, and differ in the last ones between kinds.
const tolerance = 1e-9

func near(want, got float64) bool {
	return want == got || math.Abs(want-got) <= tolerance*math.Max(math.Abs(want), math.Abs(got))
}

func (d *differences) float(field string, want, got float64) {
	if !near(want, got) {
		d.differ(field, number(want), number(got))
	}
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// history compares what the stored history comes to.
func (d *differences) history(want *recomputed, got *history.History, rules *history.Rules) {
	d.instant("latest", want.latestMicros, got.LatestMicros)
	facts := got.Facts(rules, got.LatestMicros)
	d.integer("orders", int64(want.facts.Orders), int64(facts.Orders))
	d.integer("purchase_days", int64(want.facts.PurchaseDays), int64(facts.PurchaseDays))
	d.integer("recency_days", int64(want.facts.RecencyDays), int64(facts.RecencyDays))
	d.integer("age_days", int64(want.facts.AgeDays), int64(facts.AgeDays))
	d.integer("revenue_minor", want.facts.RevenueMinor, facts.RevenueMinor)
	d.integer("margin_minor", want.facts.MarginMinor, facts.MarginMinor)
	d.integer("excess_minor", want.excessMinor, got.ExcessMinor(rules))
	if want.facts.RepeatMeanMinor != facts.RepeatMeanMinor {
		d.differ("repeat_mean_minor", number(want.facts.RepeatMeanMinor), number(facts.RepeatMeanMinor))
	}
	churn, acquisition := want.churnRecord(), want.acquisition()
	if got.Churn.EventID == "" { // a version before does not store it
		churn.EventID = ""
	}
	if got.Acquisition.EventID == "" {
		acquisition.EventID = ""
	}
	d.text("churn", describeChurn(churn), describeChurn(got.Churn))
	d.text("acquisition", describeAcquisition(acquisition), describeAcquisition(got.Acquisition))
	if first := want.firstOrder(); got.First.Known && got.First != first { // a version before does not store it
		d.differ("first order", fmt.Sprintf("%+v", first), fmt.Sprintf("%+v", got.First))
	}
}

func (r *recomputed) firstOrder() history.FirstOrder {
	if r.first == nil {
		return history.FirstOrder{}
	}
	return history.FirstOrder{Known: true, AtMicros: r.first.atMicros, Channel: r.first.channel}
}

func (r *recomputed) churnRecord() history.Churn {
	if r.churn == nil {
		return history.Churn{}
	}
	return history.Churn{Kind: r.churn.kind, AtMicros: r.churn.atMicros, EventID: r.churn.id, Probability: r.churn.probability}
}

func (r *recomputed) acquisition() history.Acquisition {
	if r.acquired == nil {
		return history.Acquisition{}
	}
	a := r.acquired
	return history.Acquisition{Known: true, AtMicros: a.atMicros, EventID: a.id, CostMinor: a.amountMinor, Channel: a.channel}
}

func describeChurn(c history.Churn) string {
	if c.Kind == 0 {
		return "none"
	}
	return fmt.Sprintf("%s at %s, probability %s, event %q", c.Kind, instant(c.AtMicros), number(c.Probability), c.EventID)
}

func describeAcquisition(a history.Acquisition) string {
	if !a.Known {
		return "none"
	}
	return fmt.Sprintf("cost %d by %q at %s, event %q", a.CostMinor, a.Channel, instant(a.AtMicros), a.EventID)
}

// money compares the revenue of a customer beyond the ledger limit. What was
// refunded or cancelled after its day was sealed early may count otherwise, so
// revenue may be off by as much, and must be exact if that is nothing.
func (d *differences) money(want *recomputed, got history.Facts) {
	if off := got.RevenueMinor - want.facts.RevenueMinor; off > want.disputedMinor || -off > want.disputedMinor {
		d.differ("revenue_minor", fmt.Sprintf("%d ± %d", want.facts.RevenueMinor, want.disputedMinor), strconv.FormatInt(got.RevenueMinor, 10))
	}
}

// value compares what the stored value says without a model, and says whether it
// is of an instant at which the rest can be compared: that of the latest event, or
// of a due time since, up to the last one.
func (d *differences) value(want *recomputed, got *estimate.Valued, lastDueMicros int64) bool {
	at := got.AsOfMicros
	if at < want.latestMicros || at > max(want.latestMicros, lastDueMicros) {
		d.differ("as_of", instant(want.latestMicros)+" or a due time until "+instant(lastDueMicros), instant(at))
		return false
	}
	d.text("status", want.status().String(), got.Status.String())
	if historic := float64(want.facts.MarginMinor); historic != got.HistoricMinor {
		d.differ("historic_minor", number(historic), number(got.HistoricMinor))
	}
	return true
}

func (d *differences) prediction(want estimated, got *estimate.Valued) {
	d.float("predicted_minor", want.predictedMinor, got.PredictedMinor)
	d.float("clv_minor", want.clvMinor, got.CLVMinor)
	d.float("p_alive", want.pAlive, got.PAlive)
	d.known("p_alive", want.aliveKnown, got.AliveKnown)
	d.float("expected_orders", want.expectedOrders, got.ExpectedOrders)
}
