package verify

import (
	"math/big"

	"github.com/clvstream/clvstream/clv/money"
)

// share is what is left of an order: in its own currency, where refunds are counted, and of
// that what it comes to in the business's.
type share struct {
	currency                 money.Currency // the zero one is the business's
	own                      *big.Int
	amountMinor, marginMinor int64
	overMinor                int64 // by how much more went back, in the business's currency
}

func shareOf(e *inputEvent) share {
	s := share{own: big.NewInt(e.amountMinor), amountMinor: e.amountMinor, marginMinor: e.marginMinor}
	if e.own != nil {
		s.currency, s.own = e.own.currency, big.NewInt(e.own.minor)
	}
	return s
}

// after is what is left after refunds, rounded once.
func (s share) after(refunds []*refund) share {
	back := new(big.Int)
	for _, r := range refunds {
		back.Add(back, s.back(r.winner))
	}
	whole := new(big.Rat).SetInt(s.own)
	rest := new(big.Int).Sub(s.own, back)
	left := share{currency: s.currency, own: rest, amountMinor: s.amountMinor, marginMinor: s.marginMinor}
	switch {
	case s.own.Sign() == 0: // of nothing nothing goes back
		left.own, left.overMinor = s.own, back.Int64()
	case rest.Sign() <= 0:
		over := new(big.Rat).SetInt(new(big.Int).Neg(rest))
		left.overMinor = round(over.Mul(over, big.NewRat(s.amountMinor, 1)).Quo(over, whole))
		left.own, left.amountMinor, left.marginMinor = new(big.Int), 0, 0
	default:
		part := new(big.Rat).Quo(new(big.Rat).SetInt(rest), whole)
		left.amountMinor = round(new(big.Rat).Mul(part, big.NewRat(s.amountMinor, 1)))
		if s.amountMinor != 0 {
			left.marginMinor = round(big.NewRat(left.amountMinor, s.amountMinor).Mul(big.NewRat(left.amountMinor, s.amountMinor), big.NewRat(s.marginMinor, 1)))
		}
	}
	return left
}

// back is a refund in the order's currency. Another currency goes through the business's.
func (s share) back(e *inputEvent) *big.Int {
	switch {
	case s.currency == (money.Currency{}) || s.own.Sign() == 0:
		return big.NewInt(e.amountMinor)
	case e.own != nil && e.own.currency == s.currency:
		return big.NewInt(e.own.minor)
	case s.amountMinor == 0 && e.amountMinor == 0:
		return new(big.Int)
	case s.amountMinor == 0: // more than all of what is worth nothing
		return new(big.Int).Add(s.own, big.NewInt(1))
	}
	exact := new(big.Rat).Mul(big.NewRat(e.amountMinor, s.amountMinor), new(big.Rat).SetInt(s.own))
	return big.NewInt(round(exact))
}

// round is half away from zero.
func round(exact *big.Rat) int64 {
	exact = new(big.Rat).Add(exact, big.NewRat(int64(exact.Sign()), 2))
	return new(big.Int).Quo(exact.Num(), exact.Denom()).Int64() // Quo cuts towards zero
}
