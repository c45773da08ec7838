package due

import (
	"context"
	"sync"
	"time"
)

const (
	// window is how far shards may be apart in what they catch up on after an
	// absence, or a share of how far they are behind if that is more: years of which
	// few days have anything would else be gone through day by day.
	window      = 24 * time.Hour
	windowShare = 20
	// otherLanesPoll is how often a lane checks whether the others have caught up.
	otherLanesPoll = 50 * time.Millisecond
	// otherLanesPatience is how long a lane waits for shards of other lanes that make no
	// progress: they may have no owner, or their owner cannot fire them.
	otherLanesPatience = 30 * time.Second
)

// catchUpWindow bounds how far the lane fires, µs, so that all shards catch up on the
// same days, in all lanes.
func (l *Lane) catchUpWindow(ctx context.Context, earliestMicros, untilMicros int64) (int64, error) {
	store := l.firing.store
	next, err := store.Next(ctx, store.AllShards())
	if err != nil {
		return 0, err
	}
	earliest := earliestMicros
	for _, at := range next {
		if at != 0 {
			earliest = min(earliest, at)
		}
	}
	if earliest != l.waitingFor {
		l.waitingFor, l.waitingSince = earliest, time.Now()
	}
	if time.Since(l.waitingSince) > otherLanesPatience {
		earliest = earliestMicros
	}
	width := max(window.Microseconds(), (untilMicros-earliest)/windowShare)
	return min(untilMicros, earliest+width), nil
}

// signal wakes the waiting lanes after another one has fired something.
type signal struct {
	mu    sync.Mutex
	waits chan struct{} // closed when it is given; nil: nobody waits
}

func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waits == nil {
		s.waits = make(chan struct{})
	}
	return s.waits
}

func (s *signal) give() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waits != nil {
		close(s.waits)
		s.waits = nil
	}
}
