package fit

import (
	"math"

	"github.com/clvstream/clvstream/clv/model"
)

// Result is a fitted model and how far to trust it.
type Result struct {
	Model      string         // such as "bgnbd"
	Unit       model.TimeUnit // of the parameters that count time; 0 where none does
	Parameters []Parameter    // named as in the literature, in its order

	LogLikelihood float64
	AIC, BIC      float64 // 2k − 2 LL; k ln(customers) − 2 LL: lower is better

	Customers, Repeaters int
	DistinctRows         int
	Steps                int // Newton steps on the whole sample
	Warnings             []Warning
	Bounds               []Bound // that parameters ended at, where a warning is of them
	// LogCovariance is of the logarithms of the parameters, in their order; rows and
	// columns of those without a standard error are 0. Nil without any.
	LogCovariance [][]float64
}

// Parameter is an estimate with its standard error, which is 0 where the
// likelihood has no curvature to take one from: then a warning says why.
type Parameter struct {
	Name          string
	Value         float64
	StandardError float64
}

// Value is the estimate of a parameter by its name, 0 if there is none.
func (r *Result) Value(name string) float64 {
	for _, p := range r.Parameters {
		if p.Name == name {
			return p.Value
		}
	}
	return 0
}

const (
	fewRepeaters = 50
	// visibleGain is what two more parameters must win over NBD in
	// log-likelihood for AIC to prefer them.
	visibleGain = 2
)

// Values are the estimates by name, as a model is built from them.
func (r *Result) Values() model.Values {
	values := make(model.Values, len(r.Parameters))
	for _, p := range r.Parameters {
		values[p.Name] = p.Value
	}
	return values
}

// newResult reads an optimum: estimates, errors and the criteria.
func newResult(d model.Description, o *optimum, lower [most]float64, customers float64) Result {
	names := d.ParameterNames()
	r := Result{Model: d.Name, LogLikelihood: o.at.value, Customers: int(math.Round(customers)), Steps: o.steps}
	k := float64(len(names))
	r.AIC = 2*k - 2*r.LogLikelihood
	r.BIC = k*math.Log(math.Max(1, customers)) - 2*r.LogLikelihood

	theta, free := o.theta(), o.free(len(names), lower)
	for i := range names {
		free[i] = free[i] && !atEdge(theta[i]) // no curvature there says anything of the estimate
	}
	factor, curved := cholesky(o.at.hessian, free, 0)
	for i, name := range names {
		p := Parameter{Name: name, Value: theta[i]}
		if free[i] && curved {
			p.StandardError = theta[i] * math.Sqrt(factor.variance(i))
		}
		r.Parameters = append(r.Parameters, p)
	}
	if curved {
		r.LogCovariance = factor.covariance(len(names))
	}
	if r.Bounds = BoundsOf(d.Parameters, r.Values()); r.Bounds != nil {
		r.warn(WarnBound)
	}
	if !o.converged && !o.flat(free) {
		r.warn(WarnNotConverged)
	}
	return r
}

// everywhere is the same lower bound for every parameter.
func everywhere(v float64) (lower [most]float64) {
	for i := range lower {
		lower[i] = v
	}
	return lower
}
