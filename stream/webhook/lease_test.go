package webhook

import (
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/clvstream/clvstream/internal/testbed"
)

// Only what the group has answered keeps the lease, each answer by the sign of life before it,
// and no longer than a session.
func TestLease(t *testing.T) {
	const session = 300 * time.Millisecond
	l := newLease(session)
	sign := func(key kmsg.Key, e kgo.BrokerE2E) { l.OnBrokerE2E(kgo.BrokerMetadata{}, int16(key), e) }
	sign(kmsg.Fetch, kgo.BrokerE2E{})
	sign(kmsg.Fetch, kgo.BrokerE2E{})
	sign(kmsg.JoinGroup, kgo.BrokerE2E{ReadWait: time.Hour}) // which waited for others
	sign(kmsg.SyncGroup, kgo.BrokerE2E{ReadErr: errors.New("no answer")})
	if l.holds() {
		t.Error("it holds by a sign of life whose answer may have been that we are not known")
	}
	sign(kmsg.SyncGroup, kgo.BrokerE2E{})
	if !l.holds() {
		t.Error("it does not hold by a sign of life that was followed by another")
	}
	time.Sleep(session + 10*time.Millisecond) // frozen, in the eyes of the group dead
	sign(kmsg.Heartbeat, kgo.BrokerE2E{})     // UNKNOWN_MEMBER_ID, for all that the hook sees
	if l.holds() {
		t.Error("it holds beyond a session, by an answer that may say so")
	}
	sign(kmsg.Heartbeat, kgo.BrokerE2E{})
	if !l.holds() {
		t.Error("it does not hold again")
	}
	sign(kmsg.Heartbeat, kgo.BrokerE2E{ReadWait: 2 * session})
	sign(kmsg.Heartbeat, kgo.BrokerE2E{})
	if l.holds() {
		t.Error("it holds by a sign of life that was sent too long ago")
	}
}

// Without the lease nothing is sent: another process may have the partitions.
func TestNothingIsSentWithoutTheLease(t *testing.T) {
	r := newReceiver(t, nil)
	s := newSite(t, testbed.EmbeddedPair(t), r)
	sender, _ := s.start(t)
	s.write(t, 1, "c1")
	testbed.Await(t, "the first to be taken", func() bool { return s.complete(r, 0) })
	d := sender.deliveries[0]
	var held *lease
	d.do(func() { held, d.member.lease = d.member.lease, newLease(time.Minute) })
	s.write(t, 3, customers(10)...)
	testbed.Await(t, "them to be read", func() bool { return d.figures().held == 30 })
	time.Sleep(300 * time.Millisecond)
	if n := len(r.all()); n != 1 {
		t.Errorf("%d requests were sent without the lease", n-1)
	}
	d.do(func() { d.member.lease = held })
	testbed.Await(t, "everything to be taken", func() bool { return s.complete(r, 0) })
	s.wantOrder(t, r)
}
