package stream

import (
	"context"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state"
)

// Lanes of a lateness of 90 days may be 30 days apart.
func TestLanesStayASlackApart(t *testing.T) {
	store, lanes := alignedLanes(t, 90, 3)
	ctx := t.Context()
	if err := store.Expect(ctx, []state.Source{lanes[0].source, lanes[1].source, lanes[2].source}); err != nil {
		t.Fatal(err)
	}
	if n := admitNow(t, lanes[0], 0, 1, 2); n != 0 {
		t.Errorf("admitted %d records before anything is known of the others", n)
	}
	if n := admitNow(t, lanes[1], 100); n != 0 {
		t.Errorf("admitted %d records before anything is known of the last lane", n)
	}
	lanes[2].rest(ctx)
	if n := admitNow(t, lanes[1], 100); n != 0 {
		t.Errorf("the lane that is 100 days ahead was let go")
	}
	if n := admitNow(t, lanes[0], 0, 10, 30, 31, 5); n != 3 {
		t.Errorf("the lane that is last was let go for %d records, want the 3 up to a slack beyond its own head", n)
	}
	if n := admitNow(t, lanes[0], 31, 5, 60, 61); n != 4 {
		t.Errorf("the lane that is last was let go for %d records, want 4", n)
	}
	if n := admitNow(t, lanes[1], 100, 101); n != 0 {
		t.Errorf("admitted %d of a lane at day 100 while another is at 31", n)
	}
	if n := admitNow(t, lanes[0], 90, 100, 120, 121); n != 3 {
		t.Errorf("admitted %d records, want the 3 up to day 120", n)
	}
	if n := admitNow(t, lanes[1], 100, 101, 121); n != 2 {
		t.Errorf("admitted %d, want the 2 up to day 120: the other lane told day 90", n)
	}
}

// What is ordered by customer and not by time has its latest time early on, and
// from then on nobody waits.
func TestFilesInCustomerOrderDoNotStutter(t *testing.T) {
	_, lanes := alignedLanes(t, 90, 2)
	for range 50 {
		for _, lane := range lanes {
			for _, days := range [][]int{{0, 400}, {3, 390}, {500, 1}} {
				work := workOf(days...)
				for len(work) > 0 {
					n := lane.admit(t.Context(), work, func() {})
					work = work[n:]
					lane.follow(t.Context())
				}
			}
			lane.rest(t.Context())
		}
	}
}

func TestAlignmentOfOneLaneOrNoneNeverWaits(t *testing.T) {
	_, lanes := alignedLanes(t, 90, 1)
	if n := admitNow(t, lanes[0], 0, 1000, 2000); n != 1 {
		t.Errorf("admitted %d at first, want the 1 that its own head allows", n)
	}
	if n := admitNow(t, lanes[0], 1000, 2000); n == 0 {
		t.Error("a lane on its own waits")
	}
	off := newAligner(nil, state.Source{}, nil, 0)
	if n := off.admit(t.Context(), workOf(0, 10_000), t.FailNow); n != 2 {
		t.Errorf("without a lateness %d records are admitted, want all", n)
	}
}

func alignedLanes(t *testing.T, latenessDays int32, lanes int) (*state.Store, []*aligner) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { _ = client.Close() })
	store, err := state.Open(t.Context(), client, state.Options{Namespace: "a", Shards: 1})
	if err != nil {
		t.Fatal(err)
	}
	partitions := map[Partition]Bounds{}
	for i := range lanes {
		partitions[Partition{Topic: "orders", ID: int32(i)}] = Bounds{}
	}
	aligners := make([]*aligner, lanes)
	for i := range aligners {
		aligners[i] = newAligner(store, state.Source{Topic: "orders", Partition: int32(i)}, partitions, latenessDays)
	}
	return store, aligners
}

// admitNow is what a lane is let go for at once; 0 when it has to wait.
func admitNow(t *testing.T, a *aligner, days ...int) int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a.looked = time.Time{}
	return a.admit(ctx, workOf(days...), cancel)
}

func workOf(days ...int) []state.Work {
	work := make([]state.Work, len(days))
	for i, day := range days {
		work[i] = state.Work{Offset: int64(i), Event: &history.Event{AtMicros: int64(day) * int64(24*time.Hour/time.Microsecond)}}
	}
	return work
}
