package fit

// most is how many parameters a model has at most.
const most = 4

// derivatives are a function's value, gradient and Hessian with respect to at
// most four parameters. Of the Hessian the lower triangle (i ≥ j) is kept.
type derivatives struct {
	value    float64
	gradient [most]float64
	hessian  [most][most]float64
}

func (d *derivatives) add(other *derivatives) { d.addTimes(1, other) }

func (d *derivatives) addTimes(weight float64, other *derivatives) {
	d.value += weight * other.value
	for i := range most {
		d.gradient[i] += weight * other.gradient[i]
		for j := 0; j <= i; j++ {
			d.hessian[i][j] += weight * other.hessian[i][j]
		}
	}
}

// inLogs turns derivatives with respect to θ into those with respect to ln θ:
// θᵢgᵢ, and θᵢθⱼHᵢⱼ with θᵢgᵢ added on the diagonal.
func (d *derivatives) inLogs(theta *[most]float64) {
	for i := range most {
		for j := 0; j <= i; j++ {
			d.hessian[i][j] *= theta[i] * theta[j]
		}
		d.gradient[i] *= theta[i]
		d.hessian[i][i] += d.gradient[i]
	}
}
