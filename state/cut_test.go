package state

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// A cut comes into force for everybody, whether they order or rest, and is
// announced once to those whom it brings into another tier.
func TestACutMovesEverybodyOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		const n = 100
		w.valuation.Awake.Tiers = standing.Tiers{Percentiles: []standing.Percentile{{Name: "silver", Below: 0.5}, {Name: "gold", Below: 0.9}}}
		s := w.open()
		claim := w.storeCustomers(s, n)
		offset := int64(n)
		send := func(events ...history.Event) {
			w.commit(claim, w.batch(offset, events...))
			offset += int64(len(events))
		}
		for i := range 5 { // some are worth more
			send(round(1+i, 10*(i+1))...)
		}
		w.wantTiers(s, n, 0, func(float64) uint8 { return 0 })
		first := w.cut(s, 1500, 4000)
		if first.Version != Configured || first.Cut.Number != first.Number {
			t.Errorf("the cut is %+v", first)
		}
		for c := range 20 { // who orders is there at once
			send(orderOf(fmt.Sprintf("c%d", c), 8))
		}
		send(orderOf("c100", 8)) // who comes, too
		made := w.rollOut(s)
		if made != n-20 {
			t.Errorf("%d customers were made due, want %d", made, n-20)
		}
		w.fireAll(s, fromMicros+time.Hour.Microseconds(), 7)
		of := func(borders ...float64) func(float64) uint8 {
			return func(clvMinor float64) (tier uint8) {
				for _, border := range borders {
					if clvMinor >= border {
						tier++
					}
				}
				return tier
			}
		}
		w.wantTiers(s, n+1, first.Number, of(1500, 4000))
		told := w.changesOf(s, announce.ReasonTier)
		for id, changes := range told {
			if len(changes) != 1 || changes[0].Tier.Was == changes[0].Tier.Now {
				t.Errorf("%s was told %d times: %+v", id, len(changes), changes[0].Tier)
			}
		}
		if len(told) == 0 || len(told) >= n {
			t.Errorf("%d customers were told", len(told))
		}
		if again, changed, err := s.CutTiers(soon(t), []int64{1500, 4000}, fromMicros, 0); err != nil || changed || again.Number != first.Number {
			t.Errorf("the same cut again is %+v, %v, %v", again, changed, err)
		}
		w.push(s, "x2")
		if a := w.activate(s, "x2", fromMicros, 0, true); a.Cut != first.Cut {
			t.Errorf("another model came with the cut %+v", a.Cut)
		}
		second := w.cut(s, 3000, 1_000_000)
		if second.Version != "x2" || !second.Silent {
			t.Errorf("the second cut is %+v", second)
		}
		w.rollOut(s)
		w.fireAll(s, fromMicros+3*time.Hour.Microseconds(), 7)
		w.wantTiers(s, n+1, second.Number, of(3000, 1_000_000))
		if back := w.rollback(s); back.Version != Configured || back.Cut != second.Cut {
			t.Errorf("rolled back, %+v is in force", back)
		}
		w.wantStatistics()
	})
}

func (w *world) cut(s *Store, bordersMinor ...int64) Activation {
	w.t.Helper()
	a, changed, err := s.CutTiers(soon(w.t), bordersMinor, fromMicros, time.Hour)
	if err != nil || !changed {
		w.t.Fatalf("cut: %v, changed %v", err, changed)
	}
	return a
}

// wantTiers checks by which cut n customers stand, and in which tier.
func (w *world) wantTiers(s *Store, n int, cut uint64, tierOf func(clvMinor float64) uint8) {
	w.t.Helper()
	for c := range n {
		id := fmt.Sprintf("c%d", c)
		stored, err := s.Customer(soon(w.t), id)
		if err != nil || stored == nil {
			w.t.Fatalf("%s: %v", id, err)
		}
		if want := tierOf(stored.Value.CLVMinor); stored.Cut != cut || stored.Standing.Tier != want {
			w.t.Errorf("%s, worth %v, is in tier %d by cut %d; want %d by %d", id, stored.Value.CLVMinor, stored.Standing.Tier, stored.Cut, want, cut)
		}
	}
}

// Tiers that were configured otherwise since the cut hold commits back until they
// are cut again.
func TestACutOfOtherTiersIsRefused(t *testing.T) {
	w := embeddedWorld(t)
	w.valuation.Awake.Tiers = standing.Tiers{Percentiles: []standing.Percentile{{Name: "silver", Below: 0.5}}}
	s := w.open()
	w.storeCustomers(s, 3)
	w.cut(s, 1500)
	other := *w.valuation
	other.Awake.Tiers = standing.Tiers{Percentiles: []standing.Percentile{{Name: "silver", Below: 0.5}, {Name: "gold", Below: 0.9}}}
	active, err := s.Active(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.valuation(soon(t), &other, active.InForce); !errors.Is(err, standing.ErrOtherTiers) {
		t.Errorf("a valuation of two tiers by one border: %v", err)
	}
	again := w.cut(s, 1500, 4000)
	if v, err := s.valuation(soon(t), &other, again.InForce); err != nil || len(v.Awake.Tiers.Tiers) != 2 {
		t.Errorf("cut again: %v", err)
	}
}

func TestInForceIsReadBack(t *testing.T) {
	for _, in := range []InForce{
		{}, {Number: 1, Version: "x"}, {Number: 2, Version: Configured, Silent: true},
		{Number: 3, Version: "x", Cut: Cut{Number: 2, Borders: "-5,0,99"}},
		{Number: 3, Version: "x", Silent: true, Cut: Cut{Number: 3, Borders: "100"}},
	} {
		if got, err := parseInForce(in.String()); err != nil || got != in {
			t.Errorf("%q reads back as %+v, %v", in, got, err)
		}
	}
	for _, s := range []string{"1", "0 x", "x y", "0 x loud", "1 x silent silent", "1 x cut:1", "1 x cut:0:5", "1 x cut:1:a", "1 x cut:1:9,5", "1 x cut:1:5 silent", "1 x cut:1:9,5 more"} {
		if in, err := parseInForce(s); !errors.Is(err, layout.ErrDamaged) {
			t.Errorf("%q reads as %+v, %v", s, in, err)
		}
	}
	for _, s := range []string{"1 x loud", "1 x silent loud", "1 x silent cut:1:5 more", "1 x cut:1:5 more words"} {
		if in, err := parseInForce(s); !errors.Is(err, layout.ErrNewer) || errors.Is(err, layout.ErrDamaged) {
			t.Errorf("%q reads as %+v, %v; want that it is newer", s, in, err)
		}
	}
}
