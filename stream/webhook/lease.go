package webhook

import (
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// lease is for how long the group surely takes this process for alive. Beyond it another
// process may have the partitions, and one that was frozen must not go on sending what that
// one has sent since.
//
// A session begins with each sign of life, when it is sent. That it was answered does not say
// how: the group may have answered that it knows us no more. Then the partitions are lost
// before the next one is sent. So an answer proves the sign of life before it.
type lease struct {
	session time.Duration

	mu     sync.Mutex
	signed time.Time // the latest sign of life that was answered
	proven time.Time // the one before
}

func newLease(session time.Duration) *lease { return &lease{session: session} }

// signsOfLife are the requests by which a session begins anew, by Kafka's numbers.
var signsOfLife = map[int16]bool{
	int16(kmsg.JoinGroup): true, int16(kmsg.SyncGroup): true, int16(kmsg.Heartbeat): true,
}

// OnBrokerE2E is called after each request.
func (l *lease) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e kgo.BrokerE2E) {
	if !signsOfLife[key] || e.Err() != nil {
		return
	}
	sent := time.Now().Add(-e.DurationE2E())
	if key == int16(kmsg.JoinGroup) {
		sent = time.Now() // the group waits with its answer for others, and counts from there
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.proven, l.signed = l.signed, sent
}

// holds says whether the group surely takes this process for alive.
func (l *lease) holds() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.proven.IsZero() && time.Since(l.proven) < l.session
}
