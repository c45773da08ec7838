package clv_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// population are customers of random lives, fired to some instant.
func population(t testing.TB, rnd *rand.Rand, n int) ([]*clv.Customer, *clv.Valuation) {
	v := watchful(t, steady{})
	customers := make([]*clv.Customer, n)
	for i := range customers {
		events := eventtest.Life{
			CustomerID: "c", Events: 1 + rnd.IntN(40), Orders: 20, StartMicros: 1_300_000_000_000_000,
			SpanDays: 1 + rnd.IntN(1500), LatenessDays: int(v.Rules.LatenessDays),
		}.Draw(rnd)
		var c live
		for _, e := range eventtest.Deliver(rnd, events, &v.Rules) {
			c.take(e, 0, v)
		}
		c.CatchUp("c", c.Value.AsOfMicros+rnd.Int64N(300)*eventtest.DayMicros, v, c.tell)
		customers[i] = &c.Customer
	}
	return customers, v
}

func statisticsOf(customers []*clv.Customer, rules *history.Rules) *statistics.Statistics {
	s := &statistics.Statistics{}
	for _, c := range customers {
		p, _ := c.Contribution(rules, nil)
		s.Add(&p)
	}
	return s
}

// Customer after customer is replaced by what became of them: the differences add
// up to what is counted anew, and leave no cell of nothing behind.
func TestDifferencesAddUp(t *testing.T) {
	seed := rand.Uint64()
	for round := range 20 {
		rnd := rand.New(rand.NewPCG(seed, uint64(round)))
		was, v := population(t, rnd, 60)
		now, _ := population(t, rnd, 60)
		for range 10 { // who were not there before, or are not any more
			was[rnd.IntN(len(was))], now[rnd.IntN(len(now))] = &clv.Customer{}, &clv.Customer{}
		}
		s := statisticsOf(was, &v.Rules)
		for i := range was {
			before, buffer := was[i].Contribution(&v.Rules, nil)
			after, _ := now[i].Contribution(&v.Rules, buffer)
			s.Replace(&before, &after)
		}
		want := statisticsOf(now, &v.Rules)
		if off := s.Different(want); len(off) > 0 {
			t.Fatalf("seed %d, round %d: counted anew there is more by %+v", seed, round, off)
		}
		halves := statisticsOf(now[:30], &v.Rules)
		halves.AddAll(statisticsOf(now[30:], &v.Rules))
		if off := halves.Different(want); len(off) > 0 {
			t.Fatalf("seed %d, round %d: two halves lack %+v", seed, round, off)
		}
		s.Reset()
		for cell := range s.Cells() {
			t.Fatalf("after a reset there is %+v", cell)
		}
	}
}

// What the statistics say is what counting the customers one by one says.
func TestStatisticsSayWhatCountingDoes(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	customers, v := population(t, rnd, 500)
	s := statisticsOf(customers, &v.Rules)
	var total statistics.Sums
	groups := map[statistics.Trait]map[string]statistics.Sums{}
	count := func(kind statistics.Trait, name string, one statistics.Sums) {
		if groups[kind] == nil {
			groups[kind] = map[string]statistics.Sums{}
		}
		groups[kind][name] = plus(groups[kind][name], one)
	}
	for _, c := range customers {
		f := c.History.Facts(&v.Rules, c.Value.AsOfMicros)
		one := statistics.Sums{
			Customers: 1, Orders: int64(f.Orders), RevenueMinor: f.RevenueMinor, MarginMinor: f.MarginMinor,
			CLVMinor: int64(math.Round(c.Value.CLVMinor)), PredictedMinor: int64(math.Round(c.Value.PredictedMinor)),
			CostMinor: c.History.Acquisition.CostMinor, Waiting: int64(len(c.History.Waiting)),
		}
		total = plus(total, one)
		count(statistics.ByStatus, c.Value.Status.String(), one)
		count(statistics.ByStage, c.Standing.Stage.String(), one)
		count(statistics.ByTier, fmt.Sprint(c.Standing.Tier), one)
		count(statistics.ByChannel, c.History.Acquisition.Channel, one)
		count(statistics.ByCohort, cohortOf(c, &v.Rules), one)
	}
	if got := s.Everybody().Sums(); got != total {
		t.Errorf("seed %d: totals %+v, want %+v", seed, got, total)
	}
	for kind, want := range groups {
		got := map[string]statistics.Sums{}
		for _, segment := range s.By(kind) {
			got[nameOf(segment.Group)] = segment.Sums()
		}
		if len(want) < 2 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("seed %d: groups of trait %d:\n got %+v\nwant %+v", seed, kind, got, want)
		}
	}
}

func plus(a, b statistics.Sums) statistics.Sums {
	return statistics.Sums{
		Customers: a.Customers + b.Customers, Orders: a.Orders + b.Orders, RevenueMinor: a.RevenueMinor + b.RevenueMinor,
		MarginMinor: a.MarginMinor + b.MarginMinor, CLVMinor: a.CLVMinor + b.CLVMinor,
		PredictedMinor: a.PredictedMinor + b.PredictedMinor, CostMinor: a.CostMinor + b.CostMinor, Waiting: a.Waiting + b.Waiting,
	}
}

// cohortOf is the first month with an order that stands.
func cohortOf(c *clv.Customer, rules *history.Rules) string {
	for _, month := range c.History.Months(nil, rules) {
		if month.Orders > 0 {
			return month.Month.String()
		}
	}
	return "none"
}

func nameOf(group statistics.Group) string {
	switch group.Trait {
	case statistics.ByStatus:
		return history.Status(group.Key).String()
	case statistics.ByStage:
		return standing.Stage(group.Key).String()
	case statistics.ByChannel:
		return group.Channel
	case statistics.ByCohort:
		if calendar.Month(group.Key) == statistics.NoCohort {
			return "none"
		}
		return calendar.Month(group.Key).String()
	default:
		return fmt.Sprint(group.Key)
	}
}

// Months and the triangle, against lists of who bought when.
func TestTrendsAndRetentionSayWhatCountingDoes(t *testing.T) {
	seed := rand.Uint64()
	customers, v := population(t, rand.New(rand.NewPCG(seed, 0)), 500)
	s := statisticsOf(customers, &v.Rules)
	want := map[calendar.Month]statistics.Trend{}
	bought := map[calendar.Month]map[calendar.Month]int64{}
	for _, c := range customers {
		cohort := statistics.NoCohort
		for _, month := range c.History.Months(nil, &v.Rules) {
			trend := want[month.Month]
			trend.RevenueMinor, trend.Orders = trend.RevenueMinor+month.AmountMinor, trend.Orders+int64(month.Orders)
			trend.MarginMinor += month.MarginMinor
			if month.Orders > 0 {
				trend.Buyers++
				if cohort == statistics.NoCohort {
					cohort = month.Month
					trend.New++
				}
				if bought[cohort] == nil {
					bought[cohort] = map[calendar.Month]int64{}
				}
				bought[cohort][month.Month]++
			}
			want[month.Month] = trend
		}
		if c.History.Acquisition.Known {
			month := v.Rules.Calendar.Day(c.History.Acquisition.AtMicros).Month()
			trend := want[month]
			trend.CostMinor += c.History.Acquisition.CostMinor
			want[month] = trend
		}
		for _, e := range c.Entries {
			enter(want, e.Stage, e.Month, int64(e.Count))
		}
		enter(want, c.Standing.Stage, v.Rules.Calendar.Day(c.Standing.StageMicros).Month(), 1)
		if c.Value.Status == history.Churned {
			month := v.Rules.Calendar.Day(c.History.Churn.AtMicros).Month()
			trend := want[month]
			trend.Churned++
			want[month] = trend
		}
	}
	var all statistics.Trend
	trends := s.Everybody().Trends()
	for _, got := range trends {
		trend := want[got.Month]
		if trend.Month = got.Month; got != trend {
			t.Errorf("seed %d: got %+v, want %+v", seed, got, trend)
		}
		all.MarginMinor, all.CostMinor = all.MarginMinor+got.MarginMinor, all.CostMinor+got.CostMinor
		all.WonBack, all.Lost, all.Churned = all.WonBack+got.WonBack, all.Lost+got.Lost, all.Churned+got.Churned
	}
	if all.WonBack == 0 || all.Lost == 0 || all.Churned == 0 {
		t.Errorf("seed %d: %+v: the test does not cover it", seed, all)
	}
	if sums := s.Everybody().Sums(); all.MarginMinor != sums.MarginMinor || all.CostMinor != sums.CostMinor || sums.CostMinor == 0 {
		t.Errorf("seed %d: months come to %+v, all to %+v", seed, all, sums)
	}
	if !slices.IsSortedFunc(trends, func(a, b statistics.Trend) int { return int(a.Month - b.Month) }) {
		t.Error("months are out of order")
	}
	rows := s.Everybody().Retention()
	if len(rows) != len(bought) {
		t.Errorf("seed %d: %d cohorts, want %d", seed, len(rows), len(bought))
	}
	for _, row := range rows {
		for since, customers := range row.Bought {
			if want := bought[row.Cohort][row.Cohort+calendar.Month(since)]; customers != want {
				t.Errorf("seed %d: of cohort %s, %d bought %d months after, want %d", seed, row.Cohort, customers, since, want)
			}
		}
	}
}

// A group's figures are those of a base of its customers alone.
func TestFiguresOfAGroupAreThoseOfItsCustomersAlone(t *testing.T) {
	seed := rand.Uint64()
	customers, v := population(t, rand.New(rand.NewPCG(seed, 0)), 300)
	customers = append(customers, &clv.Customer{}) // nobody
	s := statisticsOf(customers, &v.Rules)
	for trait := statistics.ByStatus; trait <= statistics.ByCohort; trait++ {
		members := map[string][]*clv.Customer{}
		for _, c := range customers {
			if name := groupOf(c, trait, &v.Rules); c.History.LatestMicros != 0 {
				members[name] = append(members[name], c)
			}
		}
		segments := s.By(trait)
		if len(segments) != len(members) || len(segments) < 3 {
			t.Errorf("seed %d, trait %d: %d groups, want %d, and some", seed, trait, len(segments), len(members))
		}
		for _, segment := range segments {
			name := nameOf(segment.Group)
			alone := statisticsOf(members[name], &v.Rules)
			if got, want := viewsOf(segment.Figures), viewsOf(alone.Everybody()); got != want {
				t.Errorf("seed %d, trait %d, group %s:\n got %s\nwant %s", seed, trait, name, got, want)
			}
		}
	}
}

func groupOf(c *clv.Customer, trait statistics.Trait, rules *history.Rules) string {
	switch trait {
	case statistics.ByStatus:
		return c.Value.Status.String()
	case statistics.ByStage:
		return c.Standing.Stage.String()
	case statistics.ByTier:
		return fmt.Sprint(c.Standing.Tier)
	case statistics.ByChannel:
		return c.History.Acquisition.Channel
	default:
		return cohortOf(c, rules)
	}
}

// viewsOf is everything that figures can be asked for.
func viewsOf(f *statistics.Figures) string {
	return fmt.Sprintf("%+v", []any{f.Sums(), f.Trends(), f.Retention(), f.CLVHistogram(), f.AliveHistogram(), f.WaitHistogram(), f.BreakEven(365, 20_000)})
}

func enter(trends map[calendar.Month]statistics.Trend, stage standing.Stage, month calendar.Month, times int64) {
	trend := trends[month]
	switch stage {
	case standing.StageLost:
		trend.Lost += times
	case standing.StageWonBack:
		trend.WonBack += times
	default:
		return
	}
	trends[month] = trend
}

// The memory of a contribution's months is the caller's: none is taken anew.
func TestContributionAllocatesNothing(t *testing.T) {
	customers, v := population(t, rand.New(rand.NewPCG(1, 2)), 50)
	buffer := make([]history.MonthSum, 0, 1000)
	if allocated := testing.AllocsPerRun(10, func() {
		for _, c := range customers {
			_, buffer = c.Contribution(&v.Rules, buffer[:0])
		}
	}); allocated > 0 {
		t.Errorf("%v allocations", allocated)
	}
}
