package state

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// watchful has stages and tiers that these tests' customers go through.
func watchful() standing.Awake {
	return standing.Awake{
		Stages: standing.Stages{
			Cooling: standing.StageEntry{SilenceDays: 5}, Dormant: standing.StageEntry{SilenceDays: 15}, Lost: standing.StageEntry{SilenceDays: 60},
			WonBackDays: 10,
		},
		Tiers: standing.Tiers{Tiers: []standing.Tier{{Name: "one", FromMinor: 500}, {Name: "two", FromMinor: 1500}, {Name: "three", FromMinor: 5000}}, HoldDays: 3},
		Drift: 0.3,
	}
}

// Whatever is committed and fired, by whomever, in whatever order, and whatever is
// lost on the way: the statistics are those of a scan.
func TestStatisticsEqualAScan(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, p *testbed.Pair) {
		seed := rand.Uint64()
		w.t = seeded{t, seed}
		rnd := rand.New(rand.NewPCG(seed, 0))
		w.valuation.Awake = watchful()
		w.valuation.Rules.LatenessDays = []calendar.Day{5, 90}[rnd.IntN(2)]
		w.valuation.Rules.LaterEvents = history.LaterEvents(rnd.IntN(2))
		var deaf deafness
		writers := []*writer{w.writer(rnd, clientOf(t, p, deaf.dial), 0), w.writer(rnd, w.client, 1)}
		firer := w.open().NewFirer(func() *clv.Valuation { return w.valuation })
		refresher := w.refresher(w.open())
		for round := range 8 {
			deaf.times.Store(int32(rnd.IntN(3)))
			var working sync.WaitGroup
			for _, writer := range writers {
				working.Go(func() { writer.work(round%3 == 2) })
			}
			working.Go(func() { w.fire(firer, (day0+50*int64(round))*microsPerDay) })
			working.Go(func() { w.pass(refresher, (day0+50*int64(round)+20)*microsPerDay) })
			working.Wait()
			w.wantStatistics()
		}
		w.fire(firer, (day0+2000)*microsPerDay)
		w.wantStatistics()
	})
}

// seeded says the seed of what went wrong.
type seeded struct {
	testing.TB
	seed uint64
}

func (s seeded) Errorf(format string, args ...any) {
	s.Helper()
	s.TB.Errorf("seed %d: %s", s.seed, fmt.Sprintf(format, args...))
}

// fire fires what is due in every shard; whoever writes meanwhile comes first.
func (w *world) fire(firer *Firer, untilMicros int64) {
	w.t.Helper()
	for shard := range w.shards {
		for more := true; more; {
			fired, err := firer.Fire(soon(w.t), shard, untilMicros, 7, nil)
			beaten := err != nil && Judge(err) == Beaten
			if err != nil && !beaten {
				w.t.Error(err)
				return
			}
			more = fired.More || beaten
		}
	}
}

// writer applies one partition, all of whose customers the other ones have, too.
type writer struct {
	w      *world
	client redis.UniversalClient
	claim  *Claim
	rnd    *rand.Rand
	events []history.Event
	done   int
}

func (w *world) writer(rnd *rand.Rand, client redis.UniversalClient, partition int32) *writer {
	return &writer{
		w: w, client: client, claim: w.claim(w.openWith(client), partition), events: lives(rnd, w, 25),
		rnd: rand.New(rand.NewPCG(rnd.Uint64(), 1)),
	}
}

// work commits the next events. One that is killed abandons a commit whose answer
// may be lost, and another process goes on from where the state stands.
func (p *writer) work(killed bool) {
	n := min(1+p.rnd.IntN(80), len(p.events)-p.done)
	batch := p.w.batch(int64(p.done), p.events[p.done:p.done+n]...)
	ctx := soon(p.w.t)
	if killed {
		cut, cancel := context.WithCancel(ctx)
		defer cancel()
		go func() {
			for cut.Err() == nil && p.claim.RetryingFor(time.Now()) == 0 {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		ctx = cut
	}
	_, err := p.claim.Commit(ctx, batch)
	switch {
	case err == nil:
		p.done += n
	case !killed || !errors.Is(err, context.Canceled):
		p.w.t.Error(err)
	default:
		p.claim = p.w.claim(p.w.openWith(p.client), p.claim.source.Partition)
		p.done = int(p.claim.Resume())
	}
}

// Redis goes back in time with its statistics, and what follows is counted once.
func TestStatisticsAfterARollback(t *testing.T) {
	w, r := ownRedis(t)
	w.valuation.Awake = watchful()
	store := w.open()
	firer := store.NewFirer(func() *clv.Valuation { return w.valuation })
	const customers = 30
	claim := w.claim(store, 0)
	commit := func(from, to int) {
		for i := from; i < to; i++ {
			w.commit(claim, w.batch(int64(i*customers), round(i, customers)...))
		}
	}
	commit(0, 4)
	older := r.CopyAOF(t)
	commit(4, 9)
	w.fire(firer, (day0+200)*microsPerDay)
	w.wantStatistics()
	r.RestoreAOF(t, older)
	w.wantStatistics()
	claim = w.claim(store, 0) // the same process, with its caches
	commit(int(claim.Resume())/customers, 7)
	w.fire(firer, (day0+100)*microsPerDay)
	w.wantStatistics()
	all, err := store.Statistics(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := all.Everybody().Sums(); got.Customers != customers || got.Orders != 7*customers {
		t.Errorf("%d customers with %d orders, want %d with %d", got.Customers, got.Orders, customers, 7*customers)
	}
}

// A scan waits for no one: a shard that is written all the while is read at once.
func TestAuditOfABusyShard(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		w.shards = 1
		store := w.open()
		claim := w.claim(store, 0)
		const customers = 600
		w.commit(claim, w.batch(0, round(0, customers)...))
		ctx, cancel := context.WithCancel(soon(t))
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := 1; ctx.Err() == nil; i++ {
				_, _ = claim.Commit(ctx, w.batch(int64(i*customers), round(i, customers)...))
			}
		}()
		for range 10 {
			audit, err := w.open().AuditStatistics(soon(t), 0, &w.valuation.Rules)
			if err != nil {
				t.Fatal(err)
			}
			if off := audit.Kept.Different(audit.Scanned); audit.Customers != customers || len(off) > 0 {
				t.Errorf("%d customers, a scan has more by %+v", audit.Customers, off)
			}
		}
		cancel()
		<-done
	})
}

// A producer that sends a channel a customer makes more cells than are kept. They
// are counted all the same, and never read all at once again.
func TestMoreChannelsThanAreKept(t *testing.T) {
	w := embeddedWorld(t)
	w.shards = 1
	store := w.open()
	claim := w.claim(store, 0)
	const customers, perBatch = 2000, 500
	offset := int64(0)
	commit := func(events []history.Event) {
		for len(events) > 0 {
			n := min(perBatch, len(events))
			w.commit(claim, w.batch(offset, events[:n]...))
			offset, events = offset+int64(n), events[n:]
		}
	}
	told := round(0, customers)
	for i := range told {
		told[i].Kind, told[i].Channel = history.CustomerAcquired, fmt.Sprint("channel-", i)
	}
	commit(told)
	commit(round(1, customers))
	cells := &store.shards[0].cells
	if !cells.many || len(cells.known) > mostCells {
		t.Errorf("%d cells are kept, many is %v", len(cells.known), cells.many)
	}
	commit(round(2, customers))
	if cells.all || len(cells.known) > mostCells {
		t.Errorf("%d cells are kept, all is %v", len(cells.known), cells.all)
	}
	w.wantStatistics()
}

// A hash that holds something else stops whoever would add to it.
func TestDamagedStatistics(t *testing.T) {
	w := embeddedWorld(t)
	w.shards = 1
	store := w.open()
	claim := w.claim(store, 0)
	if err := w.client.HSet(soon(t), store.shards[0].keys.stat, "sums", "\x02\x80").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := claim.Commit(soon(t), w.batch(0, round(0, 3)...)); !errors.Is(err, layout.ErrDamaged) {
		t.Errorf("commit: got %v, want that the state is damaged", err)
	}
	if _, err := store.Statistics(soon(t)); !errors.Is(err, layout.ErrDamaged) {
		t.Errorf("read: got %v, want that the state is damaged", err)
	}
}
