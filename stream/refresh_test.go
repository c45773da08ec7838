package stream

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/due"
	"github.com/clvstream/clvstream/stream/progress"
)

// A base falls silent, and publishers look after it now and then: its statistics follow
// time, and what is announced is, byte for byte, what is announced without.
func TestStatisticsFollowASilentBase(t *testing.T) {
	const customers = 600
	looks := []int{1, 20, 21, 75} // days after the last order
	without, _ := silence(t, customers, looks, 0)
	with, ages := silence(t, customers, looks, 24*time.Hour)
	if len(without) < customers/2 {
		t.Errorf("%d changes: the silence was too quiet to tell anything", len(without))
	}
	if !slices.Equal(with, without) {
		t.Errorf("%d changes where values are counted anew, %d without, or others", len(with), len(without))
	}
	for i, age := range ages {
		if age != 0 {
			t.Errorf("after %d days the oldest value is of %s before", looks[i], age)
		}
	}
}

// silence is what is announced of a base while nobody orders, and how old the oldest value
// was in the end each time a publisher had looked.
func silence(t *testing.T, customers int, looks []int, refresh time.Duration) (told []string, ages []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		y := newYear(t)
		y.refresh = refresh
		y.valuation.By(fading(t))
		lives, _ := y.orders(t, customers)
		for _, days := range looks {
			time.Sleep(time.Until(y.began.AddDate(0, 0, days)))
			y.inputIsCaughtUp(t)
			y.leaveFor(t, 5*time.Minute, 10_000)
			read, err := y.store.Statistics(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got, want := read.Everybody().Sums().PredictedMinor, y.predicted(lives)
			if refresh > 0 && got != want {
				t.Errorf("after %d days predicted is %d, want %d", days, got, want)
			} else if refresh == 0 && got <= want {
				t.Errorf("after %d days predicted is %d without counting anew, %d with: the test shows nothing", days, got, want)
			}
			if refresh > 0 {
				oldest, err := y.store.RefreshedMicros(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				ages = append(ages, y.lookedAt.Sub(time.UnixMicro(slices.Min(oldest))))
			}
		}
		y.each(t, func(r *kgo.Record) {
			text := fmt.Sprintf("%s %s", r.Key, r.Value)
			for _, h := range r.Headers {
				text += fmt.Sprintf(" %s=%s", h.Key, h.Value)
			}
			told = append(told, text)
		})
		slices.Sort(told)
	})
	return told, ages
}

// predicted is what all customers are worth by now, each valued by itself.
func (y *year) predicted(lives map[string]*clv.Customer) (sumMinor int64) {
	for _, c := range lives {
		e := estimate.Of(&c.History, &y.valuation.Rules, y.valuation.Model, y.lookedAt.UnixMicro())
		sumMinor += statistics.WholeMinor(e.PredictedMinor)
	}
	return sumMinor
}

// fading is a model by which silence costs value.
func fading(t *testing.T) model.Model {
	t.Helper()
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	discount, err := model.AnnualDiscount(0.1)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.NewBGNBD(
		model.BGNBDParams{Unit: model.UnitWeek, R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}, model.GammaGammaParams{P: 6.25, Q: 3.74, Gamma: 15.44},
		model.Assumptions{Horizon: model.UnitDay.Span(365), Discount: discount, Currency: usd}, "1115b089816f",
	)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Two publishers that take the same lanes for theirs count everybody anew, on real servers
// too, and the statistics stay what the customers come to.
func TestLanesCountValuesAnew(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		const customers = 300
		o := newHarness(t, pair)
		o.Orders(t, customers)
		valuation := outlet.Valuation(t)
		valuation.By(fading(t))
		now := time.Now().UnixMicro()
		if err := o.Store.SetHead(t.Context(), layout.Source{Topic: "in"}, state.Head{Kind: state.HeadIdle, AtMicros: now, SeenMicros: now}); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var lanes sync.WaitGroup
		for range 2 {
			p := o.publisher(t, func(config *PublisherConfig) {
				config.Due = due.Config{Mode: due.Wall, Topics: []string{"in"}, Valuation: func() *clv.Valuation { return valuation }, Refresh: time.Hour}
			})
			for lane := range int32(outlet.Lanes) {
				l := newLane(p, lane)
				lanes.Go(func() {
					if err := l.due.Refresh(ctx); err != nil {
						t.Error(err)
					}
				})
				l.relay.Published().Store(&progress.Lane{}) // nothing is published
			}
		}
		testbed.Await(t, "all lanes to have counted everybody anew", func() bool {
			oldest, err := o.Store.RefreshedMicros(t.Context())
			return err == nil && slices.Min(oldest) >= now-time.Minute.Microseconds()
		})
		stop()
		lanes.Wait()
		anew := 0
		for shard := range o.Store.Shards() {
			audit, err := o.Store.AuditStatistics(t.Context(), shard, &valuation.Rules)
			if err != nil {
				t.Fatal(err)
			}
			if off := audit.Kept.Different(audit.Scanned); len(off) > 0 {
				t.Errorf("shard %d: a scan has more by %+v", shard, off)
			}
			if err := o.Store.Scan(t.Context(), shard, func(page state.Snapshot) error {
				for _, c := range page.Customers {
					if c.Refreshed.Known {
						anew++
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		if anew != customers {
			t.Errorf("%d of %d customers count anew", anew, customers)
		}
	})
}
