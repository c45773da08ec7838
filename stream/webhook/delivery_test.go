package webhook

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/testbed"
)

// All is delivered, in order per customer, and the position is kept: the next process sends
// nothing again.
func TestDelivers(t *testing.T) {
	onKafka(t, func(t *testing.T, pair *testbed.Pair) {
		r := newReceiver(t, nil)
		s := newSite(t, pair, r)
		s.write(t, 1, "before") // a new webhook begins with what comes
		delete(s.written, "before")
		_, stop := s.start(t)
		s.write(t, 20, customers(20)...)
		testbed.Await(t, "everything to be taken", func() bool { return s.complete(r, 0) })
		stop()
		s.wantOrder(t, r)
		n := len(r.all())
		if n != 400 {
			t.Errorf("%d requests were sent, want 400", n)
		}
		_, stop = s.start(t)
		s.write(t, 1, "last")
		testbed.Await(t, "the last to be taken", func() bool { return s.complete(r, 0) })
		stop()
		if len(r.all()) != n+1 {
			t.Errorf("%d requests were sent again", len(r.all())-n-1)
		}
	})
}

// A receiver that is down for many times the schedule gets everything in order once it is
// back, and nothing has died.
func TestReceiverIsDown(t *testing.T) {
	for name, status := range map[string]int{"errors": http.StatusInternalServerError, "overloaded": http.StatusBadGateway, "breaks": 0} {
		t.Run(name, func(t *testing.T) {
			onKafka(t, func(t *testing.T, pair *testbed.Pair) {
				var down atomic.Bool
				r := newReceiver(t, func(call) int {
					if down.Load() {
						return status
					}
					return http.StatusOK
				})
				s := newSite(t, pair, r)
				sender, _ := s.start(t)
				s.write(t, 2, customers(10)...)
				testbed.Await(t, "the first to be taken", func() bool { return s.complete(r, 0) })
				before := len(r.all())
				down.Store(true)
				s.write(t, 20, customers(30)...)
				testbed.Await(t, "the pause", func() bool { return sender.deliveries[0].figures().paused })
				time.Sleep(2 * time.Second) // the schedule is 70 ms: every change could have died ten times
				asked := len(r.all()) - before
				if asked > 60 {
					t.Errorf("the receiver was asked %d times while it was down", asked)
				}
				down.Store(false)
				testbed.Await(t, "everything to be taken", func() bool { return s.complete(r, 0) })
				s.wantOrder(t, r)
				if dead := s.records(t, DeadTopic(s.namespace, "crm")); len(dead) > 0 {
					t.Errorf("%d changes died", len(dead))
				}
				t.Logf("asked %d times while it was down", asked)
			})
		})
	}
}

// A receiver that cannot be reached at all is asked seldom as well.
func TestReceiverIsAway(t *testing.T) {
	r := newReceiver(t, nil)
	s := newSite(t, testbed.EmbeddedPair(t), r)
	away := newReceiver(t, nil)
	away.server.Close()
	s.webhook.URL = away.server.URL
	sender, stop := s.start(t)
	s.write(t, 3, customers(10)...)
	testbed.Await(t, "the pause", func() bool { return sender.deliveries[0].figures().paused })
	time.Sleep(500 * time.Millisecond)
	stop()
	s.webhook.URL = r.server.URL
	s.start(t)
	testbed.Await(t, "everything to be taken", func() bool { return s.complete(r, 0) })
	s.wantOrder(t, r)
	if dead := s.records(t, DeadTopic(s.namespace, "crm")); len(dead) > 0 {
		t.Errorf("%d changes died", len(dead))
	}
}

// A change that the receiver never takes dies alone: the others go on meanwhile, also those
// of other customers of its partition, and its customer's next follows after it is dead.
func TestPoisonDiesAlone(t *testing.T) {
	onKafka(t, func(t *testing.T, pair *testbed.Pair) {
		r := newReceiver(t, func(c call) int {
			if c.customer == "c3" && c.version == 2 {
				return http.StatusUnprocessableEntity
			}
			return http.StatusOK
		})
		s := newSite(t, pair, r)
		s.webhook.Schedule = Schedule{10 * time.Millisecond, 300 * time.Millisecond, 300 * time.Millisecond}
		_, stop := s.start(t)
		s.write(t, 5, customers(10)...)
		testbed.Await(t, "all others to be taken", func() bool { return s.complete(r, 4) })
		for !s.complete(r, 1) { // tries count while others are taken
			s.write(t, 1, "other")
			time.Sleep(20 * time.Millisecond)
		}
		testbed.Await(t, "the rest to be taken", func() bool { return s.complete(r, 1) })
		stop()
		s.wantOrder(t, r, "orders/c3/2")
		dead := s.records(t, DeadTopic(s.namespace, "crm"))
		if len(dead) != 1 || headerOf(dead[0], "ce_id") != "orders/c3/2" {
			t.Fatalf("dead are %d, want orders/c3/2 alone", len(dead))
		}
		if reason, status, tries := headerOf(dead[0], HeaderReason), headerOf(dead[0], HeaderStatus), headerOf(dead[0], HeaderTries); reason != "refused" || status != "422" || tries != "4" {
			t.Errorf("it died of %s, %s, after %s tries", reason, status, tries)
		}
	})
}
