package fit

import "math"

// Comparison is how far off several predictors were in the orders of the same customers.
// Their errors go together, customer by customer, so a difference of two is known much
// better than either.
type Comparison struct {
	Orders []Accuracy // without ranks, in the order of the predictors

	products [][]float64 // Σ of the products of two squared errors, j ≤ i
}

// Compare holds the predictors to what happened.
func (h *Holdout) Compare(predictors ...Predictor) Comparison {
	c := Comparison{Orders: make([]Accuracy, len(predictors)), products: make([][]float64, len(predictors))}
	for i := range predictors {
		c.products[i] = make([]float64, i+1)
	}
	squares := make([]float64, len(predictors))
	for held := range h.Customers {
		for i := range predictors {
			predicted := predictors[i].Orders(&held)
			c.Orders[i].add(predicted, float64(held.Orders))
			miss := predicted - float64(held.Orders)
			squares[i] = miss * miss
			for j := range i + 1 {
				c.products[i][j] += squares[i] * squares[j]
			}
		}
	}
	for i := range c.Orders {
		c.Orders[i].finish()
	}
	return c
}

// Difference is by how much the root mean squared error of predictor i is above that of
// j, and the standard error of that: what another set of customers would change.
func (c *Comparison) Difference(i, j int) (difference, standardError float64) {
	a, b, n := &c.Orders[i], &c.Orders[j], float64(c.Orders[i].Customers)
	difference = a.RMSE - b.RMSE
	if i == j || n < 2 || difference == 0 {
		return difference, 0
	}
	mean := a.RMSE*a.RMSE - b.RMSE*b.RMSE
	squares := c.products[i][i] + c.products[j][j] - 2*c.products[max(i, j)][min(i, j)]
	ofMean := math.Sqrt(math.Max(0, squares/n-mean*mean) / (n - 1))
	return difference, ofMean / (a.RMSE + b.RMSE) // a² − b² = (a − b)(a + b)
}
