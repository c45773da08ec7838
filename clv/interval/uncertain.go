package interval

import (
	"math"
	"math/rand/v2"

	"github.com/clvstream/clvstream/clv/model"
)

// Uncertain is estimates and the covariance of their logarithms.
type Uncertain struct {
	names      []string
	values     model.Values
	covariance [][]float64
	root       [][]float64 // Cholesky factor of covariance
}

// Of joins estimates to the covariance of their logarithms, in the order of the names; nil
// takes them as certain.
func Of(names []string, values model.Values, covariance [][]float64) Uncertain {
	u := Uncertain{names: names, values: values, covariance: covariance}
	if covariance != nil {
		u.root = cholesky(covariance)
	}
	return u
}

// step is how far the logarithm of a parameter is moved to see what a figure does.
const step = 1e-3

// Gradient is the slope of figures in the logarithm of each parameter; figures of a
// parameter that is certain are not asked for.
func (u *Uncertain) Gradient(of func(model.Values) ([]float64, error)) ([][]float64, error) {
	gradient := make([][]float64, len(u.names))
	for i, name := range u.names {
		if u.covariance == nil || u.covariance[i][i] == 0 {
			continue
		}
		high, err := of(u.moved(name, step))
		if err != nil {
			return nil, err
		}
		low, err := of(u.moved(name, -step))
		if err != nil {
			return nil, err
		}
		gradient[i] = make([]float64, len(high))
		for k := range high {
			gradient[i][k] = (high[k] - low[k]) / (2 * step)
		}
	}
	return gradient, nil
}

func (u *Uncertain) moved(name string, by float64) model.Values {
	moved := make(model.Values, len(u.values))
	for other, v := range u.values {
		moved[other] = v
	}
	moved[name] *= math.Exp(by)
	return moved
}

// Variance is that of figure k, by its gradient.
func (u *Uncertain) Variance(gradient [][]float64, k int) float64 {
	sum := 0.0
	for i := range gradient {
		for j := range gradient {
			if gradient[i] != nil && gradient[j] != nil {
				sum += gradient[i][k] * u.covariance[i][j] * gradient[j][k]
			}
		}
	}
	return math.Max(0, sum)
}

// Weights are covariance times gradient of figure k: what a score of the likelihood in
// each logarithm moves the figure by.
func (u *Uncertain) Weights(gradient [][]float64, k int) []float64 {
	weights := make([]float64, len(u.names))
	for i := range weights {
		for j := range gradient {
			if gradient[j] != nil {
				weights[i] += u.covariance[i][j] * gradient[j][k]
			}
		}
	}
	return weights
}

// farthest is how many standard errors a draw goes at most, and a factor at most.
const (
	farthest = 4
	widest   = 1e3
)

// Draw is parameters as they might be.
func (u *Uncertain) Draw(rng *rand.Rand) model.Values {
	drawn := make(model.Values, len(u.values))
	for name, v := range u.values {
		drawn[name] = v
	}
	if u.root == nil {
		return drawn
	}
	normal := make([]float64, len(u.names))
	for i := range normal {
		normal[i] = math.Max(-farthest, math.Min(farthest, rng.NormFloat64()))
	}
	for i, name := range u.names {
		by := 0.0
		for j := range i + 1 {
			by += u.root[i][j] * normal[j]
		}
		drawn[name] *= math.Max(1/widest, math.Min(widest, math.Exp(by)))
	}
	return drawn
}

// cholesky is the lower root of a covariance; rows without variance are 0.
func cholesky(covariance [][]float64) [][]float64 {
	root := make([][]float64, len(covariance))
	for i := range root {
		root[i] = make([]float64, len(covariance))
		for j := range i + 1 {
			sum := covariance[i][j]
			for k := range j {
				sum -= root[i][k] * root[j][k]
			}
			switch {
			case i == j:
				root[i][i] = math.Sqrt(math.Max(0, sum))
			case root[j][j] > 0:
				root[i][j] = sum / root[j][j]
			}
		}
	}
	return root
}
