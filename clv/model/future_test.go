package model

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// drawnFutures is the mean number of purchases that futures bring, discounted as well, and
// the share of futures without any.
func drawnFutures(alive float64, d Discount, future func(rng *rand.Rand, purchase func(Span))) (orders, discounted, none float64) {
	rng := rand.New(rand.NewPCG(3, 4))
	const futures = 40_000
	for range futures {
		before := orders
		if rng.Float64() < alive {
			future(rng, func(after Span) {
				orders++
				discounted += math.Exp(-d.perDay * after.days)
			})
		}
		if orders == before {
			none++
		}
	}
	return orders / futures, discounted / futures, none / futures
}

// What is drawn of a customer has the mean and the probability of nothing that the model
// states in closed form.
func TestFuturesAreThoseOfTheModel(t *testing.T) {
	month := UnitDay.Span(30)
	discount, err := AnnualDiscount(.5)
	if err != nil {
		t.Fatal(err)
	}
	purchases := map[string]Purchases{
		"nbd":       must(NBDParams{UnitWeek, .385, 12.07}.Purchases()),
		"bgnbd":     must(BGNBDParams{UnitWeek, .243, 4.414, .793, 2.426}.Purchases()),
		"mbgnbd":    must(MBGNBDParams{UnitWeek, .525, 6.183, .891, 1.614}.Purchases()),
		"paretonbd": must(ParetoNBDParams{UnitWeek, .553, 10.578, .606, 11.669}.Purchases()),
		"bgbb":      must(BGBBParams{UnitWeek, month, 1.204, .75, .657, 2.783}.Purchases()),
	}
	horizon := UnitDay.Span(280)
	for name, m := range purchases {
		futures, draws := m.(Futures)
		if !draws {
			t.Fatalf("%s draws no futures", name)
		}
		for _, at := range [][3]int{{2, 213, 272}, {0, 0, 100}, {6, 180, 181}, {1, 30, 61}} {
			s, err := NewSummary(at[0], UnitDay.Span(float64(at[1])), UnitDay.Span(float64(at[2])))
			if err != nil {
				t.Fatal(err)
			}
			orders, discounted, none := drawnFutures(m.PAlive(s), discount, func(rng *rand.Rand, purchase func(Span)) { futures.Future(rng, s, horizon, purchase) })
			alike(t, name, orders, m.ExpectedOrders(s, horizon), .03)
			alike(t, name+" discounted", discounted, m.DiscountedOrders(s, horizon, discount), .03)
			alike(t, name+" none", none, m.NoOrder(s, horizon), .03)
		}
	}
}

func TestFuturesOfContracts(t *testing.T) {
	discount, err := AnnualDiscount(.5)
	if err != nil {
		t.Fatal(err)
	}
	under := Assumptions{Horizon: UnitDay.Span(365), Discount: discount, MarginRatio: .3, Currency: must(money.ParseCurrency("USD"))}
	c, err := NewSBG(SBGParams{Period: UnitDay.Span(30), Alpha: .668, Beta: 3.806}, under, "v")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []history.Facts{
		{PurchaseDays: 1, Renewals: 1, DueDays: 30, AgeDays: 10, RevenueMinor: 1000},
		{PurchaseDays: 7, Frequency: 6, Renewals: 7, DueDays: 210, AgeDays: 212, RecencyDays: 180, RevenueMinor: 7000},
	} {
		p := c.Predict(f)
		orders, discounted, _ := drawnFutures(p.PAlive, discount, func(rng *rand.Rand, renewal func(Span)) { c.Future(rng, f, renewal) })
		alike(t, "renewals", orders, p.OrdersIfAlive, .02)
		alike(t, "value", discounted*.3*p.SpendMinor, p.ValueIfAliveMinor, .02)
	}
}

func alike(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if math.Abs(got-want) > share*want+.004 {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
