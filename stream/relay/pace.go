package relay

import (
	"context"
	"time"

	"github.com/clvstream/clvstream/stream/cluster"
)

// longestPause is how long a lane with nothing to do waits before it looks
// again: it bounds the latency of the first change after a quiet time.
const longestPause = 15 * time.Millisecond

// longestLinger bounds what a slow broker adds to the latency by itself.
const longestLinger = 100 * time.Millisecond

// pace pauses while there is work half as long as the last transaction took, so that
// transactions grow with the load instead of multiplying: each costs the brokers as
// much with one change in it as with a hundred. While there is no work it pauses
// longer and longer.
type pace struct {
	shortest time.Duration
	next     time.Duration
}

func (p *pace) sleep(ctx context.Context, moved bool, took time.Duration) {
	if moved {
		p.next = max(p.shortest, min(took/2, longestLinger))
	} else {
		p.next = min(max(p.next*2, p.shortest), max(longestPause, p.shortest))
	}
	cluster.Wait(ctx, p.next)
}
