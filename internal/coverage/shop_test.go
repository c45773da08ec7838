package coverage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/numeric"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/modelfile"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var usd = must(money.ParseCurrency("USD"))

var rules = &history.Rules{Calendar: calendar.NewCalendar(nil), LatenessDays: history.DefaultLatenessDays, LedgerLimit: history.DefaultLedgerLimit}

const (
	customers   = 1200
	comeInDays  = 84
	knownDays   = 364
	futureDays  = 182
	firstDay    = 10_000
	marginRatio = .3
)

var trueSpend = model.Values{"p": 6.25, "q": 3.74, "gamma": 15.44}

// stories are how customers buy and leave, by the week.
var stories = map[string]model.Values{
	"nbd":       {"r": .8, "alpha": 9},
	"bgnbd":     {"r": .8, "alpha": 6, "a": .8, "b": 2.5},
	"mbgnbd":    {"r": .8, "alpha": 6, "a": .8, "b": 2.5},
	"paretonbd": {"r": .8, "alpha": 8, "s": .7, "beta": 12},
}

// terms are those of every model here: the horizon is the days that are held out.
var terms = calibrate.Terms{HorizonDays: futureDays, AnnualDiscount: .1, MarginRatio: marginRatio}

// truth is the model file of a story.
func truth(name string) *modelfile.File {
	return &modelfile.File{
		Model: name, Unit: model.UnitWeek, Parameters: modelfile.Parameters{Values: stories[name]}, Spend: modelfile.Parameters{Values: trueSpend},
		HorizonDays: terms.HorizonDays, AnnualDiscount: terms.AnnualDiscount, MarginRatio: terms.MarginRatio, Currency: usd,
	}
}

// bought is one customer: the days on which they buy, from the first one on, and what.
type bought struct {
	days  []int
	minor []int64
}

// until is what is known on a day.
func (b *bought) until(day int) (n int) {
	for n < len(b.days) && b.days[n] <= day {
		n++
	}
	return n
}

// open lets so many customers of a story buy until the end of the days held out.
func open(name string, seed uint64, n int) (shop []bought) {
	rng := rand.New(rand.NewPCG(seed, 7))
	of := stories[name]
	spend := trueSpend.GammaGamma()
	for range n {
		var b bought
		amount := spend.Amounts(rng, 0, 0)
		day := comeInDays * rng.Float64()
		rate := numeric.DrawGamma(rng, of["r"], of["alpha"]) / 7
		end, chance := float64(knownDays+futureDays), 0.0
		switch name {
		case "paretonbd":
			end = min(end, day+7*rng.ExpFloat64()/numeric.DrawGamma(rng, of["s"], of["beta"]))
		case "bgnbd", "mbgnbd":
			chance = numeric.DrawBeta(rng, of["a"], of["b"])
		}
		for first := true; first || day < end; first = false {
			if n := len(b.days); n == 0 || b.days[n-1] != int(day) {
				b.days, b.minor = append(b.days, int(day)), append(b.minor, int64(100*amount())+1)
			}
			if (!first || name == "mbgnbd") && rng.Float64() < chance {
				break
			}
			day += rng.ExpFloat64() / rate
		}
		shop = append(shop, b)
	}
	return shop
}

// source is a shop's orders up to a day, in the order of the days.
func source(shop []bought, until int) calibrate.Source {
	type order struct{ customer, day, number int }
	var orders []order
	for c := range shop {
		for n, day := range shop[c].days {
			if day <= until {
				orders = append(orders, order{c, day, n})
			}
		}
	}
	slices.SortStableFunc(orders, func(a, b order) int { return a.day - b.day })
	return calibrate.Source{Amounts: true, Each: func(_ context.Context, take func(*history.Event)) error {
		for _, o := range orders {
			id := fmt.Sprintf("%d-%d", o.customer, o.number)
			take(&history.Event{
				Kind: history.OrderPlaced, ID: id, OrderID: id, CustomerID: fmt.Sprint(o.customer),
				AtMicros: int64(firstDay+o.day) * 86_400_000_000, AmountMinor: shop[o.customer].minor[o.number],
			})
		}
		return nil
	}}
}

func summarised(t *testing.T, s calibrate.Source, window calibrate.Window) *calibrate.Population {
	t.Helper()
	return must(calibrate.Summarise(t.Context(), s, rules, window))
}

// fitted is the model file of a fit to what is known of a shop.
func fitted(t *testing.T, name string, shop []bought) *modelfile.File {
	t.Helper()
	p := summarised(t, source(shop, knownDays), calibrate.Up(firstDay+knownDays))
	sample, spends, err := p.Sample(model.UnitWeek, usd)
	if err != nil {
		t.Fatal(err)
	}
	spend := must(calibrate.Spend(spends))
	f := calibrate.Fitted{
		Result: must(calibrate.Fitting{}.Fit(name, sample)), Spend: &spend, Unit: model.UnitWeek,
		From: p.First().Date(), Until: p.End().Date(),
	}
	return f.File(terms, usd)
}
