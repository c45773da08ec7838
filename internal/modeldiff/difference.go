package modeldiff

import (
	"io"
	"math"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/interval"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/internal/terminal"
)

// Difference is by how much all customers together are worth more by the right model than
// by the left one, and within which limits that is known. Money is decimal strings.
type Difference struct {
	Move    string  `json:"move"`
	Level   float64 `json:"level,omitempty"`
	Low     string  `json:"low,omitempty"`
	High    string  `json:"high,omitempty"`
	Same    bool    `json:"fitted_to_the_same_customers"`
	Missing string  `json:"missing,omitempty"` // why there are no limits

	alone bool // one of the models is not fitted
}

// mostLooked is how many customers the limits are taken from: their width is then sure to
// a few percent.
const mostLooked = 5_000

// uncertainSide is a model of the comparison, with what it does to the difference: −1 on
// the left, 1 on the right.
type uncertainSide struct {
	file             *modelfile.File // nil: its parameters are chosen, so nothing of it is estimated
	sign             float64
	purchases, spend interval.Uncertain
	// weights turn a customer's scores of the likelihood into what they move the difference by.
	byPurchases, bySpend []float64
	variance             float64
}

// difference finds the limits of the sum of the moves, in minor units.
func (c *Comparison) difference(all []moved) (*Difference, error) {
	if c.LeftFile == nil && c.RightFile == nil {
		return nil, nil
	}
	move := 0.0
	for i := range all {
		move += all[i].move
	}
	d := &Difference{Move: c.decimal(move), alone: c.LeftFile == nil || c.RightFile == nil}
	sides := []*uncertainSide{{file: c.LeftFile, sign: -1}, {file: c.RightFile, sign: 1}}
	for _, side := range sides {
		if side.file != nil && side.file.Parameters.LogCovariance == nil {
			d.Missing = "the file of " + side.file.Model + " " + side.file.Version() + " has no covariance of its parameters (log_covariance): it was written by a version before, or by hand; fit it again"
			return d, nil
		}
	}
	every := max(1, (len(all)+mostLooked-1)/mostLooked)
	var looked []*history.History
	for i := 0; i < len(all); i += every {
		looked = append(looked, all[i].history)
	}
	for _, side := range sides {
		if err := side.weigh(c, looked); err != nil {
			return nil, err
		}
	}
	d.Same = c.fittedTo(all, c.LeftFile) && c.fittedTo(all, c.RightFile)
	scale := float64(every)
	deviation := scale * math.Sqrt(sides[0].variance+sides[1].variance)
	if d.Same {
		variance, err := c.variance(sides, looked)
		if err != nil {
			return nil, err
		}
		deviation = scale * math.Sqrt(scale*variance)
	}
	limits := interval.Real(move, deviation)
	d.Level, d.Low, d.High = interval.Level, c.decimal(limits.Low), c.decimal(limits.High)
	return d, nil
}

// fittedTo says whether a model was fitted to these customers as they are.
func (c *Comparison) fittedTo(all []moved, file *modelfile.File) bool {
	if file == nil {
		return false
	}
	repeaters := 0
	for i := range all {
		if all[i].history.Facts(c.Rules, c.AsOfMicros).Frequency > 0 {
			repeaters++
		}
	}
	on := &file.FittedOn
	return on.Customers == len(all) && on.Repeaters == repeaters && on.Until.Equal(c.Rules.Calendar.Day(c.AsOfMicros).Date())
}

// weigh finds how the total of those looked at moves with the side's parameters.
func (s *uncertainSide) weigh(c *Comparison, looked []*history.History) error {
	if s.file == nil {
		return nil
	}
	total := func(purchases, spend model.Values) ([]float64, error) {
		other := *s.file
		other.Parameters.Values, other.Spend.Values = purchases, spend
		built, err := other.Build()
		if err != nil {
			return nil, err
		}
		sum := 0.0
		for _, h := range looked {
			sum += c.clvMinor(h, built.Model)
		}
		return []float64{s.sign * sum}, nil
	}
	ofSpend := catalog.Spend()
	names, of := s.file.ParameterNames()
	s.purchases = interval.Of(names, s.file.Parameters.Values, s.file.Parameters.LogCovariance)
	byPurchases, err := s.purchases.Gradient(func(v model.Values) ([]float64, error) { return total(v, s.file.Spend.Values) })
	if err != nil {
		return err
	}
	s.variance, s.byPurchases = s.purchases.Variance(byPurchases, 0), s.purchases.Weights(byPurchases, 0)
	if of == nil {
		return nil
	}
	s.spend = interval.Of(ofSpend.ParameterNames(), s.file.Spend.Values, s.file.Spend.LogCovariance)
	bySpend, err := s.spend.Gradient(func(v model.Values) ([]float64, error) { return total(s.file.Parameters.Values, v) })
	if err != nil {
		return err
	}
	s.variance, s.bySpend = s.variance+s.spend.Variance(bySpend, 0), s.spend.Weights(bySpend, 0)
	return nil
}

// variance of the difference of two models that were fitted to the same customers: by how
// much each customer, had they been another, would have moved it through both fits at once.
// It takes neither model to be right.
func (c *Comparison) variance(sides []*uncertainSide, looked []*history.History) (variance float64, err error) {
	for _, h := range looked {
		f := h.Facts(c.Rules, c.AsOfMicros)
		influence := 0.0
		for _, side := range sides {
			moves, err := side.influence(&f)
			if err != nil {
				return 0, err
			}
			influence += moves
		}
		variance += influence * influence
	}
	return variance, nil
}

// influence is by how much a customer moves the difference through the side's fits.
func (s *uncertainSide) influence(f *history.Facts) (influence float64, err error) {
	summary, err := model.NewSummary(f.Frequency, model.UnitDay.Span(float64(f.RecencyDays)), model.UnitDay.Span(float64(f.AgeDays)))
	if err != nil {
		return 0, err
	}
	scores, err := s.purchases.Gradient(func(v model.Values) ([]float64, error) {
		other := *s.file
		other.Parameters.Values = v
		purchases, err := other.Purchases()
		if err != nil {
			return nil, err
		}
		return []float64{purchases.LogLikelihood(summary)}, nil
	})
	if err != nil {
		return 0, err
	}
	influence = weighted(s.byPurchases, scores)
	mean := f.RepeatMeanMinor / math.Pow10(s.file.Currency.Exponent())
	scores, err = s.spend.Gradient(func(v model.Values) ([]float64, error) {
		return []float64{v.GammaGamma().LogLikelihood(f.Frequency, mean)}, nil
	})
	return influence + weighted(s.bySpend, scores), err
}

func weighted(weights []float64, scores [][]float64) (sum float64) {
	for i := range scores {
		if scores[i] != nil {
			sum += weights[i] * scores[i][0]
		}
	}
	return sum
}

func (d *Difference) writeText(w io.Writer) {
	if d.Missing != "" {
		terminal.Line(w, "\nHow sure the difference is cannot be said: %s.", d.Missing)
		return
	}
	terminal.Line(w, "\nAll together move by %s: %s to %s with a confidence of %.0f %%.", d.Move, d.Low, d.High, 100*d.Level)
	switch {
	case d.Same:
		terminal.Line(w, "Both were fitted to these customers, so their errors go together. Only the parameters are uncertain here.")
	case d.alone:
		terminal.Line(w, "One of the models is not fitted: only the parameters of the other one are uncertain here.")
	default:
		terminal.Line(w, "The models are taken to have been fitted to different customers. If they were fitted to the same ones, the\n"+
			"difference is surer than that. Only the parameters are uncertain here.")
	}
}
