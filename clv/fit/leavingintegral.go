package fit

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// panel is a Gauss-Legendre rule on [0, 1].
var panel = func() (rule struct{ node, weight [16]float64 }) {
	quad.Legendre{}.FixedLocations(rule.node[:], rule.weight[:], 0, 1)
	return rule
}()

// integral is A(x), b = r+x, over the logarithm w of how far ahead one looks:
//
//	A = s ∫ e^((1−b)w) K^s (K−1+e^w)^−(s+1) dw, w from 0 to ∞, K = 1−z,
//
// on panels that double from where the integrand first bends. Its logarithm is
// concave: after a panel that adds nothing comes nothing. Where e^w has outgrown
// K by all digits the rest is s·K^s·e^(−(b+s)w)/(b+s). Near z = 1 the second
// derivative in z has an error of 1e-15/K²: a Newton step does not mind.
func (l leavingAt) integral(b float64) (sum leave) {
	k := 1 - l.z
	low, width := 0.0, math.Min(1, k)/(b+l.s+1)
	for last := math.Log(math.Max(1, k)) + 40; low < last; {
		before := sum.v
		for i, node := range panel.node {
			f := l.integrand(k, b, low+width*node)
			f.v *= width * panel.weight[i]
			sum.add(&f)
		}
		if sum.v-before <= 1e-18*sum.v {
			return sum
		}
		low += width
		width = math.Min(2*width, 2)
	}
	total, logK := b+l.s, math.Log(k)
	squared := 1 / (total * total)
	sum.add(&spot{
		v: l.s / total * math.Exp(l.s*logK-total*low),
		r: -low - 1/total, s: 1/l.s + logK - low - 1/total, k: l.s / k,
		rr: squared, sr: squared, ss: squared - 1/(l.s*l.s), ks: 1 / k, kk: -l.s / (k * k),
	})
	return sum
}

// spot is a value with the derivatives of its logarithm in r, s and K.
type spot struct{ v, r, s, k, rr, sr, ss, ks, kk float64 }

func (l leavingAt) integrand(k, b, w float64) spot {
	grown := k + math.Expm1(w)
	ahead, inverse := math.Log(grown/k), 1/grown
	return spot{
		v: l.s * math.Exp((1-b)*w-l.s*ahead) * inverse,
		r: -w, s: 1/l.s - ahead, k: l.s/k - (l.s+1)*inverse,
		ss: -1 / (l.s * l.s), ks: 1/k - inverse, kk: (l.s+1)*inverse*inverse - l.s/(k*k),
	}
}

// add adds the spot, whose K falls as z rises.
func (a *leave) add(f *spot) {
	a.v += f.v
	a.r += f.v * f.r
	a.s += f.v * f.s
	a.z -= f.v * f.k
	a.rr += f.v * (f.r*f.r + f.rr)
	a.sr += f.v * (f.s*f.r + f.sr)
	a.ss += f.v * (f.s*f.s + f.ss)
	a.zr -= f.v * f.k * f.r
	a.zs -= f.v * (f.k*f.s + f.ks)
	a.zz += f.v * (f.k*f.k + f.kk)
}
