package webhook

import (
	"net/http"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)

func failure(status int) *Outcome { return &Outcome{Class: classOf(status), Status: status} }

// A failure counts once the receiver has taken another change, and not before.
func TestFailuresCountOnceAnotherIsTaken(t *testing.T) {
	g := newGate(32, defaultPauses)
	bad, good := &item{}, &item{}
	for range 10 {
		if v, others := g.blame(bad, failure(500), start); v != suspect || len(others) > 0 || g.paused {
			t.Fatalf("the verdict is %d, paused %v", v, g.paused)
		}
	}
	if blamed := g.took(good); len(blamed) != 1 || blamed[0] != bad {
		t.Errorf("blamed are %v", blamed)
	}
	if blamed := g.took(good); len(blamed) != 0 {
		t.Errorf("blamed again are %v", blamed)
	}
	g.blame(bad, failure(500), start)
	if blamed := g.took(bad); len(blamed) != 0 {
		t.Errorf("a change that is taken is blamed: %v", blamed)
	}
}

// Several changes that fail without one being taken pause the receiver, and are forgiven.
func TestPause(t *testing.T) {
	g := newGate(32, backoff{time.Second, time.Minute})
	items := []*item{{}, {}, {}, {}}
	g.blame(items[0], failure(404), start)
	g.blame(items[1], failure(404), start)
	v, others := g.blame(items[2], failure(404), start)
	if v != forgiven || len(others) != 2 || !g.paused {
		t.Fatalf("the verdict is %d, forgiven are %d, paused %v", v, len(others), g.paused)
	}
	if ok, again := g.admits(start); ok || again.Before(start.Add(time.Second)) {
		t.Errorf("a request is admitted at once, again at %s", again)
	}
	if v, _ := g.blame(items[3], failure(404), start); v != forgiven || g.failed != 1 {
		t.Errorf("an answer that was under way made the verdict %d, pauses %d", v, g.failed)
	}
	later := start.Add(2 * time.Second)
	ok, _ := g.admits(later)
	g.begin(items[3])
	if again, _ := g.admits(later); !ok || again {
		t.Errorf("admitted are %v and %v, want one at a time", ok, again)
	}
	g.flying--
	if v, _ := g.blame(items[3], failure(404), later); v != forgiven || g.failed != 2 || g.until.Before(later.Add(2*time.Second)) {
		t.Errorf("the verdict is %d, pauses %d, until %s", v, g.failed, g.until)
	}
	if blamed := g.took(items[3]); len(blamed) != 0 || g.paused || g.failed != 0 {
		t.Errorf("blamed are %v, paused %v", blamed, g.paused)
	}
}

// A receiver that cannot be reached is paused at once: no change has a part in it.
func TestUnreachablePauses(t *testing.T) {
	g := newGate(32, defaultPauses)
	if v, _ := g.blame(&item{}, &Outcome{Class: Unreachable}, start); v != forgiven || !g.paused {
		t.Errorf("the verdict is %d, paused %v", v, g.paused)
	}
}

// What the receiver wishes is kept, for all changes; 429 is nobody's fault.
func TestHolds(t *testing.T) {
	g := newGate(32, backoff{time.Second, time.Minute})
	v, _ := g.blame(&item{}, &Outcome{Class: Throttled, Status: http.StatusTooManyRequests, RetryAfter: time.Minute}, start)
	if ok, again := g.admits(start); v != forgiven || ok || again.Before(start.Add(time.Minute)) || len(g.open) > 0 {
		t.Errorf("the verdict is %d, admitted %v, again at %s", v, ok, again)
	}
	if ok, _ := g.admits(start.Add(73 * time.Second)); !ok {
		t.Error("nothing is admitted after the wish")
	}
	v, _ = g.blame(&item{}, &Outcome{Class: Overloaded, Status: http.StatusServiceUnavailable, RetryAfter: time.Hour}, start)
	if ok, again := g.admits(start.Add(time.Minute)); v != suspect || ok || again.Before(start.Add(time.Hour)) {
		t.Errorf("the verdict is %d, admitted %v, again at %s", v, ok, again)
	}
}

// Slow answers halve what is under way, taken changes bring it back.
func TestLimit(t *testing.T) {
	g := newGate(8, defaultPauses)
	for range 200 {
		g.took(&item{})
	}
	if g.limit != 8 {
		t.Fatalf("after 200 changes %v are under way at once, want 8", g.limit)
	}
	g.blame(&item{}, failure(503), start)
	if g.limit != 4 {
		t.Errorf("after 503 %v are under way, want 4", g.limit)
	}
	g.flying = 4
	if ok, _ := g.admits(start); ok {
		t.Error("more are admitted than the limit")
	}
}
