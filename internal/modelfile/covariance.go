package modelfile

import (
	"math"

	"go.yaml.in/yaml/v3"

	"github.com/clvstream/clvstream/clv/model"
)

// mostLogCovariance bounds what a file may say: a parameter that is uncertain by more than
// a factor of e^1000 is not known at all.
const mostLogCovariance = 1e6

// covariance reads the lower half of a symmetric matrix: as many rows as parameters, each
// one number longer than the one before. No correlation is beyond 1.
func (r *reader) covariance(n *yaml.Node, of []model.Parameter) [][]float64 {
	if n == nil || r.err != nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) != len(of) {
		r.fail(n, "log_covariance must be a list of %d rows, the lower half of a symmetric matrix", len(of))
		return nil
	}
	matrix := make([][]float64, len(of))
	for i, row := range n.Content {
		matrix[i] = make([]float64, len(of))
		if row.Kind != yaml.SequenceNode || len(row.Content) != i+1 {
			r.fail(row, "row %d of log_covariance must be a list of %[1]d numbers", i+1)
			return nil
		}
		for j, item := range row.Content {
			v := r.number(item, "log_covariance", limits{above: -mostLogCovariance, least: true, most: mostLogCovariance, words: "a number of at most 1e6, positive or negative"})
			matrix[i][j], matrix[j][i] = v, v
		}
		if r.err == nil && !possible(matrix, i) {
			r.fail(row, "row %d of log_covariance is that of no covariance: the last number must be 0 or more, and no other above the root of the product of its two variances", i+1)
		}
	}
	return matrix
}

// possible says whether the last row so far can be one of a covariance.
func possible(matrix [][]float64, i int) bool {
	if !(matrix[i][i] >= 0) {
		return false
	}
	for j := range i {
		if math.Abs(matrix[i][j]) > math.Sqrt(matrix[i][i]*matrix[j][j])*(1+1e-9) {
			return false
		}
	}
	return true
}
