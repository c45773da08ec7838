package stream

import (
	"context"
	"sync"
	"time"
)

const (
	// wakeWindow is how far shards may be apart in what they catch up on after an
	// absence, or a share of how far they are behind if that is more: years of which
	// few days have anything would else be gone through day by day.
	wakeWindow      = 24 * time.Hour
	wakeWindowShare = 20
	// heldPause is how often a lane looks whether the others have come to where it is.
	heldPause = 50 * time.Millisecond
	// holdPatience is for how long the shards of other lanes are waited for that do
	// not come nearer: nobody may fire them, or nobody can.
	holdPatience = 30 * time.Second
)

// abreast bounds how far the lane fires, so that all shards catch up on the same
// days, whoever fires them.
func (w *waker) abreast(ctx context.Context, earliestMicros, untilMicros int64) (int64, error) {
	store := w.publisher.config.Store
	all := make([]int, store.Shards())
	for shard := range all {
		all[shard] = shard
	}
	next, err := store.Next(ctx, all)
	if err != nil {
		return 0, err
	}
	earliest := earliestMicros
	for _, at := range next {
		if at != 0 {
			earliest = min(earliest, at)
		}
	}
	if earliest != w.heldAt {
		w.heldAt, w.heldSince = earliest, time.Now()
	}
	if time.Since(w.heldSince) > holdPatience {
		earliest = earliestMicros
	}
	window := max(wakeWindow.Microseconds(), (untilMicros-earliest)/wakeWindowShare)
	return min(untilMicros, earliest+window), nil
}

// advance tells lanes that another one has fired something.
type advance struct {
	mu    sync.Mutex
	waits chan struct{} // closed by the next tell; nil: nobody waits
}

func (a *advance) next() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waits == nil {
		a.waits = make(chan struct{})
	}
	return a.waits
}

func (a *advance) tell() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waits != nil {
		close(a.waits)
		a.waits = nil
	}
}
