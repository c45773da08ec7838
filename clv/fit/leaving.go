package fit

import "math"

// leave is the probability A(x) that a customer alive at a time y, who has
// bought x times, leaves before the next purchase under Pareto/NBD, with its
// derivatives in r, s and z:
//
//	A(x) = s/(r+s+x)·₂F₁(1, r+x; r+s+x+1; z),  z = (α−β)/(α+y) < 1.
type leave struct {
	v, r, s, z             float64
	rr, sr, ss, zr, zs, zz float64
}

// leavingAt computes the A of one time.
//
// To leave or to buy first, and then the same again from the next purchase, is
// the recurrence (r+s+x)·A(x) = s + z(r+x)·A(x+1). Downwards its errors shrink by
// z(r+x)/(r+s+x) a step; where that exceeds 1 in size (z < −1, large x) they
// shrink upwards. So one value, at the x where the direction turns, gives all the
// others: from Gauss' continued fraction, or where that is slow, near z = 1 and
// far below 0, from an integral.
type leavingAt struct{ r, s, z float64 }

// all fills a[x] for every x.
func (l leavingAt) all(a []leave) {
	turn := len(a) - 1
	if l.z < -1 {
		turn = int(clamp(l.s/(-l.z-1)-l.r, 0, float64(turn)))
	}
	if terms := l.terms(); terms <= mostTerms {
		a[turn] = l.fraction(terms, l.r+float64(turn))
	} else {
		a[turn] = l.integral(l.r + float64(turn))
	}
	for x := turn - 1; x >= 0; x-- {
		a[x] = l.down(&a[x+1], l.r+float64(x))
	}
	for x := turn; x < len(a)-1; x++ {
		a[x+1] = l.up(&a[x], l.r+float64(x))
	}
}

// down is A(x) = (s + zb·A(x+1)) ÷ (s+b) with b = r+x.
func (l leavingAt) down(a *leave, b float64) leave {
	z, zb := l.z, l.z*b
	above := leave{
		v: l.s + zb*a.v,
		r: z*a.v + zb*a.r, s: 1 + zb*a.s, z: b*a.v + zb*a.z,
		rr: 2*z*a.r + zb*a.rr, sr: z*a.s + zb*a.sr, ss: zb * a.ss,
		zr: a.v + z*a.z + b*a.r + zb*a.zr, zs: b*a.s + zb*a.zs, zz: 2*b*a.z + zb*a.zz,
	}
	return above.over(leave{v: l.s + b, r: 1, s: 1})
}

// up is A(x+1) = ((s+b)·A(x) − s) ÷ zb with b = r+x.
func (l leavingAt) up(a *leave, b float64) leave {
	m := l.s + b
	above := leave{
		v: m*a.v - l.s,
		r: a.v + m*a.r, s: a.v + m*a.s - 1, z: m * a.z,
		rr: 2*a.r + m*a.rr, sr: a.r + a.s + m*a.sr, ss: 2*a.s + m*a.ss,
		zr: a.z + m*a.zr, zs: a.z + m*a.zs, zz: m * a.zz,
	}
	return above.over(leave{v: l.z * b, r: l.z, z: b, zr: 1})
}

// over is a ÷ d for a d without second derivatives but zr.
func (a *leave) over(d leave) (q leave) {
	inverse := 1 / d.v
	q.v = a.v * inverse
	q.r, q.s, q.z = (a.r-q.v*d.r)*inverse, (a.s-q.v*d.s)*inverse, (a.z-q.v*d.z)*inverse
	q.rr = (a.rr - 2*q.r*d.r) * inverse
	q.sr = (a.sr - q.s*d.r - q.r*d.s) * inverse
	q.ss = (a.ss - 2*q.s*d.s) * inverse
	q.zr = (a.zr - q.z*d.r - q.r*d.z - q.v*d.zr) * inverse
	q.zs = (a.zs - q.z*d.s - q.s*d.z) * inverse
	q.zz = (a.zz - 2*q.z*d.z) * inverse
	return q
}

// fraction is A(x), b = r+x, by Gauss' continued fraction for ₂F₁(1, b; c; z),
// evaluated from its end:
//
//	1/(1 + e₁z/(1 + e₂z/(1 + …))),
//	e₂ₖ = −k(c−b+k−1)/((c+2k−2)(c+2k−1)), e₂ₖ₊₁ = −(b+k)(c+k−1)/((c+2k−1)(c+2k)).
func (l leavingAt) fraction(terms int, b float64) leave {
	tail := leave{v: 1}
	for n := terms; n > 0; n-- {
		e := l.coefficient(n, b)
		w := e.scaled(&tail)
		z := l.z
		tail = leave{
			v: 1 + z*w.v,
			r: z * w.r, s: z * w.s, z: w.v + z*w.z,
			rr: z * w.rr, sr: z * w.sr, ss: z * w.ss,
			zr: w.r + z*w.zr, zs: w.s + z*w.zs, zz: 2*w.z + z*w.zz,
		}
	}
	inverseM := 1 / (l.s + b)
	share := logged{
		v: l.s * inverseM, r: -inverseM, s: 1/l.s - inverseM,
		rr: inverseM * inverseM, sr: inverseM * inverseM, ss: inverseM*inverseM - 1/(l.s*l.s),
	}
	return share.scaled(&tail)
}

// logged is a factor in r and s with the derivatives of its logarithm.
type logged struct{ v, r, s, rr, sr, ss float64 }

// coefficient is eₙ; c = r+s+x+1.
func (l leavingAt) coefficient(n int, b float64) logged {
	k, c := float64(n/2), l.s+b+1
	low, high := 1/(c+float64(n-2)), 1/(c+float64(n-1))
	below, squares := low+high, low*low+high*high
	if n%2 == 0 {
		own := 1 / (l.s + k)
		return logged{
			v: -k * (l.s + k) * low * high, r: -below, s: own - below,
			rr: squares, sr: squares, ss: squares - own*own,
		}
	}
	own, other := 1/(b+k), 1/(c+k-1)
	return logged{
		v: -(b + k) * (c + k - 1) * low * high, r: own + other - below, s: other - below,
		rr: squares - own*own - other*other, sr: squares - other*other, ss: squares - other*other,
	}
}

// scaled is e ÷ t, by the derivatives of the logarithm.
func (e *logged) scaled(t *leave) leave {
	inverse := 1 / t.v
	v := e.v * inverse
	tr, ts, tz := t.r*inverse, t.s*inverse, t.z*inverse
	r, s, z := e.r-tr, e.s-ts, -tz
	return leave{
		v: v, r: v * r, s: v * s, z: v * z,
		rr: v * (r*r + e.rr - inverse*t.rr + tr*tr),
		sr: v * (s*r + e.sr - inverse*t.sr + ts*tr),
		ss: v * (s*s + e.ss - inverse*t.ss + ts*ts),
		zr: v * (z*r - inverse*t.zr + tz*tr),
		zs: v * (z*s - inverse*t.zs + tz*ts),
		zz: v * (z*z - inverse*t.zz + tz*tz),
	}
}

// mostTerms is where the integral becomes cheaper than the fraction.
const mostTerms = 400

// terms is how many terms of the fraction give double precision: each shrinks
// the error by |1−√(1−z)|/(1+√(1−z)).
func (l leavingAt) terms() int {
	root := math.Sqrt(1 - l.z)
	shrink := math.Abs(1-root) / (1 + root)
	return int(clamp(math.Log(1e-18)/math.Log(math.Max(shrink, 1e-9)), 4, mostTerms+1))
}

// inTheta is A in θ = (r, α, s, β) at the time y, z being (α−β)/(α+y).
func (a *leave) inTheta(alpha, beta, y float64) (j jet) {
	inverse := 1 / (alpha + y)
	za, zb := (beta+y)*inverse*inverse, -inverse
	zaa, zba := -2*za*inverse, inverse*inverse
	j.v = a.v
	j.d = [most]float64{a.r, a.z * za, a.s, a.z * zb}
	j.h = [most * (most + 1) / 2]float64{
		a.rr,
		a.zr * za, a.zz*za*za + a.z*zaa,
		a.sr, a.zs * za, a.ss,
		a.zr * zb, a.zz*zb*za + a.z*zba, a.zs * zb, a.zz * zb * zb,
	}
	return j
}
