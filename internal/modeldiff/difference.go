package modeldiff

import (
	"io"
	"math"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/estimate"
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
	names, of := s.file.ParameterNames()
	s.purchases = interval.Of(names, s.file.Parameters.Values, s.file.Parameters.LogCovariance)
	byPurchases, err := s.purchases.Gradient(func(v model.Values) ([]float64, error) {
		other := *s.file
		other.Parameters.Values = v
		built, err := other.Build()
		if err != nil {
			return nil, err
		}
		sum := 0.0
		for _, h := range looked {
			sum += c.estimate(h, built.Model).CLVMinor
		}
		return []float64{s.sign * sum}, nil
	})
	if err != nil {
		return err
	}
	s.variance, s.byPurchases = s.purchases.Variance(byPurchases, 0), s.purchases.Weights(byPurchases, 0)
	if of == nil {
		return nil
	}
	return s.weighSpend(c, looked)
}

// weighSpend is the same for the parameters of spend: what is predicted is in proportion to
// the spend expected per order, so that nothing else is computed anew.
func (s *uncertainSide) weighSpend(c *Comparison, looked []*history.History) error {
	built, err := s.file.Build()
	if err != nil {
		return err
	}
	estimates := make([]estimate.Estimate, len(looked))
	for i, h := range looked {
		estimates[i] = c.estimate(h, built.Model)
	}
	ofSpend, is := catalog.Spend(), s.file.GammaGamma()
	s.spend = interval.Of(ofSpend.ParameterNames(), s.file.Spend.Values, s.file.Spend.LogCovariance)
	bySpend, err := s.spend.Gradient(func(v model.Values) ([]float64, error) {
		other, sum := v.GammaGamma(), 0.0
		for i := range estimates {
			f := &estimates[i].Facts
			if spend := is.Expected(f.Frequency, s.mean(f)); spend > 0 {
				sum += estimates[i].PredictedMinor * other.Expected(f.Frequency, s.mean(f)) / spend
			}
		}
		return []float64{s.sign * sum}, nil
	})
	if err != nil {
		return err
	}
	s.variance, s.bySpend = s.variance+s.spend.Variance(bySpend, 0), s.spend.Weights(bySpend, 0)
	return nil
}

// mean is m, in major units.
func (s *uncertainSide) mean(f *history.Facts) float64 {
	return f.RepeatMeanMinor / math.Pow10(s.file.Currency.Exponent())
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
