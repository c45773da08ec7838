package stream

import (
	"context"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Lanes of a lateness of 90 days may be 30 days apart.
func TestTasksStayASlackApart(t *testing.T) {
	store, tasks := alignedTasks(t, 90, 3)
	ctx := t.Context()
	if err := store.Expect(ctx, []layout.Source{tasks[0].source, tasks[1].source, tasks[2].source}); err != nil {
		t.Fatal(err)
	}
	if n := admitNow(t, tasks[0], 0, 1, 2); n != 0 {
		t.Errorf("admitted %d records before anything is known of the others", n)
	}
	if n := admitNow(t, tasks[1], 100); n != 0 {
		t.Errorf("admitted %d records before anything is known of the last task", n)
	}
	tasks[2].rest(ctx, 0)
	if n := admitNow(t, tasks[1], 100); n != 0 {
		t.Errorf("the task that is 100 days ahead was let go")
	}
	if n := admitNow(t, tasks[0], 0, 10, 30, 31, 5); n != 3 {
		t.Errorf("the task that is last was let go for %d records, want the 3 up to a slack beyond its own head", n)
	}
	if n := admitNow(t, tasks[0], 31, 5, 60, 61); n != 4 {
		t.Errorf("the task that is last was let go for %d records, want 4", n)
	}
	if n := admitNow(t, tasks[1], 100, 101); n != 0 {
		t.Errorf("admitted %d of a task at day 100 while another is at 31", n)
	}
	if n := admitNow(t, tasks[0], 90, 100, 120, 121); n != 3 {
		t.Errorf("admitted %d records, want the 3 up to day 120", n)
	}
	if n := admitNow(t, tasks[1], 100, 101, 121); n != 2 {
		t.Errorf("admitted %d, want the 2 up to day 120: the other task shared day 90", n)
	}
}

// What is ordered by customer and not by time has its latest time early on, and
// from then on nobody waits.
func TestFilesInCustomerOrderDoNotStutter(t *testing.T) {
	_, tasks := alignedTasks(t, 90, 2)
	for range 50 {
		for _, task := range tasks {
			for _, days := range [][]int{{0, 400}, {3, 390}, {500, 1}} {
				work := workOf(days...)
				for len(work) > 0 {
					n, err := task.admit(t.Context(), work, func() {})
					if err != nil {
						t.Fatal(err)
					}
					work = work[n:]
					task.follow(t.Context())
				}
			}
			task.rest(t.Context(), 0)
		}
	}
}

func TestAlignmentOfOneTaskOrNoneNeverWaits(t *testing.T) {
	_, tasks := alignedTasks(t, 90, 1)
	if n := admitNow(t, tasks[0], 0, 1000, 2000); n != 1 {
		t.Errorf("admitted %d at first, want the 1 that its own head allows", n)
	}
	if n := admitNow(t, tasks[0], 1000, 2000); n == 0 {
		t.Error("a task on its own waits")
	}
	off := newAligner(nil, layout.Source{}, nil, 0, newInFlight(nil, nil, ""))
	if n, err := off.admit(t.Context(), workOf(0, 10_000), t.FailNow); n != 2 || err != nil {
		t.Errorf("without a lateness %d records are admitted, %v; want all", n, err)
	}
}

func alignedTasks(t *testing.T, latenessDays int32, tasks int) (*state.Store, []*aligner) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { _ = client.Close() })
	store, err := state.Open(t.Context(), client, state.Options{Namespace: "a", Shards: 1})
	if err != nil {
		t.Fatal(err)
	}
	partitions := map[cluster.Partition]cluster.Bounds{}
	for i := range tasks {
		partitions[cluster.Partition{Topic: "orders", ID: int32(i)}] = cluster.Bounds{}
	}
	aligners := make([]*aligner, tasks)
	for i := range aligners {
		aligners[i] = newAligner(store, layout.Source{Topic: "orders", Partition: int32(i)}, partitions, latenessDays, newInFlight(store, nil, ""))
	}
	return store, aligners
}

// admitNow is what a task is let go for at once; 0 when it has to wait.
func admitNow(t *testing.T, a *aligner, days ...int) int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a.readAt = time.Time{}
	n, err := a.admit(ctx, workOf(days...), cancel)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func workOf(days ...int) []state.Work {
	work := make([]state.Work, len(days))
	for i, day := range days {
		work[i] = state.Work{Offset: int64(i), Event: &history.Event{AtMicros: int64(day) * int64(24*time.Hour/time.Microsecond)}}
	}
	return work
}
