package history

// outcome is what an order comes to once its refunds and cancel are counted.
type outcome struct {
	stands        bool  // not cancelled, not refunded whole
	left          Worth // by refunds within the lateness
	lateBackMinor int64 // by later ones, in the order's own currency: it reduces money, never days
	excessMinor   int64 // of refunds within the lateness
}

// outcome counts what happened to a placed order. Refunds and cancels count
// against it within the lateness of its first telling; later refunds reduce
// money only. Both rules are in event times, so arrival does not matter.
func (o *Order) outcome(rules *Rules) outcome {
	if o.untouched() { // nearly every one
		return outcome{stands: true, left: o.Worth}
	}
	from := o.FirstDay - rules.LatenessDays
	if o.Cancelled && o.CancelDay >= from && o.Cancel.undoes(&o.Newest) {
		return outcome{}
	}
	var backMinor int64
	var out outcome
	for i := range o.Refunds {
		if r := &o.Refunds[i]; r.Day >= from && r.Day <= o.FirstDay+rules.LatenessDays && r.counts(rules) {
			backMinor = plus(backMinor, o.Worth.refund(r))
		}
	}
	out.excessMinor = o.excess(backMinor)
	if own := o.ownMinor(); own > 0 && backMinor >= own {
		return outcome{excessMinor: out.excessMinor}
	}
	out.stands, out.left = true, o.less(backMinor)
	for i := range o.Refunds {
		if r := &o.Refunds[i]; o.isLate(r, rules) {
			out.lateBackMinor = plus(out.lateBackMinor, out.left.refund(r))
		}
	}
	return out
}

// untouched says whether nothing has happened to a placed order: it comes to what
// it says.
func (o *Order) untouched() bool { return len(o.Refunds) == 0 && !o.Cancelled }

// isLate says whether a refund counts, but reduces money only: of a placed order that stands,
// or of a sealed one.
func (o *Order) isLate(r *Refund, rules *Rules) bool {
	late := !r.Counted && !o.Fell
	if o.Placed {
		late = r.Day > o.FirstDay+rules.LatenessDays
	}
	return late && r.counts(rules)
}
