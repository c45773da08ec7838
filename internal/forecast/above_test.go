package forecast

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/numeric"
	"github.com/clvstream/clvstream/internal/calibrate"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// shop is customers who buy for a year and leave after an order, and what is known of them.
func shop(customers int) (held fit.Holdout, sample *fit.Sample) {
	rng := rand.New(rand.NewPCG(8, 9))
	sample = fit.NewSample(model.UnitWeek)
	var all []fit.Held
	for range customers {
		rate, chance := numeric.DrawGamma(rng, .8, 6)/7, numeric.DrawBeta(rng, .8, 2.5)
		x, last, age := 0, 0., math.Floor(280+84*rng.Float64())
		for day := 0.; rng.Float64() >= chance; {
			if day += rng.ExpFloat64() / rate; day > age {
				break
			}
			if math.Floor(day) > last {
				x, last = x+1, math.Floor(day)
			}
		}
		summary := must(model.NewSummary(x, model.UnitDay.Span(last), model.UnitDay.Span(age)))
		if err := sample.Add(summary, 1); err != nil {
			panic(err)
		}
		all = append(all, fit.Held{Summary: summary})
	}
	return fit.Holdout{Length: model.UnitDay.Span(182), Customers: slices.Values(all)}, sample
}

func width(l *Limits) float64 { return l.High - l.Low }

// Two models that were fitted to the same customers err together: their difference is surer
// than if they had been fitted to others, none of one model to itself, and about the same
// whether all customers are looked at or a part of them.
func TestDifferenceOfTotals(t *testing.T) {
	held, sample := shop(2000)
	results, predicted := map[string]*fit.Result{}, map[string]float64{}
	for _, name := range []string{"mbgnbd", "paretonbd"} {
		r := must(calibrate.Fitting{}.Fit(name, sample))
		results[name] = &r
		predicted[name] = held.Errors(held.Modelled(name, must(calibrate.Fitting{}.Purchases(&r)), nil)).Predicted
	}
	of := func(name string, most int) *Totals { return Of(calibrate.Fitting{}, results[name], nil, &held, most) }
	one, other := of("mbgnbd", 2000), of("paretonbd", 2000)
	difference := predicted["paretonbd"] - predicted["mbgnbd"]
	above := must(other.Above(one, difference))
	if above.Low >= difference || above.High <= difference || math.Abs(above.Low+above.High-2*difference) > 1e-9 {
		t.Errorf("%v is not amid %+v", difference, above)
	}
	alone := 0.0
	for _, totals := range []*Totals{one, other} {
		byParameters := must(totals.parameterVariance())
		alone += byParameters[OfOrders]
	}
	if apart := 2 * 1.645 * math.Sqrt(alone); width(above) > .8*apart {
		t.Errorf("the difference is known to %v, and to %v if the models had been fitted to different customers", width(above), apart)
	}
	if none := must(one.Above(one, 0)); none.Low != 0 || none.High != 0 {
		t.Errorf("from itself it differs by %+v", none)
	}
	few := must(of("paretonbd", 400).Above(of("mbgnbd", 400), difference))
	if ratio := width(few) / width(above); ratio < .7 || ratio > 1.4 {
		t.Errorf("by a fifth of the customers the limits are %v times as wide", ratio)
	}
	results["mbgnbd"].LogCovariance = nil
	if unknown := must(other.Above(of("mbgnbd", 2000), difference)); unknown != nil {
		t.Errorf("without a covariance it is %+v", unknown)
	}
}
