package explain

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/clvstream/clvstream/clv/interval"
	"github.com/clvstream/clvstream/clv/model"
)

// draws is how many futures of a customer are drawn: an interval's share is then sure to
// half a percent.
const draws = 4000

// customer draws the customer's future again and again, each time with other parameters.
// The draws are always the same.
func (t *explainer) customer() (*CustomerIntervals, error) {
	rng := rand.New(rand.NewPCG(1, 1))
	purchases, spend := t.parameters()
	orders, predicted := make([]float64, draws), make([]float64, draws)
	for i := range draws {
		in := t.inputs
		in.Values, in.Spend = purchases.Draw(rng), spend.Draw(rng).GammaGamma()
		drawn, err := t.future(in)
		if err != nil {
			return nil, fmt.Errorf("draw what the customer may do: %w", err)
		}
		if rng.Float64() >= t.alive(drawn.alive) {
			continue
		}
		drawn.draw(rng, func(after model.Span, minor float64) {
			orders[i]++
			predicted[i] += minor * math.Exp(-in.Discount.Per(model.UnitDay)*after.In(model.UnitDay))
		})
	}
	c := &CustomerIntervals{Orders: held(orders), PredictedMinor: held(predicted)}
	c.CLVMinor = c.PredictedMinor
	c.CLVMinor.Low += t.est.HistoricMinor
	c.CLVMinor.High += t.est.HistoricMinor
	return c, nil
}

func held(drawn []float64) Held {
	shortest, share := interval.Shortest(drawn)
	return Held{Limits(shortest), share}
}

// future is what a customer may do by some parameters: draw is of one who is alive, and
// hands on after how long each order within the horizon comes and the margin on it.
type future struct {
	alive float64
	draw  func(rng *rand.Rand, order func(after model.Span, minor float64))
}

func (t *explainer) future(in model.Inputs) (future, error) {
	if t.entry.Purchases == nil {
		return t.renewals(in)
	}
	purchases, err := t.entry.Purchases(in)
	if err != nil {
		return future{}, err
	}
	futures, draws := purchases.(model.Futures)
	if !draws {
		return future{}, t.drawsNone()
	}
	minorPerMajor := math.Pow10(t.Currency.Exponent())
	minor := t.margin() * minorPerMajor
	return future{purchases.PAlive(t.summary), func(rng *rand.Rand, order func(model.Span, float64)) {
		amount := in.Spend.Amounts(rng, t.facts.Frequency, t.facts.RepeatMeanMinor/minorPerMajor)
		futures.Future(rng, t.summary, in.Horizon, func(after model.Span) { order(after, minor*amount()) })
	}}, nil
}

// renewals is the future of a contract. What a renewal brings is taken as certain: the model
// knows no more of it than what the customer has paid for a period on average.
func (t *explainer) renewals(in model.Inputs) (future, error) {
	built, err := t.entry.Build(in)
	if err != nil {
		return future{}, err
	}
	contract, draws := built.(*model.Contract)
	if !draws {
		return future{}, t.drawsNone()
	}
	p := contract.Predict(t.facts)
	minor := t.margin() * p.SpendMinor
	return future{p.PAlive, func(rng *rand.Rand, order func(model.Span, float64)) {
		contract.Future(rng, t.facts, func(after model.Span) { order(after, minor) })
	}}, nil
}

func (t *explainer) drawsNone() error { return fmt.Errorf("%s draws no futures", t.Name()) }

// margin is that on an order to come.
func (t *explainer) margin() float64 {
	if t.inputs.MarginRatio == 0 {
		return t.facts.MarginRatio
	}
	return t.inputs.MarginRatio
}
