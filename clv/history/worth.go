package history

import "math"

// Worth is what an order brought, and what refunds have taken of it: in the business's
// currency, and in its own where that is another. Refunds are counted in the order's own
// currency, so whether all of it went back does not depend on rates.
type Worth struct {
	AmountMinor int64
	MarginMinor int64
	Own         *Own  // nil: it is in the business's currency
	BackMinor   int64 // refunds that were taken into sums already, in its own currency
}

// mostMinor is where sums of refunds stop: more than any order, and two of them fit.
const mostMinor = math.MaxInt64 / 2

func (w *Worth) ownMinor() int64 {
	if w.Own != nil {
		return w.Own.Minor
	}
	return w.AmountMinor
}

// refund is a refund in the order's own currency. One in another currency is converted
// through the business's, by the rate of its day and then by that of the order.
func (w *Worth) refund(r *Refund) int64 {
	switch {
	case w.Own == nil || w.Own.Minor == 0:
		return r.AmountMinor
	case r.Own != nil && r.Own.Currency == w.Own.Currency:
		return r.Own.Minor
	default:
		return times(r.AmountMinor, w.Own.Minor, w.AmountMinor)
	}
}

// less is what is left once refunds of an amount in the order's own currency are taken:
// never below nothing, and of the margin the same share.
func (w *Worth) less(backMinor int64) Worth {
	left := Worth{Own: w.Own}
	left.AmountMinor, left.MarginMinor = w.left(backMinor)
	if w.Own != nil && backMinor != 0 && w.Own.Minor != 0 {
		left.Own = &Own{w.Own.Currency, max(0, w.Own.Minor-backMinor)}
	}
	return left
}

func (w *Worth) left(backMinor int64) (amountMinor, marginMinor int64) {
	own := w.ownMinor()
	switch {
	case own == 0 || backMinor == 0: // of a free order nothing can go back
		return w.AmountMinor, w.MarginMinor
	case backMinor >= own:
		return 0, 0
	}
	amountMinor = prorate(w.AmountMinor, own-backMinor, own)
	return amountMinor, prorate(w.MarginMinor, amountMinor, w.AmountMinor)
}

// takeBack takes one more refund, and says what of amount and margin went with it. All of them
// are rounded together, once.
func (w *Worth) takeBack(backMinor int64) (amountMinor, marginMinor int64) {
	amount, margin := w.left(w.BackMinor)
	w.BackMinor = plus(w.BackMinor, backMinor)
	amountMinor, marginMinor = w.left(w.BackMinor)
	return amount - amountMinor, margin - marginMinor
}

// excess is by how much refunds exceed the order, in the business's currency.
func (w *Worth) excess(backMinor int64) int64 {
	own := w.ownMinor()
	switch over := backMinor - own; {
	case over <= 0:
		return 0
	case w.Own == nil || own == 0:
		return over
	default:
		return times(over, w.AmountMinor, own)
	}
}

// plus adds amounts of 0 and more, up to mostMinor.
func plus(a, b int64) int64 { return min(a+min(b, mostMinor), mostMinor) }

// times is amount × part ÷ whole of numbers that are not negative, rounded half up, and at
// most mostMinor.
func times(amount, part, whole int64) int64 {
	if amount == 0 || part == 0 {
		return 0
	}
	if whole == 0 {
		return mostMinor
	}
	quotient, fits := mulDiv(uint64(amount), uint64(part), uint64(whole))
	if !fits || quotient > mostMinor {
		return mostMinor
	}
	return int64(quotient)
}
