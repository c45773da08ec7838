package fit

import (
	"fmt"
	"math"
	"testing"
)

// components of a leave, to compare all of them.
func (a *leave) components() []float64 {
	return []float64{a.v, a.r, a.s, a.z, a.rr, a.sr, a.ss, a.zr, a.zs, a.zz}
}

// The continued fraction and the integral are the same function with the same
// derivatives, wherever both are fast enough to try.
func TestFractionIsTheIntegral(t *testing.T) {
	for _, z := range []float64{-300, -20, -1, -.1, .3, .9, .99} {
		for _, s := range []float64{.05, .6, 4, 60} {
			for _, b := range []float64{.05, .7, 3, 40} {
				l := leavingAt{s: s, z: z}
				fraction, integral := l.fraction(3*l.terms(), b), l.integral(b)
				got, want := fraction.components(), integral.components()
				for i := range got {
					if math.Abs(got[i]-want[i]) > 1e-10*(math.Abs(want[i])+fraction.v) {
						t.Errorf("z = %v, s = %v, b = %v: component %d is %v by the fraction, %v by the integral", z, s, b, i, got[i], want[i])
					}
				}
			}
		}
	}
}

// Up and down from where they turn, the values meet those computed directly,
// but for the digits that the bend in z loses near z = 1.
func TestRecurrencesKeepTheirDigits(t *testing.T) {
	for _, z := range []float64{-1e5, -3, -.5, .2, .95, .99999} {
		l, lost := leavingAt{r: .4, s: 5, z: z}, 1e-15/((1-z)*(1-z))
		a := make([]leave, 60)
		l.all(a)
		for _, x := range []int{0, 1, 7, 30, 59} {
			direct := l.integral(l.r + float64(x))
			got, want := a[x].components(), direct.components()
			for i := range got {
				if math.Abs(got[i]-want[i]) > (1e-9+lost)*(math.Abs(want[i])+direct.v) {
					t.Errorf("z = %v, x = %d: component %d is %v by recurrence, %v directly", z, x, i, got[i], want[i])
				}
			}
		}
		near(t, fmt.Sprintf("recurrence at z = %v", z), (l.r+l.s+3)*a[3].v, l.s+z*(l.r+3)*a[4].v, 1e-12)
	}
}
