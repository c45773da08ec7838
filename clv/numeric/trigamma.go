package numeric

// Trigamma is ψ′(z) for z > 0, to double precision: the recurrence up to where
// the asymptotic series suffices (Abramowitz and Stegun 6.4.6, 6.4.12).
func Trigamma(z float64) float64 {
	sum := 0.0
	for z < 12 {
		sum += 1 / (z * z)
		z++
	}
	u := 1 / (z * z)
	return sum + 1/z + u/2 + u/z*(1./6-u*(1./30-u*(1./42-u*(1./30-u*(5./66-u*691./2730)))))
}
