package webhook

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
)

// The timestamp that is signed is that of the try, the id that of the change.
func TestTimestampIsOfTheTry(t *testing.T) {
	var failing atomic.Bool
	failing.Store(true)
	r := newReceiver(t, func(call) int {
		if failing.Load() {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	s := newSite(t, testbed.EmbeddedPair(t), r)
	s.webhook.Schedule = Schedule{1100 * time.Millisecond}
	s.start(t)
	s.write(t, 1, "c1")
	testbed.Await(t, "the first try", func() bool { return len(r.all()) == 1 })
	failing.Store(false)
	testbed.Await(t, "the second try", func() bool { return len(r.all()) == 2 })
	calls := r.all()
	if calls[0].id != calls[1].id {
		t.Errorf("the ids are %s and %s", calls[0].id, calls[1].id)
	}
	for _, c := range calls {
		seconds, err := strconv.ParseInt(c.header.Get("webhook-timestamp"), 10, 64)
		if off := c.at.Unix() - seconds; err != nil || off < 0 || off > 1 {
			t.Errorf("the timestamp is %s, the try was at %d", c.header.Get("webhook-timestamp"), c.at.Unix())
		}
	}
	if calls[0].header.Get("webhook-timestamp") == calls[1].header.Get("webhook-timestamp") {
		t.Error("both tries have one timestamp")
	}
	for name, want := range map[string]string{"Content-Type": "application/json", "User-Agent": "clvstream-webhook/test", "Idempotency-Key": ""} {
		if got := calls[0].header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// While keys change, a receiver verifies with either: the harness has the second here.
func TestKeysRotate(t *testing.T) {
	r := newReceiver(t, nil)
	s := newSite(t, testbed.EmbeddedPair(t), r)
	s.webhook.Keys = keys(t, "whsec_bmV3ZXItc2VjcmV0LW9mLXRoaXJ0eS10d28tYnl0ZXM=", secretText)
	s.start(t)
	s.write(t, 1, "c1")
	testbed.Await(t, "it to be taken", func() bool { return s.complete(r, 0) })
	if signatures := strings.Fields(r.all()[0].header.Get("webhook-signature")); len(signatures) != 2 || signatures[0] == signatures[1] {
		t.Errorf("the signatures are %q", signatures)
	}
}

// A receiver that wants fewer requests gets none for as long as it says, and no change dies of it.
func TestThrottledReceiver(t *testing.T) {
	var calls atomic.Int64
	r := newReceiver(t, func(call) int {
		if calls.Add(1)%3 > 0 {
			return http.StatusTooManyRequests
		}
		return http.StatusOK
	})
	s := newSite(t, testbed.EmbeddedPair(t), r)
	s.webhook.Schedule = Schedule{} // one try: a second one shows that 429 is none
	s.pauses = backoff{time.Millisecond, 5 * time.Millisecond}
	s.start(t)
	s.write(t, 5, customers(10)...)
	testbed.Await(t, "everything to be taken", func() bool { return s.complete(r, 0) })
	s.wantOrder(t, r)
	if dead := s.records(t, DeadTopic(s.namespace, "crm")); len(dead) > 0 {
		t.Errorf("%d changes died", len(dead))
	}
}

// The rate holds over all customers.
func TestRate(t *testing.T) {
	r := newReceiver(t, nil)
	s := newSite(t, testbed.EmbeddedPair(t), r)
	s.webhook.RatePerSecond = 50
	s.start(t)
	s.write(t, 3, customers(20)...)
	testbed.Await(t, "everything to be taken", func() bool { return s.complete(r, 0) })
	calls := r.all()
	const burst = 5 // a tenth of a second's
	if took := calls[len(calls)-1].at.Sub(calls[0].at); took < (60-burst-1)*20*time.Millisecond {
		t.Errorf("60 requests took %s at a rate of 50 a second", took)
	}
}

// A record that is no change is dead at once, in its customer's turn.
func TestMalformedRecordsDie(t *testing.T) {
	onKafka(t, func(t *testing.T, pair *testbed.Pair) {
		r := newReceiver(t, nil)
		s := newSite(t, pair, r)
		s.start(t)
		testbed.Produce(t, s.writer, s.change("c1"), &kgo.Record{Topic: s.webhook.Source, Key: []byte("c1"), Value: []byte("{")}, s.change("c1"))
		testbed.Await(t, "the others to be taken", func() bool { return s.complete(r, 0) })
		testbed.Await(t, "it to be dead", func() bool { return len(s.records(t, DeadTopic(s.namespace, "crm"))) == 1 })
		if dead := s.records(t, DeadTopic(s.namespace, "crm")); headerOf(dead[0], HeaderReason) != string(Malformed) || string(dead[0].Value) != "{" {
			t.Errorf("it died of %s with the value %q", headerOf(dead[0], HeaderReason), dead[0].Value)
		}
		s.wantOrder(t, r)
	})
}
