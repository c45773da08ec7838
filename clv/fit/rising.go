package fit

import "math"

// rising are ln (z)ₙ and its first two derivatives in z for n = 0, 1, …, where
// (z)ₙ = z(z+1)…(z+n−1). Running sums are exact where differences of log gammas
// are not, and the cheapest when all n are needed.
type rising struct{ log, first, second []float64 }

func newRising(z float64, most int) rising {
	r := rising{make([]float64, most+1), make([]float64, most+1), make([]float64, most+1)}
	product := 1.0
	logs := 0.0
	for n := 1; n <= most; n++ {
		term := z + float64(n-1)
		inverse := 1 / term
		if product *= term; product > 1e100 || product < 1e-100 {
			logs, product = logs+math.Log(product), 1
		}
		r.log[n] = logs + math.Log(product)
		r.first[n] = r.first[n-1] + inverse
		r.second[n] = r.second[n-1] - inverse*inverse
	}
	return r
}
