package verify

import (
	"slices"
	"strings"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// reasonOf is why an event's change was announced, said a second time after
// docs/events.md: the first value is first; then who was churned and is not is back;
// then the event's type speaks, and an order that was known already is corrected.
func reasonOf(e *inputEvent, version uint64, known []*inputEvent, before, now history.Status) announce.Reason {
	switch {
	case version == 1:
		return announce.ReasonFirst
	case before == history.Churned && now != history.Churned:
		return announce.ReasonReactivation
	}
	switch e.kind {
	case history.OrderRefunded:
		return announce.ReasonRefund
	case history.OrderCancelled:
		return announce.ReasonCancel
	case history.ChurnConfirmed, history.ChurnReverted, history.ChurnPredicted:
		return announce.ReasonChurn
	case history.CustomerAcquired, history.RefundReverted:
		return announce.ReasonCorrection
	}
	for _, earlier := range known {
		if earlier.kind == history.OrderPlaced && earlier.order == e.order {
			return announce.ReasonCorrection
		}
	}
	return announce.ReasonPurchase
}

// reasonsOfTime are why a change of time may have been announced: the tier moved on that
// day to another than subscribers know, else the stage did, to one of silence, else it is
// something else. What they know of levels does not matter here.
//
// Where the policy holds changes back for a time, an instant at which nothing moves
// may bring the one that was held back, with the reason of that one. So may one that brings
// a stage within the cool-down: see comparePolicy.
func (w *replay) reasonsOfTime(c *change, before, at *place) (possible []announce.Reason) {
	if at.stageUnsure || at.tierUnsure {
		if w.waits() {
			return anyReason(announce.ReasonPurchase)
		}
		return []announce.Reason{announce.ReasonDecay, announce.ReasonDormant, announce.ReasonTier}
	}
	known := w.announced[0] // all are of one stage and one tier
	switch {
	case at.tier != before.tier && at.tier != known.tier:
		return []announce.Reason{announce.ReasonTier}
	case c.asOf >= w.coolMicros && at.stage != before.stage && at.stage != known.stage && at.stage >= standing.StageCooling && at.stage <= standing.StageLost:
		return []announce.Reason{announce.ReasonDormant}
	case w.waits():
		return anyReason(announce.ReasonPurchase)
	default:
		return []announce.Reason{announce.ReasonDecay}
	}
}

// checkCause compares the instant that a change holds for, and its reason.
func (w *replay) checkCause(c *change, asOfMicros int64, possible []announce.Reason) {
	if c.ofTiers && c.due {
		possible = w.v.reasonsByKind(c)
	}
	d := differences{customer: w.c.id, prefix: c.name() + ": "}
	d.instant("as_of", asOfMicros, c.asOf)
	d.reason(c, possible)
	w.keep(&d)
}

func (w *replay) waits() bool { return w.v.waits() }

// anyReason are all reasons from one on.
func anyReason(from announce.Reason) (all []announce.Reason) {
	for r := from; r.String() != "unknown"; r++ {
		all = append(all, r)
	}
	return all
}

// reasonsByKind are the reasons that a change may have by its cause alone: where
// the order of a customer's events is not known, nothing else is.
func (v *verification) reasonsByKind(c *change) []announce.Reason {
	switch {
	case c.due && v.waits():
		return anyReason(announce.ReasonPurchase)
	case c.due:
		return []announce.Reason{announce.ReasonDecay, announce.ReasonDormant, announce.ReasonTier, announce.ReasonModel}
	case c.version == 1:
		return []announce.Reason{announce.ReasonFirst}
	}
	switch c.kind {
	case history.OrderPlaced:
		return []announce.Reason{announce.ReasonPurchase, announce.ReasonCorrection, announce.ReasonReactivation}
	case history.RefundReverted: // of the whole order, it may bring a churned customer back
		return []announce.Reason{announce.ReasonCorrection, announce.ReasonReactivation}
	case history.OrderRefunded: // of a refund that is told again the newest counts, which may be less
		return []announce.Reason{announce.ReasonRefund, announce.ReasonReactivation}
	case history.OrderCancelled: // of two cancels the later one counts, which may be older than the order
		return []announce.Reason{announce.ReasonCancel, announce.ReasonReactivation}
	case history.CustomerAcquired:
		return []announce.Reason{announce.ReasonCorrection}
	default:
		return []announce.Reason{announce.ReasonChurn, announce.ReasonReactivation}
	}
}

// reason compares the reason of a change with those that are possible.
func (d *differences) reason(c *change, possible []announce.Reason) {
	if !slices.Contains(possible, c.reason) {
		d.differ("reason", reasonNames(possible), c.reason.String())
	}
}

func reasonNames(reasons []announce.Reason) string {
	names := make([]string, len(reasons))
	for i, r := range reasons {
		names[i] = r.String()
	}
	return strings.Join(names, " or ")
}
