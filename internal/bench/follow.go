package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// measure measures from now to the last change that an event caused.
func (s *site) measure(ctx context.Context, programs *running, w *waiting, run *Run, o CatchUpOptions) error {
	meter := programs.meter()
	before, began := meter.Read(), time.Now()
	if o.Restart {
		if err := s.follow(ctx, programs, w, run, began, run.Events/2); err != nil {
			return err
		}
		stopped, resumed, err := s.restart(ctx, programs, began)
		if err != nil {
			return err
		}
		defer func() {
			if seconds, ok := Recovery(run.Course, stopped, resumed); ok {
				run.RestartSeconds = &seconds
			}
		}()
	}
	if err := s.follow(ctx, programs, w, run, began, run.Events); err != nil {
		return err
	}
	if err := s.awaitPublished(ctx, programs); err != nil {
		return err
	}
	if err := AwaitReadable(ctx, s.admin, s.outputs().Changes); err != nil {
		return err
	}
	run.Finish(time.Since(began))
	if !o.Restart { // a process that has ended cannot be asked what it used
		run.Processes = meter.Read().Since(before, run.Events)
	}
	return nil
}

// follow returns when so many events are applied; if that is all of them, by all shards.
func (s *site) follow(ctx context.Context, programs *running, w *waiting, run *Run, began time.Time, until int) error {
	for pause := askSeldom; ; {
		p, all, err := s.point(ctx, w)
		if err != nil {
			return err
		}
		p.Seconds = time.Since(began).Seconds()
		run.Course = append(run.Course, p)
		if all || until < run.Events && p.Applied >= int64(until) {
			return nil
		}
		if p.Applied > int64(run.Events)*9/10 {
			pause = askOften
		}
		if err := errors.Join(programs.died(), sleep(ctx, pause)); err != nil {
			return fmt.Errorf("wait for the input, of which %d of %d records are applied: %w", p.Applied, run.Events, err)
		}
	}
}

// awaitPublished returns when everything is published that waits in the outboxes now.
func (s *site) awaitPublished(ctx context.Context, programs *running) error {
	now, err := s.store.Clock(ctx) // the outboxes' clock
	if err != nil {
		return err
	}
	for {
		oldest, err := s.store.OldestWaiting(ctx)
		if err != nil {
			return err
		}
		if oldest.IsZero() || oldest.UnixMilli() > now.UnixMilli() {
			return nil
		}
		if err := errors.Join(programs.died(), sleep(ctx, askOften)); err != nil {
			return fmt.Errorf("wait for the outboxes: %w", err)
		}
	}
}
