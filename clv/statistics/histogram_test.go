package statistics_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/statistics"
)

// worth is a base of customers who bought, of these values.
func worth(clvMinor ...float64) *statistics.Statistics {
	rules := &history.Rules{}
	s := &statistics.Statistics{}
	for _, minor := range clvMinor {
		c := clv.Customer{Value: estimate.Valued{Status: history.Active, CLVMinor: minor}}
		c.History.Orders = []history.Order{{ID: "o", Tellings: history.Tellings{Day: 5, FirstDay: 5}, Placed: true, Worth: history.Worth{AmountMinor: 1}}}
		p, _ := c.Contribution(rules, nil)
		s.Add(&p)
	}
	return s
}

// Every value lies in its bin, and its bin's middle is off by less than stated.
func TestCLVBinsKeepTheirError(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	values := []float64{0, 0.4, -0.4, 1, -1, 9, 10, 19, 20, 21, 22, 23, 1 << 52, -1 << 52, 1<<53 - 1}
	for range 20_000 {
		v := math.Exp(rnd.Float64() * 36)
		values = append(values, math.Round(v), -math.Round(v))
	}
	for _, v := range values {
		h := worth(v)
		hist := h.Everybody().CLVHistogram()
		if len(hist.Bins) != 1 || hist.Customers != 1 || hist.SumMinor != int64(math.Round(v)) {
			t.Fatalf("%v: %+v", v, hist)
		}
		bin, whole := hist.Bins[0], math.Round(v)
		if whole < bin.From || whole > bin.To {
			t.Fatalf("%v is counted from %v to %v", v, bin.From, bin.To)
		}
		if off := math.Abs(bin.Middle() - whole); !hist.Relative || off > hist.Error*math.Abs(whole) {
			t.Errorf("%v is off by %v, more than %v of it", v, off, hist.Error)
		}
		if math.Abs(whole) < 20 && bin.Middle() != whole {
			t.Errorf("%v is not counted exactly, but from %v to %v", v, bin.From, bin.To)
		}
	}
}

// What no histogram can hold is counted at its end.
func TestValuesBeyondTheBins(t *testing.T) {
	for _, v := range []float64{1e300, -1e300, math.Inf(1), math.Inf(-1), 1 << 60} {
		h := worth(v).Everybody().CLVHistogram()
		if len(h.Bins) != 1 || h.SumMinor != int64(math.Copysign(1<<53, v)) || h.Bins[0].From > float64(h.SumMinor) || h.Bins[0].To < float64(h.SumMinor) {
			t.Errorf("%v is counted as %+v", v, h)
		}
	}
	if h := worth(math.NaN()).Everybody().CLVHistogram(); len(h.Bins) != 1 || h.Bins[0].From != 0 || h.Bins[0].To != 0 {
		t.Errorf("what is no number is counted as %+v", h)
	}
}

func TestQuantilesKeepTheirError(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	values := make([]float64, 2001)
	for i := range values {
		values[i] = math.Round(math.Exp(rnd.NormFloat64()*2+6)) - 300
	}
	h := worth(values...).Everybody().CLVHistogram()
	slices.Sort(values)
	for _, share := range []float64{0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1} {
		want := values[int(math.Ceil(share*float64(len(values))))-1]
		if got := h.Quantile(share); math.Abs(got-want) > h.Error*math.Abs(want) {
			t.Errorf("quantile %v is %v, want %v ± %v", share, got, want, h.Error)
		}
	}
	if got := (&statistics.Histogram{}).Quantile(0.5); !math.IsNaN(got) {
		t.Errorf("the median of nobody is %v", got)
	}
}

// The value of the best is bounded, and the bounds are narrow.
func TestTopShareIsBounded(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 9))
	for range 300 {
		values := make([]float64, 1+rnd.IntN(400))
		sum := 0.0
		for i := range values {
			values[i] = math.Round(math.Exp(rnd.NormFloat64()*1.5+7)) - float64(rnd.IntN(2))*500
			sum += values[i]
		}
		h := worth(values...).Everybody().CLVHistogram()
		slices.Sort(values)
		slices.Reverse(values)
		for _, share := range []float64{0, 0.01, 0.2, 0.5, 1} {
			top := h.Top(share)
			if want := int64(math.Ceil(share * float64(len(values)))); top.Customers != want {
				t.Fatalf("the best %v of %d are %d, want %d", share, len(values), top.Customers, want)
			}
			best := 0.0
			for _, v := range values[:top.Customers] {
				best += v
			}
			if best < float64(top.LowMinor) || best > float64(top.HighMinor) {
				t.Errorf("the best %v are worth %v, not in [%d, %d]", share, best, top.LowMinor, top.HighMinor)
			}
			if width := float64(top.HighMinor - top.LowMinor); width > 0.05*math.Max(top.Border.To, -top.Border.From)*float64(top.Border.Customers)+1 {
				t.Errorf("the best %v are worth from %d to %d: bounds too wide for the bin %+v", share, top.LowMinor, top.HighMinor, top.Border)
			}
			if last := values[max(0, top.Customers-1)]; top.Customers > 0 && (last < top.Border.From || last > top.Border.To) {
				t.Errorf("the last of the best has %v, not from %v to %v", last, top.Border.From, top.Border.To)
			}
		}
		if h.SumMinor != int64(sum) {
			t.Fatalf("all are worth %d, want %v", h.SumMinor, sum)
		}
	}
}

func TestAliveAndWaitKeepTheirError(t *testing.T) {
	rnd := rand.New(rand.NewPCG(10, 10))
	rules := &history.Rules{}
	for range 5000 {
		alive, orders, lastDay := rnd.Float64(), 2+rnd.IntN(20), calendar.Day(0)
		if rnd.IntN(10) == 0 {
			alive = float64(rnd.IntN(2))
		}
		c := clv.Customer{Value: estimate.Valued{PAlive: alive}}
		for range orders {
			c.History.Orders = append(c.History.Orders, history.Order{Tellings: history.Tellings{Day: lastDay, FirstDay: lastDay}, Placed: true, Worth: history.Worth{AmountMinor: 1}})
			lastDay += calendar.Day(1 + rnd.IntN(1+rnd.IntN(300)))
		}
		var s statistics.Statistics
		p, _ := c.Contribution(rules, nil)
		s.Add(&p)
		h := s.Everybody().AliveHistogram()
		if got := h.Quantile(1); h.Relative || math.Abs(got-alive) > h.Error+1e-12 {
			t.Errorf("P(alive) %v is off by %v, more than %v", alive, got-alive, h.Error)
		}
		h = s.Everybody().WaitHistogram()
		mean := float64(c.History.Orders[orders-1].Day) / float64(orders-1)
		if got := h.Quantile(1); !h.Relative || math.Abs(got-mean) > h.Error*mean+1e-12 {
			t.Errorf("a mean of %v days is off by %v, more than %v of it", mean, got-mean, h.Error)
		}
	}
}

// Of a group it is known between which bounds how many of the best it has, and of
// all groups together exactly.
func TestTheBestOfGroupsAreBounded(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 11))
	for range 300 {
		values := make([]float64, 2+rnd.IntN(300))
		groups := make([][]float64, 1+rnd.IntN(4))
		for i := range values {
			values[i] = math.Round(math.Exp(rnd.NormFloat64()+5)) + float64(i%7)/100 // no two that matter are equal
			in := rnd.IntN(len(groups))
			groups[in] = append(groups[in], values[i])
		}
		h := worth(values...).Everybody().CLVHistogram()
		share := []float64{0, 0.05, 0.2, 0.5, 1}[rnd.IntN(5)]
		top := h.Top(share)
		var leasts, mosts int64
		for _, group := range groups {
			own := worth(group...).Everybody().CLVHistogram()
			least, most := top.Within(&own)
			var above, within int64
			for _, v := range group {
				switch whole := math.Round(v); {
				case whole > top.Border.To:
					above++
				case whole >= top.Border.From:
					within++
				}
			}
			if top.Customers == 0 {
				above, within = 0, 0
			}
			if least < above || most > above+within || least > most || most > top.Customers {
				t.Errorf("between %d and %d of the best %d are in a group with %d above the border and %d at it", least, most, top.Customers, above, within)
			}
			leasts, mosts = leasts+least, mosts+most
		}
		if leasts > top.Customers || mosts < top.Customers || len(groups) == 1 && leasts != mosts {
			t.Errorf("of the best %d, %d groups have from %d to %d", top.Customers, len(groups), leasts, mosts)
		}
	}
}
