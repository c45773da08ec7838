package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/bench/workload"
)

// pacer makes orders when they are due.
type pacer struct {
	client  *kgo.Client
	topic   string
	records *workload.Stream
	begin   time.Time // when the first order is due
	rate    int       // orders a second
	warm    int       // of them are not measured
	total   int
}

// producerLinger is the linger.ms that Kafka's Java producer has by default since 4.0.
const producerLinger = 5 * time.Millisecond

func (s *site) newPacer(o SteadyOptions) (*pacer, error) {
	p := &pacer{topic: s.cfg.Input.Topics[0], rate: o.Rate, total: o.Singles, begin: time.Now().Add(time.Second)}
	name, span := workload.Uniform, time.Duration(0)
	if o.Rate > 0 {
		name, span = workload.Shop, o.Warm+o.For
		p.warm, p.total = int(o.Warm.Seconds()*float64(o.Rate)), int(span.Seconds()*float64(o.Rate))
	}
	var err error
	if p.records, err = workload.New(name, workload.Options{
		Events: p.total, Seed: 7, Currency: s.cfg.Business.Currency.String(), End: p.begin.Add(span), Span: span,
	}); err != nil {
		return nil, err
	}
	options, err := producerOptions(s.access, producerLinger)
	if err != nil {
		return nil, err
	}
	p.client, err = kgo.NewClient(options...)
	return p, err
}

func (p *pacer) close() { p.client.Close() }

// due is when the order of a number is due.
func due(begin time.Time, rate, number int) time.Time {
	return begin.Add(time.Duration(float64(number) / float64(rate) * float64(time.Second)))
}

// run makes all orders at the rate. It says when the first comes that is measured, and
// returns by how much it was late at most from then on.
func (p *pacer) run(ctx context.Context, warmed func()) (late time.Duration, err error) {
	var delivered kgo.FirstErrPromise
	for made := 0; made < p.total; {
		now := time.Now()
		for ; made < p.total && !due(p.begin, p.rate, made).After(now); made++ {
			if made == p.warm {
				warmed()
			}
			if made >= p.warm {
				late = max(late, time.Since(due(p.begin, p.rate, made)))
			}
			p.produce(ctx, delivered.Promise())
		}
		if err := sleep(ctx, time.Millisecond); err != nil {
			return late, err
		}
	}
	if err := p.client.Flush(ctx); err != nil {
		return late, fmt.Errorf("make orders: %w", err)
	}
	return late, delivered.Err()
}

func (p *pacer) produce(ctx context.Context, done func(*kgo.Record, error)) {
	r, _ := p.records.Next()
	p.client.Produce(ctx, &kgo.Record{Topic: p.topic, Key: r.Key, Value: r.Value}, done)
}

// singles makes orders one by one, each after a pause in which the system is idle.
func (p *pacer) singles(ctx context.Context, seen *subscriber) error {
	for number := range p.total {
		if err := sleep(ctx, 200*time.Millisecond+rand.N(200*time.Millisecond)); err != nil {
			return err
		}
		seen.measure(time.Now().Add(-time.Duration(number)*time.Second), 1, 0)
		var delivered kgo.FirstErrPromise
		p.produce(ctx, delivered.Promise())
		if err := seen.await(ctx, number+1); err != nil {
			return err
		}
	}
	return nil
}
