package modeldiff

import (
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

// variance of the difference of two models that were fitted to the same customers: by how
// much each customer, had they been another, would have moved it through both fits at once.
// It takes neither model to be right.
func (c *Comparison) variance(sides []*uncertainSide, looked []*history.History) (variance float64, err error) {
	facts := make([]history.Facts, len(looked))
	for i, h := range looked {
		facts[i] = h.Facts(c.Rules, c.AsOfMicros)
	}
	influences := make([]float64, len(looked))
	for _, side := range sides {
		if err := side.influence(facts, influences); err != nil {
			return 0, err
		}
	}
	for _, influence := range influences {
		variance += influence * influence
	}
	return variance, nil
}

// influence adds by how much each customer moves the difference through the side's fits.
func (s *uncertainSide) influence(facts []history.Facts, to []float64) error {
	scores, err := s.purchases.Gradient(func(v model.Values) ([]float64, error) { return s.likelihoods(v, facts) })
	if err != nil {
		return err
	}
	weighted(s.byPurchases, scores, to)
	scores, err = s.spend.Gradient(func(v model.Values) ([]float64, error) {
		of := make([]float64, len(facts))
		for i := range facts {
			of[i] = v.GammaGamma().LogLikelihood(facts[i].Frequency, s.mean(&facts[i]))
		}
		return of, nil
	})
	weighted(s.bySpend, scores, to)
	return err
}

// likelihoods are those of each customer's purchases, in logarithms.
func (s *uncertainSide) likelihoods(values model.Values, facts []history.Facts) ([]float64, error) {
	other := *s.file
	other.Parameters.Values = values
	purchases, err := other.Purchases()
	if err != nil {
		return nil, err
	}
	known := map[model.Summary]float64{} // many customers are alike
	of := make([]float64, len(facts))
	for i := range facts {
		f := &facts[i]
		summary, err := model.NewSummary(f.Frequency, model.UnitDay.Span(float64(f.RecencyDays)), model.UnitDay.Span(float64(f.AgeDays)))
		if err != nil {
			return nil, err
		}
		ll, ok := known[summary]
		if !ok {
			ll = purchases.LogLikelihood(summary)
			known[summary] = ll
		}
		of[i] = ll
	}
	return of, nil
}

// weighted adds up scores by the parameters, customer by customer.
func weighted(weights []float64, scores [][]float64, to []float64) {
	for k := range scores {
		for i := range scores[k] {
			to[i] += weights[k] * scores[k][i]
		}
	}
}
