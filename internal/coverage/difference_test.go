package coverage

import (
	"fmt"
	"sync"
	"testing"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/forecast"
	"github.com/clvstream/clvstream/internal/modeldiff"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// rivals are the two models of a difference. Each is a story of its own as well.
var rivals = [2]string{"mbgnbd", "paretonbd"}

// grown is the rivals as they are fitted to a shop of a story that is so large that chance
// hardly moves them: the truth of a difference is what they differ by.
type grown struct {
	files [len(rivals)]*modelfile.File
	built [len(rivals)]modelfile.Built // once: the tables of a model fill as it is asked
}

func grow(t *testing.T, story string) (g grown) {
	t.Helper()
	shop := open(story, 99, 150_000)
	for i, rival := range rivals {
		g.files[i] = undiscounted(fitted(t, rival, shop))
		g.files[i].Parameters.LogCovariance = nil // only what they differ by is asked for
		g.built[i] = must(g.files[i].Build())
	}
	return g
}

// undiscounted spares the tables of the infinite horizon, which take a third of the time.
func undiscounted(f *modelfile.File) *modelfile.File {
	f.AnnualDiscount = 0
	return f
}

// otherEvery is for how many shops once the other differences are asked for.
const otherEvery = 10

// differences asks by how much the rivals differ that were fitted to the same shop, in value
// and in the orders of a holdout, and by how much one model differs that was fitted to two.
func (c *counts) differences(t *testing.T, story string, seed uint64, limits *grown) {
	shop := open(story, seed, customers)
	left, right := undiscounted(fitted(t, rivals[0], shop)), undiscounted(fitted(t, rivals[1], shop))
	d := difference(t, shop, left, right, must(left.Build()), must(right.Build()))
	if !d.Same {
		t.Error("the two models were fitted to the same customers")
	}
	truth := difference(t, shop, limits.files[0], limits.files[1], limits.built[0], limits.built[1])
	c[differenceSame].take(within(decimal(truth.Move), decimal(d.Low), decimal(d.High)), d.Level)
	if seed%otherEvery != 0 {
		return
	}
	one := map[string]*modelfile.File{rivals[0]: left, rivals[1]: right}[story]
	other := undiscounted(fitted(t, story, open(story, seed+1_000_000, customers)))
	d = difference(t, shop, one, other, must(one.Build()), must(other.Build()))
	c[differenceOther].take(within(0, decimal(d.Low), decimal(d.High)), d.Level)
	c.totals(t, shop, limits)
}

// totals asks by how many orders the rivals differ, as a choice of models does.
func (c *counts) totals(t *testing.T, shop []bought, limits *grown) {
	window := calibrate.Window{Split: firstDay + knownDays, Until: firstDay + knownDays + futureDays}
	p := summarised(t, source(shop, knownDays+futureDays), window)
	sample, _, err := p.Sample(model.UnitWeek, usd)
	if err != nil {
		t.Error(err)
		return
	}
	held := p.Holdout(usd)
	expects := func(purchases model.Purchases) float64 {
		return held.Errors(held.Modelled("", purchases, nil)).Predicted
	}
	var totals [len(rivals)]*forecast.Totals
	said, truth := 0.0, 0.0
	for i, name := range rivals {
		r := must(calibrate.Fitting{}.Fit(name, sample))
		totals[i] = forecast.Of(calibrate.Fitting{}, &r, nil, &held, customers/4)
		sign := float64(2*i - 1)
		said += sign * expects(must(calibrate.Fitting{}.Purchases(&r)))
		truth += sign * expects(must(limits.files[i].Purchases()))
	}
	l := must(totals[1].Above(totals[0], said))
	c[differenceOrders].take(within(truth, l.Low, l.High), .9)
}

func difference(t *testing.T, shop []bought, left, right *modelfile.File, l, r modelfile.Built) *modeldiff.Difference {
	t.Helper()
	all, latestMicros, err := modeldiff.Customers(t.Context(), source(shop, knownDays), rules)
	if err != nil {
		t.Error(err)
	}
	c := modeldiff.Comparison{
		Left: l, LeftFile: left, Right: r, RightFile: right,
		Rules: rules, AsOfMicros: latestMicros, Currency: usd,
	}
	return must(c.Of(all)).Difference
}

func decimal(text string) (v float64) {
	if _, err := fmt.Sscan(text, &v); err != nil {
		panic(err)
	}
	return v
}

// The difference of two models holds the truth as often as it says: 500 shops of each rival's
// story are 1,000 pairs, in which the count itself is sure to a point.
func TestDifferencesHoldWhatTheySay(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	shops, points := 5, .25
	if soak {
		shops, points = 500, .02
	}
	var limits [len(rivals)]grown
	for i, story := range rivals {
		limits[i] = grow(t, story)
	}
	parts := make([]counts, len(rivals)*shops)
	var working sync.WaitGroup
	for worker := range 2 {
		working.Go(func() {
			for i := worker; i < len(parts); i += 2 {
				story := i / 2 % len(rivals)
				parts[i].differences(t, rivals[story], uint64(i)+5001, &limits[story])
			}
		})
	}
	working.Wait()
	var all counts
	for i := range parts {
		all.add(&parts[i])
	}
	all.hold(t, "differences", points)
}
