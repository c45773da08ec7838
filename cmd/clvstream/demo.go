package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/backlog"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/embedded"
	"github.com/clvstream/clvstream/internal/verify"
	"github.com/clvstream/clvstream/stream"
)

func newDemo() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the whole system in this process, with a simulated shop or a file of real orders",
		Long: `Starts a Kafka broker and a Redis server inside the process (kfake, miniredis) and
the same consumer and publisher that run in production, over the real protocols.

Without --input a shop is simulated: a year of history, then live traffic at one
simulated day a second. Changes are shown as they are announced, until Ctrl-C or
--for; then everything is verified and summed up. Customers have tiers (bronze from
50, silver from 200, gold from 600) and stages of silence, and fall from them as the
compressed time goes by: due times follow the events (awake.mode event).

With --input a file of real orders goes through the same path at full speed, and
one JSON object (--json) or a summary is printed. Exit status 0 only if verified.`,
		Example: `  clvstream demo --for 20s
  clvstream demo --input CDNOW_sample.txt --format cdnow --json
  clvstream demo --input orders.csv --model mbgnbd.yaml`,
		Args: cli.NoArguments,
	}
	d := demo{input: addInputFlags(cmd), shop: addShopFlags(cmd, 2000)}
	cmd.Flags().DurationVar(&d.liveFor, "for", 0, "end after this long; 0: on Ctrl-C")
	cmd.Flags().StringVar(&d.modelFile, "model", "", "value customers with this model `file`")
	cmd.Flags().BoolVar(&d.asJSON, "json", false, "print one JSON object at the end, and no changes")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return d.run(cmd) }
	return cmd
}

// demo is one run on the embedded pair.
type demo struct {
	input     *inputFlags
	shop      *shopFlags
	liveFor   time.Duration
	modelFile string
	asJSON    bool
}

// drainPatience bounds the wait for the last change after the last event.
const drainPatience = 2 * time.Minute

func (d *demo) run(cmd *cobra.Command) error {
	cfg, from, err := load(cmd)
	if err != nil {
		return err
	}
	awaken(&cfg, from)
	servers, err := embedded.Start()
	if err != nil {
		return err
	}
	defer servers.Close()
	cfg.Kafka = config.Kafka{Brokers: servers.Brokers(), ClientID: "clvstream-demo", SASL: config.SASL{Mechanism: config.SASLNone}}
	cfg.Redis = config.Redis{Addresses: []string{servers.RedisAddress()}, Mode: config.RedisSingle, Checks: config.ChecksOff}
	if d.modelFile != "" {
		cfg.Model = config.Model{File: d.modelFile}
	}
	// What the user asked to end is the traffic; what is in the pipes is still
	// brought to its end and verified.
	ctx := context.WithoutCancel(cmd.Context())
	pipeline, err := startPipeline(ctx, cfg)
	if err != nil {
		return err
	}
	began := time.Now()
	events, err := d.traffic(cmd, pipeline)
	if err == nil {
		err = pipeline.drain(ctx)
	}
	took := time.Since(began)
	if err != nil {
		return errors.Join(err, pipeline.stop())
	}
	report, err := pipeline.verify(ctx, 10, nil)
	if err = errors.Join(err, pipeline.stop()); err != nil {
		return err
	}
	return d.report(cmd.OutOrStdout(), report, events, took)
}

// traffic sends what the demo is about and says how many events that were.
func (d *demo) traffic(cmd *cobra.Command, p *pipeline) (int64, error) {
	if d.input.path == "" {
		return d.simulate(cmd, p)
	}
	reader, file, err := d.input.open(p.cfg)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	var failed error
	sent, err := publish(cmd.Context(), p.system, eventsOf(reader, p.cfg, cmd.ErrOrStderr(), &failed), 0, io.Discard)
	return sent, errors.Join(err, failed)
}

// openEnd is how much live time is laid out when the demo has no end: one day a
// second for six hours.
const openEnd = 6 * time.Hour

func (d *demo) simulate(cmd *cobra.Command, p *pipeline) (int64, error) {
	out := cmd.OutOrStdout()
	if d.asJSON {
		out = io.Discard
	}
	t := timeline{days: d.shop.days, daySeconds: 1, liveFor: d.liveFor, now: time.Now()}
	if t.liveFor == 0 {
		t.liveFor = openEnd
	}
	customers := *d.shop
	customers.customers = int(float64(d.shop.customers) * t.now.Sub(t.start()).Hours() / 24 / float64(d.shop.days))
	simulated, err := customers.config(t.start(), t.now)
	if err != nil {
		return 0, err
	}
	events, err := simulated.Events()
	if err != nil {
		return 0, cli.Usage(err)
	}
	history, live := t.split(events, p.cfg)
	fmt.Fprintf(out, "a simulated shop: %d days of history first\n", d.shop.days)
	sent, err := publish(cmd.Context(), p.system, history, 0, io.Discard)
	if err != nil {
		return sent, err
	}
	if err := p.drain(context.WithoutCancel(cmd.Context())); err != nil {
		return sent, err
	}
	fmt.Fprintf(out, "%d events applied; now live, one simulated day a second (Ctrl-C ends)\n\n", sent)
	ctx, cancel := context.WithTimeout(cmd.Context(), t.liveFor)
	defer cancel()
	shown := p.show(ctx, out)
	more, err := publishLive(ctx, p.system, t.paced(ctx, live))
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // the time is up in the middle of a write
	}
	shown()
	return sent + more, err
}

// demoReport is what a run comes to.
type demoReport struct {
	Events          int64   `json:"events"`
	Customers       int64   `json:"customers"`
	PurchaseDays    int64   `json:"purchase_days"`
	RepeatPurchases int64   `json:"repeat_purchases"`
	RevenueMinor    int64   `json:"revenue_minor"`
	Changes         int64   `json:"changes"`     // that events caused
	DueChanges      int64   `json:"due_changes"` // that time caused
	DeadLetters     int64   `json:"dead_letters"`
	Duplicates      int64   `json:"duplicates"`
	Lost            int64   `json:"lost"`
	Verified        bool    `json:"verified"`
	Seconds         float64 `json:"seconds"`
	EventsPerSecond float64 `json:"events_per_second"`
}

func (d *demo) report(out io.Writer, r verify.Report, events int64, took time.Duration) error {
	summary := demoReport{
		Events: r.Events, Customers: r.Customers, PurchaseDays: r.PurchaseDays, RepeatPurchases: r.RepeatPurchases,
		RevenueMinor: r.RevenueMinor, Changes: r.Changes - r.DueChanges, DueChanges: r.DueChanges, DeadLetters: r.DeadLetters,
		Duplicates: r.Duplicated, Lost: r.Lost, Verified: r.Verified && r.Records == events,
		Seconds: took.Seconds(), EventsPerSecond: float64(events) / took.Seconds(),
	}
	if d.asJSON {
		if err := printJSON(out, summary); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(out, "\n%s\n%.1f s, %.0f events/s\n", r, summary.Seconds, summary.EventsPerSecond)
		if r.Records != events {
			fmt.Fprintf(out, "%d events were published, %d are in the log\n", events, r.Records)
		}
	}
	if !summary.Verified {
		return errFound
	}
	return nil
}

// pipeline is a consumer and a publisher at work.
type pipeline struct {
	*system
	cancel context.CancelFunc
	ended  chan error
}

// startPipeline makes the topics and starts both.
func startPipeline(ctx context.Context, cfg config.Config) (*pipeline, error) {
	s, err := reach(ctx, cfg, needKafka)
	if err != nil {
		return nil, err
	}
	p := &pipeline{system: s, ended: make(chan error, 2)}
	if err := p.start(ctx); err != nil {
		s.close()
		return nil, err
	}
	return p, nil
}

func (p *pipeline) start(ctx context.Context) error {
	if _, err := stream.CreateTopics(ctx, p.admin, assembly.TopicSpecs(p.cfg)); err != nil {
		return err
	}
	var err error
	if p.redis, err = assembly.Redis(p.cfg); err != nil {
		return err
	}
	if p.store, err = assembly.Store(ctx, p.cfg, p.redis); err != nil {
		return cli.Usage(err)
	}
	consumer, err := assembly.Consumer(ctx, p.cfg, p.store)
	if err != nil {
		return cli.Usage(err)
	}
	publisher, err := assembly.Publisher(ctx, p.cfg, p.store)
	if err != nil {
		return err
	}
	ctx, p.cancel = context.WithCancel(ctx)
	for _, run := range []func(context.Context) error{consumer.Run, publisher.Run} {
		go func() {
			err := run(ctx)
			p.cancel() // one without the other is of no use
			p.ended <- err
		}()
	}
	return nil
}

// drain waits until every event is applied, whatever time has brought since is
// fired, and every change is out.
func (p *pipeline) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainPatience)
	defer cancel()
	applied := func() error { return backlog.Wait(ctx, p.admin, p.store, p.cfg.Input.Topics, nil) }
	if err := applied(); err != nil {
		return err
	}
	for {
		fired, err := p.fired(ctx)
		if err != nil {
			return err
		}
		if fired {
			return applied() // what was fired meanwhile has to leave, too
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for due times: %w", context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// fired says whether nothing is due any more.
func (p *pipeline) fired(ctx context.Context) (bool, error) {
	if p.cfg.Business.LatenessDays == 0 { // then no lane tells how far it has come
		return true, nil
	}
	return backlog.NothingDue(ctx, p.store, assembly.Clock(p.cfg))
}

// stop ends both and everything that was reached.
func (p *pipeline) stop() error {
	p.cancel()
	err := errors.Join(<-p.ended, <-p.ended)
	p.close()
	return err
}
