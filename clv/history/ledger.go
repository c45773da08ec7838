package history

import (
	"cmp"
	"slices"
)

// Occurrence is something that is known to have happened to a customer.
type Occurrence struct {
	AtMicros    int64 // of a cancel: when its day begins, or the order if that is later
	Kind        Kind
	OrderID     string
	RefundID    string
	AmountMinor int64
	MarginMinor int64     // of an order
	Fate        OrderFate // of an order
	Waiting     bool      // a refund or cancel whose order is not known
	Probability float64   // of ChurnPredicted
	Channel     string    // of CustomerAcquired
}

// OrderFate is what has become of an order of the ledger.
type OrderFate uint8

// What becomes of orders.
const (
	OrderStands OrderFate = iota + 1
	OrderFell             // cancelled, or refunded whole
)

// Ledger is what is kept one by one, ascending in time: orders in their last
// version, refunds, cancels, and the last words on churn and acquisition.
func (h *History) Ledger(rules *Rules) []Occurrence {
	var all []Occurrence
	for i := range h.Orders {
		all = h.Orders[i].appendTo(all, rules)
	}
	if h.Churn.Kind != 0 {
		all = append(all, Occurrence{AtMicros: h.Churn.AtMicros, Kind: h.Churn.Kind, Probability: h.Churn.Probability})
	}
	if h.Acquisition.Known {
		all = append(all, Occurrence{AtMicros: h.Acquisition.AtMicros, Kind: CustomerAcquired, AmountMinor: h.Acquisition.CostMinor, Channel: h.Acquisition.Channel})
	}
	slices.SortStableFunc(all, func(a, b Occurrence) int { return cmp.Compare(a.AtMicros, b.AtMicros) })
	return all
}

// KnownLedger is the part of the ledger from which the past can be rebuilt.
func (h *History) KnownLedger(rules *Rules) []Occurrence {
	from := h.KnownFrom(rules)
	return slices.DeleteFunc(h.Ledger(rules), func(a Occurrence) bool { return a.AtMicros < from })
}

func (o *Order) appendTo(all []Occurrence, rules *Rules) []Occurrence {
	waiting := !o.Placed && !o.SealedBefore
	if o.Placed {
		placed := Occurrence{AtMicros: o.AtMicros, Kind: OrderPlaced, OrderID: o.ID, AmountMinor: o.AmountMinor, MarginMinor: o.MarginMinor, Fate: OrderFell}
		if o.outcome(rules).stands {
			placed.Fate = OrderStands
		}
		all = append(all, placed)
	}
	for i := range o.Refunds {
		all = o.Refunds[i].appendTo(all, o.ID, waiting)
	}
	if o.Cancelled {
		at := max(rules.Calendar.Start(o.CancelDay), o.AtMicros)
		all = append(all, Occurrence{AtMicros: at, Kind: OrderCancelled, OrderID: o.ID, Waiting: waiting})
	}
	return all
}

func (r *Refund) appendTo(all []Occurrence, orderID string, waiting bool) []Occurrence {
	if r.Known {
		all = append(all, Occurrence{AtMicros: r.AtMicros, Kind: OrderRefunded, OrderID: orderID, RefundID: r.ID, AmountMinor: r.AmountMinor, Waiting: waiting})
	}
	if r.Reverted {
		all = append(all, Occurrence{AtMicros: max(r.AtMicros, r.Revert.Micros), Kind: RefundReverted, OrderID: orderID, RefundID: r.ID, Waiting: waiting || !r.Known})
	}
	return all
}
