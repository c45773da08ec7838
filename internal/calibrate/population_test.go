package calibrate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
)

const dayMicros = 86_400_000_000

// given is a source of events at hand.
func given(events []history.Event) Source {
	return Source{Amounts: true, Orders: true, Each: func(_ context.Context, take func(*history.Event)) error {
		for i := range events {
			take(&events[i])
		}
		return nil
	}}
}

func order(customer string, day int, id string, amountMinor int64) history.Event {
	return history.Event{Kind: history.OrderPlaced, ID: id, OrderID: id, CustomerID: customer, AtMicros: int64(day) * dayMicros, AmountMinor: amountMinor}
}

// drawEvents are orders of a few customers, in time order; where amended says so,
// some are refunded, cancelled, restated or told twice within the next 30 days.
func drawEvents(rng *rand.Rand, spanDays int, amended bool) []history.Event {
	var events []history.Event
	for n := range 1 + rng.IntN(60) {
		e := order(fmt.Sprintf("c%d", rng.IntN(6)), 1000+rng.IntN(spanDays), fmt.Sprintf("o%d", n), int64(rng.IntN(4)*rng.IntN(1000)))
		e.AtMicros += int64(rng.IntN(24)) * dayMicros / 24
		events = append(events, e)
		if !amended {
			continue
		}
		later := e
		later.AtMicros += int64(rng.IntN(30*24)) * dayMicros / 24
		later.ID = e.ID + "b"
		switch rng.IntN(8) {
		case 0:
			later.Kind, later.RefundID, later.AmountMinor = history.OrderRefunded, later.ID, e.AmountMinor/int64(1+rng.IntN(2))
		case 1:
			later.Kind, later.AmountMinor = history.OrderCancelled, 0
		case 2:
			later.AmountMinor = int64(rng.IntN(500))
		case 3:
			later = e
		default:
			continue
		}
		events = append(events, later)
	}
	slices.SortStableFunc(events, func(a, b history.Event) int { return int((a.AtMicros - b.AtMicros) / 1000) })
	return events
}

// counts are the numbers of one customer, as a summary and a holdout give them.
type counts struct {
	x, recencyDays, ageDays    int
	m                          float64
	orders, recent             int
	revenueMinor, recencyMinor int64
}

// naive counts a customer by histories alone, one for each end.
func naive(events []history.Event, customer string, w Window) (counts, bool) {
	at := func(end calendar.Day) history.Facts {
		var h history.History
		r := rules()
		for i := range events {
			if e := events[i]; e.CustomerID == customer && r.Calendar.Day(e.AtMicros) <= end {
				h.Fold(&e, r)
			}
		}
		return h.Facts(r, max(h.LatestMicros, int64(end)*dayMicros))
	}
	known, all, before := at(w.Split), at(w.Until), at(w.recentAfter())
	if known.PurchaseDays == 0 {
		return counts{}, false
	}
	return counts{
		x: known.Frequency, recencyDays: known.RecencyDays, ageDays: known.AgeDays, m: known.RepeatMeanMinor,
		orders: max(0, all.PurchaseDays-known.PurchaseDays), revenueMinor: all.RevenueMinor - known.RevenueMinor,
		recent: max(0, known.PurchaseDays-before.PurchaseDays), recencyMinor: known.RevenueMinor - before.RevenueMinor,
	}, true
}

// countsOf are those of a population, one for each customer, sorted.
func countsOf(p *Population) (all []counts) {
	for number, t := range p.known() {
		h := p.holdouts.at(number)
		all = append(all, counts{
			x: int(t.days - 1), recencyDays: int(t.last - t.first), ageDays: int(p.window.Split - t.first), m: t.mean(),
			orders: int(h.days), revenueMinor: h.minor, recent: int(h.recentDays), recencyMinor: h.recentMinor,
		})
	}
	slices.SortFunc(all, compareCounts)
	return all
}

func compareCounts(a, b counts) int {
	return slices.Compare(a.key(), b.key())
}

func (c counts) key() []float64 {
	return []float64{float64(c.x), float64(c.recencyDays), float64(c.ageDays), c.m, float64(c.orders), float64(c.revenueMinor), float64(c.recent), float64(c.recencyMinor)}
}

// What is summed up is what a history of each customer says, whatever the order
// in which the source tells the events, plain or amended.
func TestSummariesAreWhatHistoriesSay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	plain, doubted := 0, 0
	for round := range 600 {
		amended := round%2 == 1
		events := drawEvents(rng, 100, amended)
		split := calendar.Day(1040 + rng.IntN(40))
		window := Window{Split: split, Until: split + calendar.Day(5+rng.IntN(50))}
		customers := map[string]bool{}
		for _, e := range events {
			customers[e.CustomerID] = true
		}
		var want []counts
		for customer := range customers {
			if c, known := naive(events, customer, window); known {
				want = append(want, c)
			}
		}
		slices.SortFunc(want, compareCounts)
		told := slices.Clone(events)
		switch round % 3 {
		case 1:
			slices.Reverse(told)
		case 2:
			rng.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
		}
		p, err := Summarise(t.Context(), given(told), rules(), window)
		if len(want) == 0 {
			if !errors.Is(err, ErrNoCustomers) {
				t.Fatalf("nobody, and the error is %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got := countsOf(p)
		if !slices.EqualFunc(got, want, func(a, b counts) bool { return near(a.key(), b.key()) }) {
			t.Fatalf("round %d: got\n%+v, want\n%+v", round, got, want)
		}
		plain, doubted = plain+len(got)-p.doubted, doubted+p.doubted
		checkCourse(t, p, window, amended)
	}
	if plain < 100 || doubted < 100 {
		t.Errorf("%d customers were counted plainly and %d were not: the events are too much alike", plain, doubted)
	}
}

func near(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b) })
}

// checkCourse holds births and repeats to the sums of the customers; orders that
// are amended after the split may take back what came before it.
func checkCourse(t *testing.T, p *Population, w Window, amended bool) {
	t.Helper()
	births, repeats, later := 0, 0, 0
	for _, n := range p.course.births {
		births += n
	}
	for day, n := range p.course.repeats {
		if day <= w.Split {
			repeats += n
		} else {
			later += n
		}
	}
	frequencies, customers, held := 0, 0, 0
	for number, tally := range p.known() {
		frequencies += int(tally.days - 1)
		held += int(p.holdouts.at(number).days)
		customers++
	}
	if !amended && later != held {
		t.Fatalf("%d repeats after the split, of %d", later, held)
	}
	if births != customers || repeats != frequencies {
		t.Fatalf("%d births of %d customers, %d repeats of %d", births, customers, repeats, frequencies)
	}
}

// What the live path has folded event by event, in the order of arrival, is what
// a fit sums up from all of them at once.
func TestIncrementalEqualsBatch(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		events := drawEvents(rng, history.DefaultLatenessDays-30, true)
		rng.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		live := map[string]*history.History{}
		for i := range events {
			h := live[events[i].CustomerID]
			if h == nil {
				h = &history.History{}
				live[events[i].CustomerID] = h
			}
			if _, refused := h.Fold(&events[i], rules()); refused != nil {
				t.Fatal(refused) // all of it is within the lateness
			}
		}
		stored := &Population{rules: rules(), window: Everything(), amounts: true}
		for _, h := range live {
			stored.addStored(h)
		}
		batch, err := Summarise(t.Context(), given(events), rules(), Everything())
		if err != nil {
			if stored.tallies.length > 0 {
				t.Fatal(err)
			}
			continue
		}
		if got, want := rowsOf(stored), rowsOf(batch); !maps.Equal(got, want) {
			t.Fatalf("stored %v, read %v", got, want)
		}
	}
}

// rowsOf counts equal customers.
func rowsOf(p *Population) map[tally]int {
	rows := map[tally]int{}
	for _, t := range p.known() {
		rows[tally{first: t.first, last: t.last, days: t.days, totalMinor: t.totalMinor - t.firstMinor}]++
	}
	return rows
}

func TestWindowsWithoutCustomers(t *testing.T) {
	events := []history.Event{order("a", 1000, "1", 5), order("b", 1005, "2", 5)}
	refund := history.Event{Kind: history.OrderRefunded, ID: "r", RefundID: "r", OrderID: "1", CustomerID: "a", AtMicros: 1000 * dayMicros, AmountMinor: 5}
	for name, row := range map[string]struct {
		events []history.Event
		window Window
	}{
		"no events":     {nil, Everything()},
		"too early":     {events, Up(999)},
		"split too far": {events, Window{Split: 900, Until: 1010}},
		"all refunded":  {[]history.Event{events[0], refund}, Everything()},
	} {
		if _, err := Summarise(t.Context(), given(row.events), rules(), row.window); !errors.Is(err, ErrNoCustomers) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if _, err := Summarise(t.Context(), given(events), rules(), Window{Split: 5, Until: 4}); err == nil {
		t.Error("a split after the end is accepted")
	}
}

// A source that tells other events the second time is not summed up.
func TestSourceThatChangesIsRefused(t *testing.T) {
	first := []history.Event{order("a", 1000, "1", 5), order("a", 1000, "1", 5), order("b", 1001, "2", 5)}
	second := append(slices.Clone(first), order("b", 1002, "2", 5), order("b", 1004, "3", 5), order("b", 1003, "4", 5))
	again := false
	source := given(nil)
	source.Each = func(ctx context.Context, take func(*history.Event)) error {
		events := first
		if again {
			events = second
		}
		again = true
		return given(events).Each(ctx, take)
	}
	if _, err := Summarise(t.Context(), source, rules(), Everything()); !errors.Is(err, errChanged) {
		t.Errorf("error is %v", err)
	}
}

func TestSourceThatFailsIsTold(t *testing.T) {
	broken := errors.New("broken")
	source := given(nil)
	source.Each = func(_ context.Context, take func(*history.Event)) error {
		e := order("a", 1000, "1", 5)
		take(&e)
		return broken
	}
	if _, err := Summarise(t.Context(), source, rules(), Everything()); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}

func TestSumsStayWithin64Bits(t *testing.T) {
	events := []history.Event{order("a", 1000, "1", 1), order("a", 1001, "2", math.MaxInt64), order("a", 1002, "3", math.MaxInt64)}
	p := summarised(t, given(events), Everything())
	for _, tally := range p.known() {
		if m := tally.mean(); !(m > 0) {
			t.Errorf("m is %v", m)
		}
	}
}

// The fits of a population merge equal customers.
func TestSampleMergesEqualCustomers(t *testing.T) {
	var events []history.Event
	for c := range 10 {
		for i, day := range []int{1000, 1010, 1030} {
			events = append(events, order(fmt.Sprint(c), day, fmt.Sprintf("%d-%d", c, i), 200))
		}
	}
	p := summarised(t, given(events), Up(1040))
	sample, spend, err := p.Sample(model.UnitWeek, currency(t, "USD"))
	if err != nil {
		t.Fatal(err)
	}
	if sample.Rows() != 1 || p.Customers() != 10 {
		t.Errorf("%d rows of %d customers", sample.Rows(), p.Customers())
	}
	r, err := fit.GammaGamma(spend, fit.Options{})
	if err != nil || r.Customers != 10 || r.DistinctRows != 1 {
		t.Errorf("spend %+v, %v", r, err)
	}
}
