package numeric

import "math"

// LogPochhammer is ln (z)ₙ = ln (z(z+1)…(z+n−1)) = ln Γ(z+n) − ln Γ(z) for z > 0
// and n ≥ 0 (Abramowitz and Stegun 6.1.22), multiplied out, since the difference
// of two log gammas loses digits when z is large. It takes n steps.
func LogPochhammer(z float64, n int) float64 {
	const several = 16 // factors up to 1e9 + 1e6: their product stays finite
	sum := 0.0
	for i := 0; i < n; i += several {
		product := 1.0
		for j := i; j < min(i+several, n); j++ {
			product *= z + float64(j)
		}
		sum += math.Log(product)
	}
	return sum
}

// LogAddExp is ln(e^a + e^b) without overflow.
func LogAddExp(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// PochhammerLogs are ln (z)ₙ and its first two derivatives in z for n = 0, 1, ….
// Running sums are exact where differences of log gammas are not, and the cheapest
// when all n are needed.
type PochhammerLogs struct{ Log, First, Second []float64 }

// NewPochhammerLogs computes them for z > 0 and n up to most.
func NewPochhammerLogs(z float64, most int) PochhammerLogs {
	r := PochhammerLogs{make([]float64, most+1), make([]float64, most+1), make([]float64, most+1)}
	product := 1.0
	logs := 0.0
	for n := 1; n <= most; n++ {
		term := z + float64(n-1)
		inverse := 1 / term
		if product *= term; product > 1e100 || product < 1e-100 {
			logs, product = logs+math.Log(product), 1
		}
		r.Log[n] = logs + math.Log(product)
		r.First[n] = r.First[n-1] + inverse
		r.Second[n] = r.Second[n-1] - inverse*inverse
	}
	return r
}
