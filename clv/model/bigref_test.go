package model

import (
	"math"
	"math/big"
)

// The slow reference: the closed forms of the papers as they are printed, in
// 500 bits, where their cancellation does no harm. Nothing here is shared
// with the code under test.
const referenceBits = 500

func bigFloat(v float64) *big.Float { return new(big.Float).SetPrec(referenceBits).SetFloat64(v) }

func bigAdd(a, b *big.Float) *big.Float { return bigFloat(0).Add(a, b) }
func bigSub(a, b *big.Float) *big.Float { return bigFloat(0).Sub(a, b) }
func bigMul(a, b *big.Float) *big.Float { return bigFloat(0).Mul(a, b) }
func bigDiv(a, b *big.Float) *big.Float { return bigFloat(0).Quo(a, b) }

// bigExp halves its argument until the Taylor series is short.
func bigExp(x *big.Float) *big.Float {
	const halvings = 64
	small := bigFloat(0).SetMantExp(x, -halvings)
	sum, term := bigFloat(1), bigFloat(1)
	for i := 1; i < 200; i++ {
		term = bigDiv(bigMul(term, small), bigFloat(float64(i)))
		sum = bigAdd(sum, term)
	}
	for range halvings {
		sum = bigMul(sum, sum)
	}
	return sum
}

// bigLog is Newton's iteration on bigExp.
func bigLog(x *big.Float) *big.Float {
	mantissa := bigFloat(0)
	exponent := x.MantExp(mantissa)
	m, _ := mantissa.Float64()
	y := bigFloat(math.Log(m) + float64(exponent)*math.Ln2)
	for range 6 {
		y = bigAdd(y, bigSub(bigMul(x, bigExp(bigSub(bigFloat(0), y))), bigFloat(1)))
	}
	return y
}

func bigPow(x, power *big.Float) *big.Float { return bigExp(bigMul(power, bigLog(x))) }

// bigHypergeometric is the plain series of ₂F₁(a, b; c; z) for |z| < 1.
func bigHypergeometric(a, b, c, z *big.Float) *big.Float {
	sum, term := bigFloat(1), bigFloat(1)
	for n := 0.0; n < 1e6; n++ {
		k := bigFloat(n)
		term = bigMul(term, bigMul(bigAdd(a, k), bigMul(bigAdd(b, k), z)))
		term = bigDiv(term, bigMul(bigAdd(c, k), bigAdd(k, bigFloat(1))))
		sum = bigAdd(sum, term)
		if n > 50 && (term.Sign() == 0 || term.MantExp(nil) < sum.MantExp(nil)-200) {
			break
		}
	}
	return sum
}

// bigBetaGeometricOrders is P(alive)·E[Y(t)] of BG/NBD (equation 10 of the paper) and,
// with a toss more, of MBG/NBD.
func bigBetaGeometricOrders(r, alpha, a, b, x, recency, age, t float64, extra float64) float64 {
	rx := bigAdd(bigFloat(r), bigFloat(x))
	bx := bigAdd(bigFloat(b), bigFloat(x+extra))
	abx1 := bigSub(bigAdd(bigFloat(a), bx), bigFloat(1))
	now := bigAdd(bigFloat(alpha), bigFloat(age))
	later := bigAdd(now, bigFloat(t))
	z := bigDiv(bigFloat(t), later)
	silent := bigMul(bigPow(bigDiv(now, later), rx), bigHypergeometric(rx, bx, abx1, z))
	orders := bigMul(bigDiv(abx1, bigSub(bigFloat(a), bigFloat(1))), bigSub(bigFloat(1), silent))
	if x+extra > 0 {
		odds := bigMul(bigDiv(bigFloat(a), bigSub(bx, bigFloat(1))),
			bigPow(bigDiv(now, bigAdd(bigFloat(alpha), bigFloat(recency))), rx))
		orders = bigDiv(orders, bigAdd(bigFloat(1), odds))
	}
	v, _ := orders.Float64()
	return v
}

// bigParetoAlive is P(alive) of Pareto/NBD with the two terms of A₀ as printed
// (Fader and Hardie 2005, α ≥ β).
func bigParetoAlive(r, alpha, s, beta, x, recency, age float64) float64 {
	total := bigAdd(bigAdd(bigFloat(r), bigFloat(s)), bigFloat(x))
	s1, total1 := bigAdd(bigFloat(s), bigFloat(1)), bigAdd(total, bigFloat(1))
	term := func(y float64) *big.Float {
		base := bigAdd(bigFloat(alpha), bigFloat(y))
		z := bigDiv(bigSub(bigFloat(alpha), bigFloat(beta)), base)
		return bigDiv(bigHypergeometric(total, s1, total1, z), bigPow(base, total))
	}
	rx := bigAdd(bigFloat(r), bigFloat(x))
	odds := bigMul(bigDiv(bigFloat(s), total), bigSub(term(recency), term(age)))
	odds = bigMul(odds, bigPow(bigAdd(bigFloat(alpha), bigFloat(age)), rx))
	odds = bigMul(odds, bigPow(bigAdd(bigFloat(beta), bigFloat(age)), bigFloat(s)))
	v, _ := bigDiv(bigFloat(1), bigAdd(bigFloat(1), odds)).Float64()
	return v
}
