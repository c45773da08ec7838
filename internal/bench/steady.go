package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/clvstream/clvstream/internal/bench/gauge"
	"github.com/clvstream/clvstream/internal/bench/workload"
)

// Steady is the latency at a steady rate: from when an order was due, not from when the
// producer came to make it, until a read_committed subscriber had its change.
type Steady struct {
	Name         string         `json:"name"`
	Rate         int            `json:"rate"`     // orders a second; 0: single orders on an idle system
	DueRate      float64        `json:"due_rate"` // customers a second whose due time fired beside them
	Orders       int            `json:"orders"`   // measured
	P50          float64        `json:"p50_ms"`
	P99          float64        `json:"p99_ms"`
	P999         float64        `json:"p999_ms"`
	Most         float64        `json:"max_ms"`
	ProducerLate float64        `json:"producer_late_ms"` // by how much the producer was late at most
	Processes    map[string]Use `json:"processes,omitempty"`
	CoreSpeed    float64        `json:"core_nanoseconds"`
}

// SteadyOptions say what is measured.
type SteadyOptions struct {
	Rate    int           // orders a second; 0: Singles
	Warm    time.Duration // before what is measured
	For     time.Duration // what is measured
	Singles int           // orders one by one on an idle system
	Due     int           // customers who are due from the start; 0: none
}

// RunSteady starts the programs, measures the latency of orders, and stops them.
func RunSteady(ctx context.Context, t Target, o SteadyOptions) (result Steady, err error) {
	result = Steady{Name: t.Name, Rate: o.Rate}
	if o.Due > 0 {
		t = t.with(soonLost)
		if err := t.rest(ctx, o.Due); err != nil {
			return result, err
		}
	}
	s, err := t.open(ctx)
	if err != nil {
		return result, err
	}
	defer s.close()
	subscriber, err := s.subscribe(ctx)
	if err != nil {
		return result, err
	}
	defer subscriber.close()
	programs, err := t.begin()
	if err != nil {
		return result, err
	}
	defer programs.end()
	result.CoreSpeed = gauge.CoreSpeed()
	if err := s.start(ctx, programs); err != nil {
		return result, err
	}
	if err := s.orders(ctx, o, subscriber, programs.meter(), &result); err != nil {
		return result, fmt.Errorf("%w\n%s", err, programs.logs())
	}
	subscriber.report(&result)
	return result, programs.stop()
}

// orders makes the orders and waits until the subscriber has the changes.
func (s *site) orders(ctx context.Context, o SteadyOptions, seen *subscriber, meter Meter, result *Steady) error {
	p, err := s.newPacer(o)
	if err != nil {
		return err
	}
	defer p.close()
	if o.Rate == 0 {
		return p.singles(ctx, seen)
	}
	before := Reading{}
	seen.measure(p.begin, o.Rate, int(o.Warm.Seconds()*float64(o.Rate)))
	late, err := p.run(ctx, func() { before = meter.Read() })
	if err != nil {
		return err
	}
	result.ProducerLate = late.Seconds() * 1000
	result.Processes = meter.Read().Since(before, int(o.For.Seconds()*float64(o.Rate)))
	return seen.await(ctx, p.total)
}

// Customers at rest have ordered once, three days ago; lost after a day without an order,
// they are all due at once, and never again.
const restDays = 3

var soonLost = map[string]string{
	"awake.cooling.silence_quantile": "0", "awake.dormant.silence_quantile": "0", "awake.lost.silence_days": "1",
}

// rest stores customers who are due as soon as due times fire.
func (t *Target) rest(ctx context.Context, customers int) error {
	s, err := t.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	end := time.Now().AddDate(0, 0, -restDays)
	records, err := workload.New(workload.Uniform, workload.Options{
		Events: customers, Seed: 2, Currency: s.cfg.Business.Currency.String(), End: end, Span: time.Second, Prefix: restPrefix,
	})
	if err != nil {
		return err
	}
	if err := Load(ctx, s.access, s.cfg.Input.Topics, records); err != nil {
		return err
	}
	_, err = CatchUp(ctx, t.with(map[string]string{"awake.mode": "off"}), customers, customers, CatchUpOptions{})
	return err
}

// restPrefix begins the ids of the customers at rest.
const restPrefix = "rest-"

// latencies fills in the percentiles of some latencies in milliseconds.
func (s *Steady) latencies(ms []float64) {
	slices.Sort(ms)
	s.Orders = len(ms)
	s.P50, s.P99, s.P999 = gauge.Percentile(ms, 0.5), gauge.Percentile(ms, 0.99), gauge.Percentile(ms, 0.999)
	s.Most = gauge.Percentile(ms, 1)
}
