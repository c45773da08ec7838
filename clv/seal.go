package clv

import "slices"

// outcome is what an order comes to once its refunds and cancel are counted.
type outcome struct {
	stands          bool // not cancelled, not refunded whole
	netMinor        int64
	netMarginMinor  int64
	lateRefundMinor int64 // reduces money, never days
	lateMarginMinor int64
}

// outcome counts what happened to a placed order. Refunds and cancels count
// against it within the lateness of its first version; later refunds reduce
// money only. Both rules are in event times, so arrival does not matter.
func (o *Order) outcome(rules *Rules) outcome {
	var refundedMinor int64
	var out outcome
	for _, r := range o.Refunds {
		switch {
		case r.Day > o.FirstDay+rules.LatenessDays:
			out.lateRefundMinor += r.AmountMinor
			out.lateMarginMinor += rules.Margins.MarginMinor(r.AmountMinor, "", r.Day)
		case r.Day >= o.FirstDay-rules.LatenessDays:
			refundedMinor += r.AmountMinor
		}
	}
	cancelled := o.Cancelled && o.CancelDay >= o.FirstDay-rules.LatenessDays
	refundedWhole := o.AmountMinor > 0 && refundedMinor >= o.AmountMinor
	if cancelled || refundedWhole {
		return outcome{}
	}
	out.stands = true
	out.netMinor = max(0, o.AmountMinor-refundedMinor)
	out.netMarginMinor = prorate(o.MarginMinor, out.netMinor, o.AmountMinor)
	return out
}

// seal folds whole days that no acceptable event can reach any more into sums.
func (h *History) seal(latestDay Day, rules *Rules) {
	acceptedFrom := latestDay - rules.LatenessDays
	h.sealBefore(acceptedFrom-rules.LatenessDays, acceptedFrom, rules)
	h.settleLateRefunds(acceptedFrom, rules)
	h.sealEarly(acceptedFrom, rules)
}

// sealBefore seals the ledger's entries of the days before a day.
func (h *History) sealBefore(before, acceptedFrom Day, rules *Rules) {
	n := 0
	for n < len(h.Orders) && h.Orders[n].Day < before {
		n++
	}
	if n == 0 {
		return
	}
	leaving := slices.Clone(h.Orders[:n])
	h.Orders = slices.Delete(h.Orders, 0, n)
	for i := range leaving {
		h.sealEntry(&leaving[i], acceptedFrom, rules)
	}
	if over := len(h.Sealed.OrderHashes) - rules.LedgerLimit; over > 0 {
		h.Sealed.OrderHashes = slices.Delete(h.Sealed.OrderHashes, 0, over)
	}
}

// sealEntry adds one entry to the sums. Entries of ascending days arrive in
// order, so the first day sealed is the customer's first.
func (h *History) sealEntry(o *Order, acceptedFrom Day, rules *Rules) {
	switch {
	case o.Placed:
		out := o.outcome(rules)
		h.Sealed.add(o, out)
		h.Sealed.OrderHashes = append(h.Sealed.OrderHashes, orderHash(o.ID, out.stands))
		o.Refunds = slices.DeleteFunc(slices.Clone(o.Refunds), func(r Refund) bool { return r.Day <= o.FirstDay+rules.LatenessDays })
		h.keepLateRefunds(Order{ID: o.ID, SealedBefore: true, Void: !out.stands, Refunds: o.Refunds}, acceptedFrom, rules)
	case o.SealedBefore:
		h.keepLateRefunds(*o, acceptedFrom, rules)
	default:
		// A refund or cancel that never met its order: none can come any more.
	}
}

func (s *Sealed) add(o *Order, out outcome) {
	if !out.stands {
		return
	}
	if s.Days == 0 {
		s.FirstDay = o.Day
	}
	if s.Days == 0 || o.Day != s.LastDay {
		s.Days++
		s.LastDay = o.Day
	}
	if o.Day == s.FirstDay {
		s.FirstDayMinor += out.netMinor
	}
	s.Orders++
	s.AmountMinor += out.netMinor
	s.MarginMinor += out.netMarginMinor
	s.LastOrderMicros = max(s.LastOrderMicros, o.AtMicros)
}

// knows says whether an order is among the sealed, and whether it stood.
func (s *Sealed) knows(id string) (known, stood bool) {
	if len(s.OrderHashes) == 0 {
		return false, false
	}
	hash := orderHash(id, false)
	for _, h := range s.OrderHashes {
		if h&^1 == hash {
			return true, h&1 == 1
		}
	}
	return false, false
}

// settleLateRefunds turns the late refunds of sealed orders into a sum once a
// repetition of them would be refused.
func (h *History) settleLateRefunds(acceptedFrom Day, rules *Rules) {
	for i := 0; i < len(h.Orders); i++ {
		o := h.Orders[i]
		if o.SealedBefore && slices.ContainsFunc(o.Refunds, func(r Refund) bool { return r.Day < acceptedFrom }) {
			h.Orders = slices.Delete(h.Orders, i, i+1)
			h.keepLateRefunds(o, acceptedFrom, rules)
			i--
		}
	}
}

// keepLateRefunds counts the refunds that can not be repeated and keeps the
// others in the ledger, so that a repetition is recognised.
func (h *History) keepLateRefunds(entry Order, acceptedFrom Day, rules *Rules) {
	kept := Order{ID: entry.ID, SealedBefore: true, Void: entry.Void}
	for _, r := range entry.Refunds {
		if r.Day >= acceptedFrom {
			kept.Refunds = append(kept.Refunds, r)
			kept.wait(r.Day)
		} else if !entry.Void {
			h.Sealed.LateRefundMinor += r.AmountMinor
			h.Sealed.LateRefundMarginMinor += rules.Margins.MarginMinor(r.AmountMinor, "", r.Day)
		}
	}
	if len(kept.Refunds) > 0 {
		h.insert(kept)
	}
}

// daysBurst is how many times the ledger limit one single day may hold before
// that day, too, is sealed and refuses further orders.
const daysBurst = 4

// sealEarly seals whole days from the oldest while the ledger is over its limit.
// The latest day is spared until it alone is over the limit several times.
func (h *History) sealEarly(acceptedFrom Day, rules *Rules) {
	for len(h.Orders) > rules.LedgerLimit {
		oldest, latest := h.Orders[0].Day, h.Orders[len(h.Orders)-1].Day
		if oldest == latest && len(h.Orders) <= daysBurst*rules.LedgerLimit {
			return
		}
		entries := len(h.Orders)
		h.Sealed.Early, h.Sealed.EarlyDay = true, max(h.Sealed.EarlyDay, oldest)
		h.sealBefore(oldest+1, acceptedFrom, rules)
		if len(h.Orders) == entries {
			return // only late refunds are left, each of them still repeatable
		}
	}
}
