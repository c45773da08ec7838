package numeric

import "math"

// Series is a smooth positive function on [0, end]: a Chebyshev series of its
// logarithm, so that it is as exact, relatively, where it is small as elsewhere.
// The zero Series is 0. See Trefethen 2013, "Approximation Theory and
// Approximation Practice", chapters 3 and 4.
type Series struct {
	end          float64
	coefficients []float64
}

const (
	firstTerms = 48
	mostTerms  = 8 * firstTerms
	// seriesTolerance is what a dropped term may still add, relatively: above the
	// rounding of the function, and far below the 1e-10 that a Series promises.
	seriesTolerance = 2e-13
)

// NewSeries interpolates f > 0 on [0, end] at Chebyshev points, doubling their
// number up to 384 until the last terms add nothing: then ok, and the relative
// error is below 1e-10. A function that is not that smooth is not ok.
func NewSeries(f func(float64) float64, end float64) (s Series, ok bool) {
	for n := firstTerms; n <= mostTerms; n *= 2 {
		s = interpolate(f, end, n)
		if s.trim() {
			return s, true
		}
	}
	return Series{}, false
}

// interpolate finds n coefficients.
func interpolate(f func(float64) float64, end float64, n int) Series {
	values := make([]float64, n)
	for k := range values {
		u := math.Cos(math.Pi * (float64(k) + 0.5) / float64(n))
		values[k] = math.Log(f(end * (u + 1) / 2))
	}
	s := Series{end: end, coefficients: make([]float64, n)}
	for j := range s.coefficients {
		sum := 0.0
		for k, v := range values {
			// The cosine's argument is reduced in integers, exactly.
			sum += v * math.Cos(math.Pi*float64(j*(2*k+1)%(4*n))/float64(2*n))
		}
		s.coefficients[j] = 2 * sum / float64(n)
	}
	s.coefficients[0] /= 2
	return s
}

// trim drops the last terms while they are negligible and says whether at least
// four were: a series that is still large at its end has not converged.
func (s *Series) trim() bool {
	n := len(s.coefficients)
	for n > 1 && math.Abs(s.coefficients[n-1]) <= seriesTolerance {
		n--
	}
	converged := n <= len(s.coefficients)-4
	s.coefficients = s.coefficients[:n]
	return converged
}

// At is the function at v in [0, end], by Clenshaw's recurrence.
func (s *Series) At(v float64) float64 {
	if len(s.coefficients) == 0 {
		return 0
	}
	u := 2*v/s.end - 1
	var b1, b2 float64
	for j := len(s.coefficients) - 1; j > 0; j-- {
		b1, b2 = 2*u*b1+(s.coefficients[j]-b2), b1
	}
	return math.Exp(u*b1 + (s.coefficients[0] - b2))
}
