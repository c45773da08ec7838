package fit

import (
	"fmt"
	"math"

	"github.com/clvstream/clvstream/clv/model"
)

// Bound is a parameter that ended at the limit of its search. That is a finding, not a
// failure: the likelihood is highest there.
type Bound struct {
	Parameter string
	Limit     float64
	Means     string // of the customers
}

// String says so in words.
func (b Bound) String() string {
	side := "upper limit of the search, 1e6"
	if b.Limit == leastParameter {
		side = "lower limit of the search, 1e-6"
	}
	return fmt.Sprintf("%s is at the %s: %s", b.Parameter, side, b.Means)
}

// BoundsOf are the limits that estimates of some parameters touch.
func BoundsOf(parameters []model.Parameter, values model.Values) (bounds []Bound) {
	for i := range parameters {
		p := &parameters[i]
		switch v, known := values[p.Name]; {
		case !known || !atEdge(v):
		case v < 1:
			bounds = append(bounds, Bound{p.Name, leastParameter, p.AtLow})
		default:
			bounds = append(bounds, Bound{p.Name, mostParameter, p.AtHigh})
		}
	}
	return bounds
}

// atEdge says whether an estimate all but touches a bound.
func atEdge(v float64) bool { return v < leastParameter*1.01 || v > mostParameter/1.01 }

// flatSlope is a slope of the log-likelihood in the logarithm of a parameter that may be
// left: to double the parameter would win less than a thousandth.
const flatSlope = 1e-3

// flat says whether nothing is left to win by moving the free parameters, although the
// surface is not curved enough for Newton's method to say so: a ridge along a bound.
func (o *optimum) flat(free [most]bool) bool {
	for i, may := range free {
		if may && math.Abs(o.at.gradient[i]) > flatSlope {
			return false
		}
	}
	return true
}
