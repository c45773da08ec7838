package calibrate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// trialFile is orders on which a choice is tried, real or simulated.
type trialFile struct {
	name   string
	orders []trialOrder // by day
	known  float64      // share of the days that the choice may know
}

type trialOrder struct {
	customer string
	day      calendar.Day
}

func (f *trialFile) source() Source {
	return Source{Each: func(_ context.Context, take func(*history.Event)) error {
		for i, o := range f.orders {
			id := fmt.Sprint(i)
			take(&history.Event{Kind: history.OrderPlaced, ID: id, OrderID: id, CustomerID: o.customer, AtMicros: int64(o.day) * 86_400_000_000})
		}
		return nil
	}}
}

// window holds out what comes after the known days.
func (f *trialFile) window() Window {
	first, last := f.orders[0].day, f.orders[len(f.orders)-1].day
	return Window{Split: first + calendar.Day(f.known*float64(last-first)), Until: last}
}

// knownUpTo is the same file at several shares of its days.
func knownUpTo(name string, orders []trialOrder, shares ...float64) (files []trialFile) {
	slices.SortStableFunc(orders, func(a, b trialOrder) int { return cmp.Compare(a.day, b.day) })
	for _, share := range shares {
		files = append(files, trialFile{name, orders, share})
	}
	return files
}

func placedOrders(t *testing.T, s Source) (all []trialOrder) {
	t.Helper()
	err := s.Each(t.Context(), func(e *history.Event) {
		if e.Kind == history.OrderPlaced {
			all = append(all, trialOrder{e.CustomerID, rules().Calendar.Day(e.AtMicros)})
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// cdnowFiles are CDNOW's customers, all and by the month in which they first bought.
func cdnowFiles(t *testing.T) (files []trialFile) {
	master := placedOrders(t, cdnow(t, "CDNOW_master.txt"))
	files = append(files, knownUpTo("CDNOW sample", placedOrders(t, cdnow(t, "CDNOW_sample.txt")), .5, .667, .8)...)
	files = append(files, knownUpTo("CDNOW master", master, .667)...)
	first := map[string]calendar.Day{}
	for _, o := range master {
		if day, known := first[o.customer]; !known || o.day < day {
			first[o.customer] = o.day
		}
	}
	start := dayOf(1997, 1, 1)
	for i, month := range []string{"January", "February", "March"} {
		ends := []calendar.Day{0, 31, 59, 90}
		var of []trialOrder
		for _, o := range master {
			if day := first[o.customer] - start; day >= ends[i] && day < ends[i+1] {
				of = append(of, o)
			}
		}
		files = append(files, knownUpTo("CDNOW, new in "+month, of, .5, .667, .8)...)
	}
	return files
}

// datasetsVariable names a directory with data sets that are not part of the repository.
const datasetsVariable = "TESTBED_DATASETS"

// retailFiles are the UCI Online Retail orders, all and by country.
func retailFiles(t *testing.T) (files []trialFile) {
	directory := os.Getenv(datasetsVariable)
	if directory == "" {
		t.Skip(datasetsVariable + " is not set: it names a directory with online_retail_orders.csv")
	}
	text, err := os.ReadFile(filepath.Join(directory, "online_retail_orders.csv"))
	if err != nil {
		t.Fatal(err)
	}
	byCountry := map[string][]trialOrder{}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		f := strings.Split(line, ",") // ts,invoice_no,customer_id,type,amount,lines,units,country
		if i == 0 || f[3] != "order" {
			continue
		}
		var year, month, day int
		if _, err := fmt.Sscanf(f[0], "%d-%d-%d", &year, &month, &day); err != nil {
			t.Fatal(err)
		}
		o := trialOrder{f[2], dayOf(year, time.Month(month), day)}
		for _, country := range []string{"all", f[7]} {
			byCountry[country] = append(byCountry[country], o)
		}
		if f[7] != "United Kingdom" {
			byCountry["abroad"] = append(byCountry["abroad"], o)
		}
	}
	for _, country := range []string{"all", "United Kingdom", "abroad", "Germany", "France"} {
		files = append(files, knownUpTo("Online Retail, "+country, byCountry[country], .5, .667, .8)...)
	}
	return files
}

// madeUp is a shop whose customers buy at their own rate from their first day on, until
// leave says so. leave draws the last day of one who came on a day and buys at a rate a day.
type madeUp struct {
	name      string
	customers int
	days      int     // that the shop is open
	comeIn    float64 // days over which customers come
	known     float64
	rate      func(*rand.Rand) float64 // orders a day
	leave     func(rng *rand.Rand, customer int, came float64) (lastDay float64)
	lose      func(*rand.Rand) float64 // chance to leave after each order; nil: none
	season    func(day float64) float64
}

func (m *madeUp) file(seed uint64) trialFile {
	rng := rand.New(rand.NewPCG(seed, uint64(m.customers)))
	var orders []trialOrder
	for customer := range m.customers {
		day, rate := m.comeIn*rng.Float64(), m.rate(rng)
		last := math.Min(float64(m.days), m.leave(rng, customer, day))
		chance := 0.0
		if m.lose != nil {
			chance = m.lose(rng)
		}
		for day < last {
			orders = append(orders, trialOrder{fmt.Sprint(customer), calendar.Day(10_000 + int(day))})
			if rng.Float64() < chance {
				break
			}
			day = m.next(rng, day, rate)
		}
	}
	return knownUpTo(m.name, orders, m.known)[0]
}

// next is the day of the next order; a season, at most twice the rate, thins.
func (m *madeUp) next(rng *rand.Rand, day, rate float64) float64 {
	if m.season == nil {
		return day + rng.ExpFloat64()/rate
	}
	for {
		day += rng.ExpFloat64() / (2 * rate)
		if day >= float64(m.days) || 2*rng.Float64() < m.season(day) {
			return day
		}
	}
}

// gammaOf draws from Gamma(shape, rate) by Marsaglia and Tsang's method.
func gammaOf(rng *rand.Rand, shape, rate float64) float64 {
	if shape < 1 {
		return gammaOf(rng, shape+1, rate) * math.Pow(1-rng.Float64(), 1/shape)
	}
	d := shape - 1./3
	for {
		normal := rng.NormFloat64()
		v := math.Pow(1+normal/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(1-rng.Float64()) < normal*normal/2+d-d*v+d*math.Log(v) {
			return d * v / rate
		}
	}
}

func never(*rand.Rand, int, float64) float64 { return math.Inf(1) }

// stopOn is who leaves on one day: a share of the customers.
func stopOn(day float64, share int) func(*rand.Rand, int, float64) float64 {
	return func(_ *rand.Rand, customer int, _ float64) float64 {
		if customer%share == 0 {
			return day
		}
		return math.Inf(1)
	}
}

// shops are made-up ones: of the models' own stories, with the parameters published for
// CDNOW, and of stories that no model knows.
func shops() []madeUp {
	weekly := func(r, alpha float64) func(*rand.Rand) float64 {
		return func(rng *rand.Rand) float64 { return gammaOf(rng, r, alpha) / 7 }
	}
	between := func(low, high float64) func(*rand.Rand) float64 {
		return func(rng *rand.Rand) float64 { return low + (high-low)*rng.Float64() }
	}
	atRate := func(s, beta float64) func(*rand.Rand, int, float64) float64 {
		return func(rng *rand.Rand, _ int, came float64) float64 {
			return came + 7*rng.ExpFloat64()/gammaOf(rng, s, beta)
		}
	}
	coin := func(a, b float64) func(*rand.Rand) float64 {
		return func(rng *rand.Rand) float64 {
			lost, kept := gammaOf(rng, a, 1), gammaOf(rng, b, 1)
			return lost / (lost + kept)
		}
	}
	return []madeUp{
		{name: "nobody leaves (NBD)", customers: 2357, days: 546, comeIn: 84, known: .667, rate: weekly(.385, 12.07), leave: never},
		{name: "they leave after an order (MBG/NBD)", customers: 2357, days: 546, comeIn: 84, known: .667, rate: weekly(.525, 6.183), leave: never, lose: coin(.891, 1.614)},
		{name: "they leave at any time (Pareto/NBD)", customers: 2357, days: 546, comeIn: 84, known: .667, rate: weekly(.553, 10.578), leave: atRate(.606, 11.669)},
		{name: "the same, but 300 customers", customers: 300, days: 546, comeIn: 84, known: .667, rate: weekly(.553, 10.578), leave: atRate(.606, 11.669)},
		{name: "frequent buyers who leave after an order", customers: 500, days: 600, comeIn: 200, known: .667, rate: weekly(2, 4), leave: never, lose: coin(1, 8)},
		{name: "half of 200 stop at day 190, 280 known", customers: 200, days: 420, comeIn: 30, known: .667, rate: between(.02, .12), leave: stopOn(190, 2)},
		{name: "the same, but rarer buyers", customers: 200, days: 420, comeIn: 30, known: .667, rate: between(.01, .05), leave: stopOn(190, 2)},
		{name: "a third of 600 stop at day 240, 280 known", customers: 600, days: 420, comeIn: 30, known: .667, rate: between(.005, .08), leave: stopOn(240, 3)},
		{name: "a strong season, 16 of 24 months known", customers: 1000, days: 730, comeIn: 365, known: .667, rate: weekly(.8, 8), leave: atRate(.606, 20), season: func(day float64) float64 { return 1 + .9*math.Sin(2*math.Pi*day/365) }},
	}
}
