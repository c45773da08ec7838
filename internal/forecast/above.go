package forecast

import (
	"math"

	"github.com/clvstream/clvstream/clv/interval"
	"github.com/clvstream/clvstream/clv/model"
)

// Above is within which limits it is known by how many orders the model expects more than
// another that was fitted to the same customers; nil where a fit has no covariance. Their
// errors go together, so the difference is surer than either. Its variance is what each
// customer, had they been another, would have moved it by through both fits at once, and
// takes neither model to be right.
func (t *Totals) Above(other *Totals, difference float64) (*Limits, error) {
	if t.purchases.LogCovariance == nil || other.purchases.LogCovariance == nil {
		return nil, nil
	}
	one, err := t.influences()
	if err != nil {
		return nil, err
	}
	another, err := other.influences()
	if err != nil {
		return nil, err
	}
	variance := 0.0
	for i := range one {
		moves := one[i] - another[i]
		variance += moves * moves
	}
	scale := float64(t.every)
	limits := Limits(interval.Real(difference, scale*math.Sqrt(scale*variance)))
	return &limits, nil
}

// influences are by how much each of those looked at moves the total of those looked at
// through the fit. They are found once.
func (t *Totals) influences() ([]float64, error) {
	if t.moves != nil {
		return t.moves, nil
	}
	gradient, err := t.byPurchases()
	if err != nil {
		return nil, err
	}
	u := uncertain(t.entry.ParameterNames(), t.purchases)
	scores, err := u.Gradient(t.likelihoods)
	if err != nil {
		return nil, err
	}
	t.moves = make([]float64, len(t.looked))
	weights := u.Weights(gradient, OfOrders)
	for k := range scores {
		for i := range scores[k] {
			t.moves[i] += weights[k] * scores[k][i]
		}
	}
	return t.moves, nil
}

// likelihoods are those of each of those looked at, in logarithms.
func (t *Totals) likelihoods(values model.Values) ([]float64, error) {
	purchases, err := t.model(values)
	if err != nil {
		return nil, err
	}
	known := map[model.Summary]float64{} // as many as there are distinct rows
	of := make([]float64, len(t.looked))
	for i := range t.looked {
		s := t.looked[i].Summary
		ll, ok := known[s]
		if !ok {
			ll = purchases.LogLikelihood(s)
			known[s] = ll
		}
		of[i] = ll
	}
	return of, nil
}
