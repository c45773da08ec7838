package fit

import "math"

// factor is the lower triangle L of −H = L·Lᵀ over the free parameters; the
// others have a row of the unit matrix, and answer 0.
type factor struct {
	lower [most][most]float64
	free  [most]bool
}

// cholesky factors the negated Hessian with damping in proportion to its
// diagonal; ok is false unless it is positive definite, well inside rounding.
func cholesky(hessian [most][most]float64, free [most]bool, damping float64) (f factor, ok bool) {
	f.free = free
	for i := range most {
		if !free[i] {
			f.lower[i][i] = 1
			continue
		}
		for j := 0; j <= i; j++ {
			if !free[j] {
				continue
			}
			sum := -hessian[i][j]
			if i == j {
				sum += damping * math.Max(math.Abs(hessian[i][i]), 1e-9)
			}
			for k := range j {
				sum -= f.lower[i][k] * f.lower[j][k]
			}
			if i > j {
				f.lower[i][j] = sum / f.lower[j][j]
				continue
			}
			if !(sum > 1e-13*math.Abs(hessian[i][i])) {
				return f, false
			}
			f.lower[i][i] = math.Sqrt(sum)
		}
	}
	return f, true
}

// solve is (−H)⁻¹g for the free parameters and 0 for the others.
func (f *factor) solve(g [most]float64) (x [most]float64) {
	for i := range most {
		if !f.free[i] {
			continue
		}
		x[i] = g[i]
		for k := range i {
			x[i] -= f.lower[i][k] * x[k]
		}
		x[i] /= f.lower[i][i]
	}
	for i := most - 1; i >= 0; i-- {
		for k := i + 1; k < most; k++ {
			x[i] -= f.lower[k][i] * x[k]
		}
		x[i] /= f.lower[i][i]
	}
	return x
}

// variance is the i-th diagonal element of (−H)⁻¹.
func (f *factor) variance(i int) float64 {
	var unit [most]float64
	unit[i] = 1
	return f.solve(unit)[i]
}

// covariance is (−H)⁻¹ of the free parameters, with zeros for the others.
func (f *factor) covariance(parameters int) [][]float64 {
	rows := make([][]float64, parameters)
	for i := range rows {
		rows[i] = make([]float64, parameters)
		if !f.free[i] {
			continue
		}
		var unit [most]float64
		unit[i] = 1
		column := f.solve(unit)
		copy(rows[i], column[:parameters])
	}
	return rows
}
