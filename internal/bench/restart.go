package bench

import (
	"context"
	"time"
)

// restart ends the consumers in the middle of a run and starts others, whose caches are
// empty. It returns between which seconds of the run there was none at work.
func (s *site) restart(ctx context.Context, programs *running, began time.Time) (stopped, resumed float64, err error) {
	stopped = time.Since(began).Seconds()
	if err := programs.stopConsumers(); err != nil {
		return 0, 0, err
	}
	if err := programs.startConsumers(); err != nil {
		return 0, 0, err
	}
	if err := s.awaitMembers(ctx, programs, s.cfg.Input.Group, len(programs.consumers)); err != nil {
		return 0, 0, err
	}
	return stopped, time.Since(began).Seconds(), nil
}

// Recovery is how long after a restart a second began that brought nine tenths of the
// speed before it; ok is false if none did.
func Recovery(course []Point, stopped, resumed float64) (seconds float64, ok bool) {
	before := 0.0
	for _, p := range course {
		if p.Seconds > 0 && p.Seconds <= stopped {
			before = float64(p.Applied) / p.Seconds
		}
	}
	for i, from := range course {
		if from.Seconds < resumed {
			continue
		}
		for _, to := range course[i:] {
			span := to.Seconds - from.Seconds
			if span < 1 {
				continue
			}
			if float64(to.Applied-from.Applied)/span >= before*9/10 {
				return from.Seconds - resumed, true
			}
			break
		}
	}
	return 0, false
}
