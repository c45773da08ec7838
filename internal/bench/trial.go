package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"time"

	"github.com/clvstream/clvstream/internal/bench/workload"
)

// Trial is a benchmark of one deployment on servers that run already.
type Trial struct {
	Workload string
	Events   int // of each run; 0: no catching up
	Repeats  int
	Verify   bool
	Steady   []SteadyOptions
	Progress func(format string, values ...any)
}

// Try runs a trial. Each run has a namespace of its own, whose topics and keys are deleted
// in the end, also when the run fails.
func (t Target) Try(ctx context.Context, o Trial) (*Report, error) {
	report := &Report{Workload: o.Workload, Events: o.Events, Cores: runtime.NumCPU()}
	arm := Arm{Name: t.Name}
	for repeat := range o.Repeats {
		if o.Events == 0 {
			break
		}
		err := t.apart(ctx, func(t Target, s *site) error {
			run, err := t.tryOnce(ctx, s, o)
			if err == nil {
				o.Progress("run %d of %d: %.0f events/s %s", repeat+1, o.Repeats, run.EventsPerSecond, run.Verdict)
			}
			arm.Runs, report.Partitions = append(arm.Runs, run), s.cfg.Topics.Partitions
			return err
		})
		if err != nil {
			return nil, err
		}
		report.Arms = []Arm{arm}
	}
	for _, mode := range o.Steady {
		err := t.apart(ctx, func(t Target, _ *site) error {
			found, err := RunSteady(ctx, t, mode)
			report.Steady = append(report.Steady, found)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return report, nil
}

// tryOnce loads a workload that ends now, over two years, and measures how it is caught up.
func (t Target) tryOnce(ctx context.Context, s *site, o Trial) (Run, error) {
	records, err := workload.New(o.Workload, workload.Options{
		Events: o.Events, Seed: 1, Currency: s.cfg.Business.Currency.String(), End: time.Now(), Span: TwoYears,
	})
	if err != nil {
		return Run{}, err
	}
	if err := Load(ctx, s.access, s.cfg.Input.Topics, records); err != nil {
		return Run{}, err
	}
	o.Progress("%d events of %d customers wait", o.Events, records.Customers())
	return CatchUp(ctx, t, o.Events, records.Customers(), CatchUpOptions{Verify: o.Verify})
}

// TwoYears is the time in which a workload's events happen, up to now: due times come as
// they would, and few are left when the events are through.
const TwoYears = 2 * 365 * 24 * time.Hour

// apart calls run with the target in a new namespace, and deletes that afterwards.
func (t Target) apart(ctx context.Context, run func(Target, *site) error) error {
	namespace := fmt.Sprintf("bench-%x", time.Now().UnixMicro())
	set := map[string]string{
		"namespace": namespace, "input.group": namespace + "-consumer", "publisher.group": namespace + "-publisher",
		"telemetry.consumer_listen": "127.0.0.1:0", "telemetry.publisher_listen": "127.0.0.1:0",
	}
	// A topic without records would hold due times back: only a workload with churn has two.
	set["input.topics"] = namespace + ".orders"
	maps.Copy(set, t.Set)
	t.Set = set
	s, err := t.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	err = run(t, s)
	cleaning, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return errors.Join(err, s.forget(cleaning))
}
