package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/backlog"
	"github.com/clvstream/clvstream/internal/bench/gauge"
)

const (
	// askSeldom and askOften are how often the servers are asked how far a run is: asking
	// costs them a little, and near the end it decides how exact the time is.
	askSeldom = 250 * time.Millisecond
	askOften  = 50 * time.Millisecond
	// startWithin bounds the start of the programs.
	startWithin = time.Minute
	// settleWithin bounds the wait for due times after the last event.
	settleWithin = 5 * time.Minute
)

// CatchUpOptions say what else is done in a run.
type CatchUpOptions struct {
	Verify  bool // check the result with clvstream verify
	Restart bool // in the middle, restart the consumers with empty caches
}

// CatchUp starts the programs, measures them until the input that waits is applied and
// the changes can be read by read_committed, and stops them. events and customers are how
// many wait.
func CatchUp(ctx context.Context, t Target, events, customers int, o CatchUpOptions) (run Run, err error) {
	run = Run{Events: events, Customers: customers, CoreSpeed: gauge.CoreSpeed()}
	s, err := t.open(ctx)
	if err != nil {
		return run, err
	}
	defer s.close()
	empty, err := s.usedMemory(ctx)
	if err != nil {
		return run, err
	}
	w, err := s.waiting(ctx)
	if err != nil {
		return run, err
	}
	programs, err := t.begin()
	if err != nil {
		return run, err
	}
	defer programs.end()
	if err := s.start(ctx, programs); err != nil {
		return run, err
	}
	if err := s.measure(ctx, programs, w, &run, o); err != nil {
		return run, fmt.Errorf("%w\n%s", err, programs.logs())
	}
	if err := s.settle(ctx, &run, empty); err != nil {
		return run, err
	}
	if err := programs.stop(); err != nil {
		return run, err
	}
	if o.Verify {
		return run, t.verify(ctx, &run)
	}
	return run, nil
}

// start starts the publisher, waits until it has its lanes, and then the consumers: what
// is measured begins when these have their partitions.
func (s *site) start(ctx context.Context, programs *running) error {
	if err := programs.startPublisher(); err != nil {
		return err
	}
	if err := s.awaitMembers(ctx, programs, s.cfg.Publisher.Group, 1); err != nil {
		return err
	}
	if err := programs.startConsumers(); err != nil {
		return err
	}
	return s.awaitMembers(ctx, programs, s.cfg.Input.Group, len(programs.consumers))
}

// awaitMembers waits until a group has so many members and each its share.
func (s *site) awaitMembers(ctx context.Context, programs *running, group string, members int) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for ; ; time.Sleep(5 * time.Millisecond) {
		described, err := s.admin.DescribeGroups(ctx, group)
		if err == nil && described[group].State == "Stable" && len(described[group].Members) == members {
			return nil
		}
		if err := errors.Join(programs.died(), ctx.Err()); err != nil {
			return fmt.Errorf("wait for %d members of group %s: %w\n%s", members, group, err, programs.logs())
		}
	}
}

// settle waits until nothing is due, and then reads what the state takes.
func (s *site) settle(ctx context.Context, run *Run, emptyBytes int64) error {
	ended := time.Now()
	waiting, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	if err := backlog.Wait(waiting, s.admin, s.store, s.cfg.ReadTopics(), assembly.Clock(s.cfg)); err != nil {
		return err
	}
	run.SettleSeconds = time.Since(ended).Seconds()
	full, err := s.usedMemory(ctx)
	if err != nil {
		return err
	}
	if run.Customers > 0 {
		run.BytesPerCustomer = float64(full-emptyBytes) / float64(run.Customers)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
