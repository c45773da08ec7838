package webhook

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

// standing reads what stands of the webhook.
func (s *site) standing(t testing.TB) Standing {
	t.Helper()
	standings, _, err := ReadStandings(t.Context(), cluster.Access{Brokers: s.pair.Brokers, ClientID: "test"}, s.namespace)
	if err != nil {
		t.Fatal(err)
	}
	return standings["crm"]
}

// set writes a changed standing, as the operator's commands do.
func (s *site) set(t testing.TB, change func(*Standing)) {
	t.Helper()
	standing := s.standing(t)
	change(&standing)
	if err := WriteStanding(t.Context(), s.writer, s.namespace, "crm", standing); err != nil {
		t.Fatal(err)
	}
}

// 410 disables the webhook, also for the next process; what comes meanwhile waits, and is sent
// when it is enabled.
func TestGoneDisables(t *testing.T) {
	onKafka(t, func(t *testing.T, pair *testbed.Pair) {
		var gone atomic.Bool
		r := newReceiver(t, func(call) int {
			if gone.Load() {
				return http.StatusGone
			}
			return http.StatusOK
		})
		s := newSite(t, pair, r)
		_, stop := s.start(t)
		s.write(t, 2, customers(5)...)
		testbed.Await(t, "the first to be taken", func() bool { return s.complete(r, 0) })
		gone.Store(true)
		s.write(t, 2, customers(5)...)
		testbed.Await(t, "410 to be kept", func() bool { return s.standing(t).Disabled })
		if reason := s.standing(t).Reason; reason != ReasonGone {
			t.Errorf("the reason is %q", reason)
		}
		stop()
		asked := len(r.all())
		gone.Store(false)
		sender, _ := s.start(t)
		s.write(t, 1, customers(5)...)
		time.Sleep(time.Second)
		if n := len(r.all()); n != asked {
			t.Errorf("a disabled webhook sent %d requests", n-asked)
		}
		if !sender.deliveries[0].figures().disabled {
			t.Error("metrics do not say that it is disabled")
		}
		s.set(t, func(standing *Standing) { standing.Disabled = false })
		testbed.Await(t, "everything to be taken", func() bool { return s.complete(r, 0) })
		s.wantOrder(t, r)
	})
}

// What waits may be left out when a webhook is enabled, and stays so.
func TestSkips(t *testing.T) {
	onKafka(t, func(t *testing.T, pair *testbed.Pair) {
		r := newReceiver(t, nil)
		s := newSite(t, pair, r)
		_, stop := s.start(t)
		s.set(t, func(standing *Standing) { standing.Disabled = true })
		time.Sleep(300 * time.Millisecond)
		s.write(t, 3, customers(5)...)
		clear(s.written)
		skip := func(standing *Standing) {
			standing.Disabled = false
			var err error
			if standing.Begin, err = Ends(t.Context(), adminOf(s.writer), s.webhook.Source); err != nil {
				t.Fatal(err)
			}
		}
		s.set(t, skip)
		s.write(t, 3, "later")
		testbed.Await(t, "the later ones to be taken", func() bool { return s.complete(r, 0) })
		stop()
		_, stop = s.start(t)
		s.write(t, 1, "later")
		testbed.Await(t, "the last to be taken", func() bool { return s.complete(r, 0) })
		stop()
		for _, c := range r.all() {
			if c.customer != "later" {
				t.Errorf("%s was sent", c.id)
			}
		}
		s.wantOrder(t, r)
	})
}

// What retention takes before it is sent is counted, and the rest goes on.
func TestRetentionIsShorterThanTheReceiverWasAway(t *testing.T) {
	onKafka(t, func(t *testing.T, pair *testbed.Pair) {
		r := newReceiver(t, nil)
		s := newSite(t, pair, r)
		_, stop := s.start(t)
		s.write(t, 1, "c1")
		testbed.Await(t, "the first to be taken", func() bool { return s.complete(r, 0) })
		stop()
		s.write(t, 5, "c1")
		ends, err := adminOf(s.writer).ListEndOffsets(t.Context(), s.webhook.Source)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := adminOf(s.writer).DeleteRecords(t.Context(), ends.Offsets()); err != nil {
			t.Fatal(err)
		}
		s.write(t, 1, "c1")
		var log bytes.Buffer
		before := slog.Default()
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError})))
		t.Cleanup(func() { slog.SetDefault(before) })
		_, stop = s.start(t)
		testbed.Await(t, "the last to be taken", func() bool { return len(r.all()) == 2 })
		if last := r.all()[1]; last.version != 7 {
			t.Errorf("version %d was sent, want 7", last.version)
		}
		stop()
		if !strings.Contains(log.String(), "no longer has changes") || !strings.Contains(log.String(), "offsets=5") {
			t.Errorf("the log does not say what is lost: %s", log.String())
		}
	})
}
