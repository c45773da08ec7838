package state

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// pass takes a Refresher through every shard, as of an instant.
func (w *world) pass(r *Refresher, nowMicros int64) (counted int64) {
	w.t.Helper()
	for {
		did, err := r.Step(soon(w.t), nowMicros, nowMicros)
		if err != nil {
			w.t.Fatal(err)
		}
		counted += did.Counted
		if did.OldestMicros >= nowMicros && !did.More {
			return counted
		}
	}
}

func (w *world) refresher(s *Store) *Refresher { return s.NewRefresher(allShards(s), w.configured) }

// everybody is who is stored.
func (w *world) everybody(s *Store) map[string]*clv.Customer {
	w.t.Helper()
	all := map[string]*clv.Customer{}
	for shard := range s.Shards() {
		if err := s.Scan(soon(w.t), shard, func(page Snapshot) error {
			for id, c := range page.Customers {
				all[id] = c
			}
			return nil
		}); err != nil {
			w.t.Fatal(err)
		}
	}
	return all
}

// withoutRefresh is what is stored of a customer but for what the statistics count.
func withoutRefresh(c *clv.Customer) string {
	plain := *c
	plain.Refreshed = clv.Refreshed{}
	return string(layout.AppendCustomer(nil, &plain))
}

// wantCountedSince checks that the statistics count every customer who has bought as of
// a day since an instant: as much as the model gives them on one of these.
func (w *world) wantCountedSince(s *Store, fromMicros, untilMicros int64) {
	w.t.Helper()
	w.wantStatistics()
	from, until := w.valuation.Rules.Calendar.Day(fromMicros), w.valuation.Rules.Calendar.Day(untilMicros)
	for id, c := range w.everybody(s) {
		valued := w.valuation.Rules.Calendar.Day(c.Value.AsOfMicros)
		if sum := c.History.Sum(&w.valuation.Rules); sum.Days == 0 || valued >= from {
			continue
		}
		p, _ := c.Contribution(&w.valuation.Rules, nil)
		found := false
		for day := from; day <= until && !found; day++ {
			found = p.Sums.PredictedMinor == w.predictedOn(c, day)
		}
		if !found {
			w.t.Errorf("%s, valued on %s, counts %d on %+v: want what they are worth since %s", id, valued, p.Sums.PredictedMinor, c.Refreshed, from)
		}
	}
}

// predictedOn follows from the tests' model in plain sight.
func (w *world) predictedOn(c *clv.Customer, day calendar.Day) int64 {
	f := c.History.Facts(&w.valuation.Rules, w.valuation.Rules.Calendar.Start(day))
	if status := c.Value.Status; status == history.Churned {
		return 0
	}
	alive := 1 / float64(1+f.AgeDays-f.RecencyDays)
	if c.History.Churn.Kind == history.ChurnPredicted && c.History.Churn.AtMicros >= c.History.Sum(&w.valuation.Rules).LastOrderMicros {
		alive = 1 - c.History.Churn.Probability
	}
	return statistics.WholeMinor(alive * (float64(max(0, f.RevenueMinor)) / 3))
}

// A silent base is counted as of the pass; nothing else of it changes.
func TestStatisticsFollowASilentBase(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		const n = 700 // several pages a shard
		s := w.open()
		claim := w.claim(s, 0)
		w.commit(claim, w.batch(0, round(0, n)...))
		w.commit(claim, w.batch(n, round(1, n/2)...))
		acquired := orderOf("prospect", 0)
		acquired.Kind, acquired.OrderID = history.CustomerAcquired, ""
		w.commit(claim, w.batch(n+n/2, acquired))
		before, told := w.everybody(s), w.told(s)
		due := w.dueTimes(s)

		now := int64(day0+31)*microsPerDay + 7
		r := w.refresher(s)
		if counted := w.pass(r, now); counted != n {
			t.Errorf("%d customers are counted anew, want %d", counted, n)
		}
		read, err := s.Statistics(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		// On day 31 one with an order of 1000 on day 0 has been silent for 31 days, and is
		// worth 1000/3/32 = 10.4; one with another of 1001 on day 1 2001/3/31 = 21.5.
		if got, want := read.Everybody().Sums().PredictedMinor, int64(n/2*10+n/2*22); got != want {
			t.Errorf("predicted is %d, want %d", got, want)
		}
		w.wantCountedSince(s, now, now)
		after := w.everybody(s)
		for id, c := range after {
			if withoutRefresh(c) != withoutRefresh(before[id]) {
				t.Errorf("%s is otherwise: %+v, before %+v", id, c, before[id])
			}
		}
		if len(after) != n+1 || after["prospect"].Refreshed.Known {
			t.Errorf("%d customers, and the prospect %+v", len(after), after["prospect"])
		}
		if got := w.told(s); !slices.Equal(got, told) {
			t.Errorf("%d changes wait, %d before, or others", len(got), len(told))
		}
		if got := w.dueTimes(s); got != due {
			t.Errorf("due times are %s, want %s", got, due)
		}
		for shard, micros := range w.refreshed(s) {
			if micros != now {
				t.Errorf("shard %d is refreshed as of %d, want %d", shard, micros, now)
			}
		}
		if again := w.pass(w.refresher(w.open()), now+microsPerDay/4); again != 0 {
			t.Errorf("%d customers are counted anew on the same day", again)
		}
		w.commit(claim, w.batch(n+n/2+1, round(40, n)...)) // by the process whose caches are of before
		for id, c := range w.everybody(s) {
			if c.Refreshed.Known {
				t.Errorf("%s ordered, and counts %+v", id, c.Refreshed)
			}
		}
		w.wantStatistics()
	})
}

func (w *world) refreshed(s *Store) []int64 {
	w.t.Helper()
	micros, err := s.RefreshedMicros(soon(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	return micros
}

// told is what waits in the outboxes.
func (w *world) told(s *Store) (items []string) {
	w.t.Helper()
	for _, e := range w.entries(s) {
		for i := range e.Items {
			items = append(items, itemText(e.Items[i]))
		}
	}
	return items
}

func (w *world) dueTimes(s *Store) (all string) {
	for _, sh := range s.shards {
		all += fmt.Sprintln(w.client.ZRangeWithScores(soon(w.t), sh.keys.due, 0, -1).Val())
	}
	return all
}

// Random lives are committed and fired twice, once with passes in between: what is
// announced is the same to the byte, and so is what is stored but for what counts.
func TestRefreshChangesNothingElse(t *testing.T) {
	seed := rand.Uint64()
	run := func(refreshes bool) (told []string, customers map[string]*clv.Customer, passes int64) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		w := embeddedWorld(seeded{t, seed})
		w.valuation.Awake = watchful()
		w.valuation.Rules.LatenessDays = 30
		s := w.open()
		claim, r := w.claim(s, 0), w.refresher(s)
		events := lives(rnd, w, 40)
		now := int64(0)
		for done := 0; done < len(events); {
			n := min(1+rnd.IntN(60), len(events)-done)
			for _, e := range events[done : done+n] {
				now = max(now, e.AtMicros)
			}
			w.commit(claim, w.batch(int64(done), events[done:done+n]...))
			done += n
			w.fireAll(s, now+rnd.Int64N(40)*microsPerDay, 50)
			if at := now + rnd.Int64N(60)*microsPerDay; refreshes {
				passes += w.pass(r, at)
				w.wantStatistics()
			}
		}
		return w.told(s), w.everybody(s), passes
	}
	wantTold, want, _ := run(false)
	gotTold, got, counted := run(true)
	if counted == 0 {
		t.Errorf("seed %d: nobody was counted anew", seed)
	}
	if !slices.Equal(gotTold, wantTold) {
		t.Errorf("seed %d: %d changes with passes, %d without, or others", seed, len(gotTold), len(wantTold))
	}
	for id := range want {
		if got[id] == nil || withoutRefresh(got[id]) != withoutRefresh(want[id]) {
			t.Errorf("seed %d: %s is %+v, without passes %+v", seed, id, got[id], want[id])
		}
	}
}

// pagedWorld is a world whose store answers HSCAN a page at a time: the embedded one
// answers everything at once.
func pagedWorld(t *testing.T) *world { return newWorld(t, testbed.StartRedis(t).Client(t)) }

// A pass that is killed leaves what it has counted, and does not pass for whole. The next
// one goes over the shard anew.
func TestAPassThatIsKilled(t *testing.T) {
	w := pagedWorld(t)
	const n = 2500
	w.shards = 1
	s := w.open()
	w.commit(w.claim(s, 0), w.batch(0, round(0, n)...))
	now := int64(day0+9) * microsPerDay
	r := w.refresher(s)
	did, err := r.Step(soon(t), now, now)
	if err != nil || !did.More || did.Counted == 0 || did.Counted == n {
		t.Fatalf("the first step did %+v, %v", did, err)
	}
	r.Close()
	w.wantStatistics()
	if got := w.refreshed(s)[0]; got != 0 {
		t.Errorf("refreshed as of %d after a part", got)
	}
	if rest := w.pass(w.refresher(w.open()), now); rest != n-did.Counted {
		t.Errorf("the next pass counted %d anew, want %d", rest, n-did.Counted)
	}
	w.wantCountedSince(s, now, now)
}

// Whoever is changed while a pass is under way, or after it, by an event that comes late,
// counts as of the pass, which says that nobody counts as of before.
func TestLateEventsDoNotMakeAPassUntrue(t *testing.T) {
	w := pagedWorld(t)
	const n = 1200
	w.shards = 1
	s := w.open()
	claim := w.claim(s, 0)
	w.commit(claim, w.batch(0, round(0, n)...))
	now := int64(day0+50) * microsPerDay
	r := w.refresher(s)
	if did, err := r.Step(soon(t), now, now); err != nil || !did.More {
		t.Fatalf("the first step did %+v, %v", did, err)
	}
	w.commit(claim, w.batch(n, round(20, n)...)) // seen or not seen yet
	w.pass(r, now)
	w.wantCountedSince(s, now, now)
	w.commit(claim, w.batch(2*n, round(30, n+5)...)) // five of them new
	w.wantCountedSince(s, now, now)
	for _, id := range []string{"c0", fmt.Sprint("c", n)} {
		if c, err := s.Customer(soon(t), id); err != nil || c.Value.AsOfMicros != (day0+30)*microsPerDay {
			t.Errorf("%s is valued as of %+v, %v: want the event", id, c, err)
		}
	}
}

// Two publishers that take the same lane for theirs do the work once between them, and
// neither says more than is true.
func TestTwoPassesAtOnce(t *testing.T) {
	w := pagedWorld(t)
	const n = 2000
	w.shards = 2
	s := w.open()
	w.commit(w.claim(s, 0), w.batch(0, round(0, n)...))
	first, second := int64(day0+5)*microsPerDay, int64(day0+7)*microsPerDay
	a, b := w.refresher(s), w.refresher(w.open())
	for more := true; more; {
		more = false
		for r, now := range map[*Refresher]int64{a: first, b: second} {
			did, err := r.Step(soon(t), now, now)
			if err != nil {
				t.Fatal(err)
			}
			more = more || did.More || did.OldestMicros < first
		}
	}
	w.pass(b, second)
	w.wantCountedSince(s, second, second)
	for shard, micros := range w.refreshed(s) {
		if micros != second {
			t.Errorf("shard %d is refreshed as of %d, want %d", shard, micros, second)
		}
	}
}

// Redis goes back in time with what it has counted.
func TestRefreshAfterARollback(t *testing.T) {
	w, r := ownRedis(t)
	const n = 60
	store := w.open()
	claim := w.claim(store, 0)
	w.commit(claim, w.batch(0, round(0, n)...))
	w.pass(w.refresher(store), (day0+10)*microsPerDay)
	older := r.CopyAOF(t)
	w.commit(claim, w.batch(n, round(12, n)...))
	w.pass(w.refresher(store), (day0+40)*microsPerDay)
	r.RestoreAOF(t, older)
	w.wantCountedSince(store, (day0+10)*microsPerDay, (day0+10)*microsPerDay)
	claim = w.claim(store, 0) // the same process, with its caches
	w.commit(claim, w.batch(claim.Resume(), round(12, n)...))
	w.wantCountedSince(store, (day0+10)*microsPerDay, (day0+12)*microsPerDay)
	w.pass(w.refresher(store), (day0+41)*microsPerDay)
	w.wantCountedSince(store, (day0+41)*microsPerDay, (day0+41)*microsPerDay)
}

// Another model comes into force: whoever is not valued by it yet counts by it, and says
// so, until they are.
func TestRefreshByAnotherModel(t *testing.T) {
	w := embeddedWorld(t)
	const n = 50
	s := w.open()
	w.storeCustomers(s, n)
	w.push(s, "x2")
	w.activate(s, "x2", fromMicros, time.Hour, false)
	w.pass(w.refresher(s), fromMicros)
	w.wantStatistics()
	for id, c := range w.everybody(s) {
		if !c.Refreshed.ByOther || c.Value.ModelVersion == "x2" {
			t.Errorf("%s is valued by %s, and counts %+v", id, c.Value.ModelVersion, c.Refreshed)
		}
	}
	w.rollOut(s)
	w.fireAll(s, fromMicros+time.Hour.Microseconds(), 1000)
	w.wantModels(s, n, "x2")
	for id, c := range w.everybody(s) {
		if c.Refreshed.Known {
			t.Errorf("%s is valued by the new model, and counts %+v", id, c.Refreshed)
		}
	}
	w.wantStatistics()
}

// Of two passes at once, neither makes what is noted of the other untrue.
func TestFreshnessAfterAPage(t *testing.T) {
	for _, c := range []struct {
		before freshness
		began  int64
		last   bool
		want   freshness
	}{
		{freshness{}, 5, false, freshness{passMicros: 5}},
		{freshness{passMicros: 5}, 5, true, freshness{wholeMicros: 5}},
		{freshness{wholeMicros: 3, passMicros: 5}, 7, false, freshness{wholeMicros: 3, passMicros: 7}},
		{freshness{wholeMicros: 3, passMicros: 7}, 5, false, freshness{wholeMicros: 3, passMicros: 7}}, // the earlier one goes on
		{freshness{wholeMicros: 3, passMicros: 7}, 5, true, freshness{wholeMicros: 5, passMicros: 7}},  // and ends first
		{freshness{wholeMicros: 7}, 5, true, freshness{wholeMicros: 7}},                                // or last
		{freshness{wholeMicros: 3, passMicros: 5}, 7, true, freshness{wholeMicros: 7}},                 // one that was killed
	} {
		if got := c.before.after(c.began, c.last); got != c.want {
			t.Errorf("%+v, a page of the pass of %d, last %t: %+v, want %+v", c.before, c.began, c.last, got, c.want)
		}
	}
}

func TestFreshnessIsReadAsItIsWritten(t *testing.T) {
	for _, f := range []freshness{{}, {wholeMicros: 5}, {passMicros: 7}, {wholeMicros: 5, passMicros: 7}} {
		if got, err := parseFreshness(f.String()); err != nil || got != f {
			t.Errorf("%q is read as %+v, %v", f, got, err)
		}
	}
	for stored, want := range map[string]error{"1 2 3": layout.ErrNewer, "x": layout.ErrDamaged, "-1": layout.ErrDamaged, "1 ": layout.ErrDamaged, "1 x": layout.ErrDamaged} {
		if _, err := parseFreshness(stored); Judge(err) != Judge(want) {
			t.Errorf("%q: %v, want %v", stored, err, want)
		}
	}
}
