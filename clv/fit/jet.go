package fit

// jet is a number with its first and second derivatives with respect to θ. The
// Hessian's lower triangle is kept row by row.
type jet struct {
	v float64
	d [most]float64
	h [most * (most + 1) / 2]float64
}
