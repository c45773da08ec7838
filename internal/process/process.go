// Package process runs the long-running programs, from the command line to the exit
// status.
//
//	flags, environment, file ──► config ──► log ──► telemetry ──► /livez /readyz /metrics
//	      ──► Redis answers ──► Kafka answers ──► store ──► consumer or publisher runs
//	SIGTERM ──► finish the current commit ──► leave the group ──► close all in reverse order
//
// Closing takes at most shutdown_timeout. After that, or at a second signal, the process
// ends at once, with an error. That is safe: the next owner of the partitions or lanes
// redoes unfinished work.
//
// It does not hang at start: a server that does not answer is logged at once and retried
// for a while; then the process ends, so that an orchestrator sees it.
package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/ops"
	"github.com/clvstream/clvstream/internal/telemetry"
	"github.com/clvstream/clvstream/state"
)

// DefaultConnectTimeout is how long Redis and Kafka may each take to answer for
// the first time.
const DefaultConnectTimeout = 30 * time.Second

// Process is one run of a program.
type Process struct {
	Program        Program
	Config         config.Config
	Provenance     config.Provenance // of the configuration
	ConnectTimeout time.Duration     // 0: DefaultConnectTimeout

	health health
}

// Run runs the program until a signal comes, and then stops it within the
// configured bound. A second signal ends it at once.
func (p *Process) Run(signals <-chan os.Signal) error {
	p.collectAsNeeded()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- p.work(ctx) }()
	select {
	case err := <-ended:
		return err
	case signal := <-signals:
		slog.Info("stopping", "signal", signal.String(), "within", p.Config.ShutdownTimeout.String())
	}
	began := time.Now()
	p.health.stop()
	stop()
	bound := time.NewTimer(p.Config.ShutdownTimeout)
	defer bound.Stop()
	select {
	case err := <-ended:
		if err == nil {
			slog.Info("stopped", "seconds", time.Since(began).Seconds())
		}
		return err
	case <-bound.C:
		return fmt.Errorf("stop: not finished after %s: the next owner of the partitions or lanes redoes unfinished work (set shutdown_timeout to wait longer)", p.Config.ShutdownTimeout)
	case signal := <-signals:
		return fmt.Errorf("stop: second %s: ended at once: the next owner of the partitions or lanes redoes unfinished work", signal)
	}
}

// work opens one thing after another, works, and closes all in reverse order.
func (p *Process) work(ctx context.Context) error {
	var open closers
	defer func() { open.close(p.Config.ShutdownTimeout) }()
	if err := p.observe(ctx, &open); err != nil {
		return err
	}
	worker, err := p.connect(ctx, &open)
	if err != nil {
		if ctx.Err() != nil {
			return nil // asked to stop before it had begun
		}
		return err
	}
	p.health.serve(worker)
	slog.Info("running", "program", p.Program.name)
	return worker.Run(ctx)
}

// observe starts telemetry and what is served over HTTP.
func (p *Process) observe(ctx context.Context, open *closers) error {
	version := cli.Version()
	about, err := p.Program.describe(p.Config)
	if err != nil {
		return cli.Usage(fmt.Errorf("configuration: %w", err))
	}
	t, err := telemetry.Start(ctx, "clvstream-"+p.Program.name, version)
	if err != nil {
		return cli.Usage(err)
	}
	open.add("telemetry", t.Shutdown)
	undo := p.health.observe()
	open.add("readiness", func(context.Context) error {
		undo()
		return nil
	})
	address := p.Program.listen(p.Config)
	if address != "" {
		server, err := ops.Start(ctx, ops.Options{
			Address: address,
			Live:    p.health.live,
			Ready:   p.health.ready,
			Metrics: t.Metrics(),
			Pprof:   p.Config.Telemetry.Pprof,
		})
		if err != nil {
			return err
		}
		open.add("health and metrics", server.Close)
		address = server.Address()
	}
	slog.Info("starting", append([]any{
		"program", p.Program.name,
		"version", version,
		"namespace", p.Config.Namespace,
		"brokers", p.Config.Kafka.Brokers,
		"redis", p.Config.Redis.Addresses,
		"redis_mode", string(p.Config.Redis.Mode),
		"shards", p.Config.State.Shards,
		"listen", address,
	}, about...)...)
	return nil
}

// connect waits for Redis and Kafka, and opens the store and the worker.
func (p *Process) connect(ctx context.Context, open *closers) (Worker, error) {
	client, err := assembly.Redis(p.Config)
	if err != nil {
		return nil, cli.Usage(err)
	}
	open.add("Redis", func(context.Context) error { return client.Close() })
	timeout := p.ConnectTimeout
	if timeout <= 0 {
		timeout = DefaultConnectTimeout
	}
	p.health.enter("waiting for Redis")
	if err := reachRedis(ctx, p.Config.Redis, client, timeout); err != nil {
		return nil, err
	}
	p.health.enter("waiting for Kafka")
	if err := reachKafka(ctx, p.Config, timeout); err != nil {
		return nil, err
	}
	p.health.enter("opening the state")
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	store, err := assembly.Store(ctx, p.Config, client)
	if errors.Is(err, state.ErrBornOtherwise) {
		return nil, cli.Usage(err) // as in the commands
	}
	if err != nil {
		return nil, err
	}
	worker, err := p.Program.open(ctx, p.Config, store)
	if err != nil {
		return nil, err
	}
	return worker, p.declare(store, open)
}
