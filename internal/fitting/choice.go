package fitting

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/interval"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/forecast"
)

// Choice is why calibrate.Auto took what it took.
type Choice struct {
	Reason string `json:"reason"`
	// Alike are the candidates that the orders do not tell from the one taken.
	Alike      []string            `json:"alike,omitempty"`
	Warnings   []calibrate.Caution `json:"warnings,omitempty"`
	Split      string              `json:"split,omitempty"`
	LaterSplit string              `json:"later_split,omitempty"` // of a second holdout, of half as many days
	Actual     float64             `json:"actual,omitempty"`      // orders after the split
	Candidates []Candidate         `json:"candidates"`
	Naive      []Naive             `json:"naive,omitempty"`
}

// Candidate is a model that was compared. Errors are of orders per customer over what was
// held out, by the model fitted to what came before; 0 where nothing was. The rest is of
// the model fitted to all orders.
type Candidate struct {
	Model string `json:"model"`
	Errors
	LaterRMSE float64 `json:"later_rmse,omitempty"`
	*Total
	LogLikelihood float64  `json:"log_likelihood"`
	BIC           float64  `json:"bic"`
	Warnings      []string `json:"warnings"`
}

// Errors are those over the holdout, and how far the first is above that of the candidate
// taken: with another set of customers it would be within the limits in 90 of 100 cases.
type Errors struct {
	RMSE       float64          `json:"rmse,omitempty"`
	MAE        float64          `json:"mae,omitempty"`
	RMSEAbove  float64          `json:"rmse_above,omitempty"`
	RMSELimits *forecast.Limits `json:"rmse_above_interval,omitempty"` // nil of the one taken
}

// Total is the orders that a candidate expected over the holdout, and by how many more than
// the one taken: limits as in a backtest, and those of the difference by the parameters of
// both, which were fitted to the same customers.
type Total struct {
	Predicted   float64          `json:"predicted"`
	Interval    *forecast.Limits `json:"predicted_interval,omitempty"`
	Above       float64          `json:"predicted_above,omitempty"`
	AboveLimits *forecast.Limits `json:"predicted_above_interval,omitempty"` // nil of the one taken
}

// Naive is a forecast without a model, with the same errors.
type Naive struct {
	Name string `json:"name"`
	Errors
}

func (r *Report) choose(choice *calibrate.Choice) {
	r.Model = choice.Model
	r.Choice = &Choice{Reason: choice.Reason, Alike: choice.Alike, Warnings: choice.Cautions}
	if choice.Window != (calibrate.Window{}) {
		r.Choice.Split = choice.Window.Split.String()
		r.Choice.Actual = choice.Candidates[0].Orders.Actual
	}
	if choice.Later != (calibrate.Window{}) {
		r.Choice.LaterSplit = choice.Later.Split.String()
	}
	for _, c := range choice.Candidates {
		r.Choice.Candidates = append(r.Choice.Candidates, Candidate{
			Model: c.Result.Model, Errors: errorsOf(c.Orders.RMSE, c.Orders.MAE, c.Above), LaterRMSE: c.Later.RMSE,
			LogLikelihood: c.Result.LogLikelihood, BIC: c.Result.BIC, Warnings: calibrate.Names(c.Result.Warnings),
		})
	}
	for _, n := range choice.Naive {
		r.Choice.Naive = append(r.Choice.Naive, Naive{n.Name, errorsOf(n.Orders.RMSE, n.Orders.MAE, n.Above)})
	}
}

func errorsOf(rmse, mae float64, above calibrate.Above) Errors {
	e := Errors{RMSE: rmse, MAE: mae, RMSEAbove: above.Difference}
	if above.StandardError > 0 {
		limits := forecast.Limits(interval.Real(above.Difference, above.StandardError))
		e.RMSELimits = &limits
	}
	return e
}

// compare finds within which limits the candidates' totals over the holdout lie, and how
// sure it is that they differ.
func (c *Choice) compare(j *Job, choice *calibrate.Choice, held []*calibrate.Population) error {
	if len(held) == 0 {
		return nil
	}
	holdout := held[0].Holdout(j.Currency)
	taken := forecast.Of(j.Fitting, &choice.Chosen().Known, nil, &holdout, mostLooked)
	for i := range c.Candidates {
		one := &choice.Candidates[i]
		of := taken
		if one.Result.Model != choice.Model {
			of = forecast.Of(j.Fitting, &one.Known, nil, &holdout, mostLooked)
		}
		total, err := totalOf(of, taken, one.Orders.Predicted, choice.Chosen().Orders.Predicted)
		if err != nil {
			return fmt.Errorf("find how sure the totals of %s are: %w", one.Result.Model, err)
		}
		c.Candidates[i].Total = total
	}
	c.cautionBeyond()
	return nil
}

// CautionBeyond names a total that no candidate would have had in 90 of 100 cases.
const CautionBeyond = "total_beyond"

// cautionBeyond tells of a holdout that brought more or fewer orders than every candidate
// allows for: the days to come may be as unlike those before.
func (c *Choice) cautionBeyond() {
	var nearest *Candidate
	for i := range c.Candidates {
		one := &c.Candidates[i]
		if one.Interval == nil {
			continue
		}
		if c.Actual >= one.Interval.Low && c.Actual <= one.Interval.High {
			return
		}
		if nearest == nil || math.Abs(one.Predicted-c.Actual) < math.Abs(nearest.Predicted-c.Actual) {
			nearest = one
		}
	}
	if nearest != nil {
		c.Warnings = append(c.Warnings, calibrate.Caution{Name: CautionBeyond, Text: fmt.Sprintf(
			"%.0f orders came after %s, and no model allows for that: the nearest, %s, for %.0f to %.0f in 90 of 100 cases. A season, a campaign or growth moves the shop, which no model here knows: the model that fits best may not be the one that predicts best",
			c.Actual, c.Split, nearest.Model, nearest.Interval.Low, nearest.Interval.High)})
	}
}

// mostLooked is how many customers the limits of totals are taken from.
const mostLooked = 1000

func totalOf(of, taken *forecast.Totals, predicted, byTaken float64) (*Total, error) {
	limits, err := of.Limits([forecast.Figures]float64{forecast.OfOrders: predicted})
	if err != nil {
		return nil, err
	}
	total := &Total{Predicted: predicted, Interval: limits[forecast.OfOrders]}
	if of != taken {
		total.Above = predicted - byTaken
		total.AboveLimits, err = of.Above(taken, total.Above)
	}
	return total, err
}
