package fitting

import (
	"time"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// Report is a fit, as JSON and text show it.
type Report struct {
	Model          string             `json:"model"`
	FallbackFrom   string             `json:"fallback_from,omitempty"` // asked for, and found to be NBD
	Choice         *Choice            `json:"choice,omitempty"`
	Customers      int                `json:"customers"`
	Repeaters      int                `json:"repeaters"`
	From           string             `json:"from,omitempty"`
	Until          string             `json:"until,omitempty"`
	TimeUnit       string             `json:"time_unit"`
	PeriodUnits    float64            `json:"period_units,omitempty"`
	Parameters     map[string]float64 `json:"parameters"`
	StandardErrors map[string]float64 `json:"standard_errors"`
	LogLikelihood  float64            `json:"log_likelihood"`
	AIC            float64            `json:"aic"`
	BIC            float64            `json:"bic"`
	Warnings       []string           `json:"warnings"`
	DistinctRows   int                `json:"distinct_rows"`
	Spend          *Spend             `json:"spend,omitempty"`
	RefusedRows    int                `json:"refused_rows"`             // that are no event
	RefusedEvents  int                `json:"refused_events,omitempty"` // that their history does not take
	ModelFile      string             `json:"model_file,omitempty"`
	ModelVersion   string             `json:"model_version,omitempty"`
	ReadSeconds    float64            `json:"read_seconds"` // from the first byte to distinct rows in memory
	Seconds        float64            `json:"seconds"`      // from there to parameters with errors

	fitted calibrate.Fitted
}

// Spend is the Gamma-Gamma model that goes with a purchase model.
type Spend struct {
	Parameters     map[string]float64 `json:"parameters"`
	StandardErrors map[string]float64 `json:"standard_errors"`
	LogLikelihood  float64            `json:"log_likelihood"`
	Customers      int                `json:"customers"`
	Warnings       []string           `json:"warnings"`
	Seconds        float64            `json:"seconds"`
}

// Choice is why calibrate.Auto took what it took.
type Choice struct {
	Reason     string      `json:"reason"`
	Split      string      `json:"split,omitempty"`
	Candidates []Candidate `json:"candidates"`
}

// Candidate is a model that was compared. Errors are of orders per customer over what
// was held out; 0 where nothing was.
type Candidate struct {
	Model    string   `json:"model"`
	RMSE     float64  `json:"rmse,omitempty"`
	MAE      float64  `json:"mae,omitempty"`
	BIC      float64  `json:"bic"`
	Warnings []string `json:"warnings"`
}

func (r *Report) choose(choice *calibrate.Choice) {
	r.Model = choice.Model
	r.Choice = &Choice{Reason: choice.Reason}
	if choice.Window != (calibrate.Window{}) {
		r.Choice.Split = choice.Window.Split.String()
	}
	for _, c := range choice.Candidates {
		r.Choice.Candidates = append(r.Choice.Candidates, Candidate{
			Model: c.Result.Model, RMSE: c.Orders.RMSE, MAE: c.Orders.MAE, BIC: c.Result.BIC, Warnings: calibrate.Names(c.Result.Warnings),
		})
	}
}

// take shows what was fitted.
func (r *Report) take(took time.Duration) {
	result, parameters := &r.fitted.Result, calibrate.Parameters(&r.fitted.Result)
	r.Model, r.FallbackFrom, r.Customers, r.Repeaters = result.Model, r.fitted.FallbackFrom, result.Customers, result.Repeaters
	r.DistinctRows, r.Seconds = result.DistinctRows, took.Seconds()
	r.LogLikelihood, r.AIC, r.BIC = result.LogLikelihood, result.AIC, result.BIC
	r.Parameters, r.StandardErrors = parameters.Values, parameters.StandardErrors
	r.Warnings = r.fitted.Warnings()
}

func (r *Report) takeSpend(result *fit.Result, took time.Duration) {
	parameters := calibrate.Parameters(result)
	r.fitted.Spend = result
	r.Spend = &Spend{
		Parameters: parameters.Values, StandardErrors: parameters.StandardErrors, LogLikelihood: result.LogLikelihood,
		Customers: result.Customers, Warnings: calibrate.Names(result.Warnings), Seconds: took.Seconds(),
	}
}

// File is the fit as a model file.
func (r *Report) File(terms calibrate.Terms, currency money.Currency) *modelfile.File {
	return r.fitted.File(terms, currency)
}
