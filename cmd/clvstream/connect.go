package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/declared"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

// system is a running deployment, as a client sees it.
type system struct {
	cfg     config.Config
	from    config.Provenance
	kafka   cluster.Access
	cluster *kgo.Client
	admin   *kadm.Client
	redis   redis.UniversalClient
	store   *state.Store
}

// connect connects to the servers that are needed: Kafka, Redis, or both.
func connect(ctx context.Context, cfg config.Config, from config.Provenance, needs ...need) (*system, error) {
	s := &system{cfg: cfg, from: from}
	if err := s.connect(ctx, needs...); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

type need func(context.Context, *system) error

func (s *system) connect(ctx context.Context, needs ...need) error {
	for _, n := range needs {
		if err := n(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func needKafka(ctx context.Context, s *system) (err error) {
	if s.kafka, err = assembly.Kafka(s.cfg); err != nil {
		return cli.Usage(err)
	}
	if s.cluster, err = cluster.Connect(ctx, s.kafka); err != nil {
		return err
	}
	s.admin = kadm.NewClient(s.cluster)
	return nil
}

// needState opens the state. From then on, cfg has the settings that are fixed there.
func needState(ctx context.Context, s *system) (err error) {
	if s.store != nil {
		return nil
	}
	if s.redis, err = assembly.Redis(s.cfg); err != nil {
		return cli.Usage(err)
	}
	if s.store, err = state.Find(ctx, s.redis, s.cfg.Namespace); err != nil {
		return fmt.Errorf("open the state in Redis at %v: %w", s.cfg.Redis.Addresses, err)
	}
	if err := assembly.AdoptFixed(&s.cfg, s.from, s.store.Fingerprint(), s.store.LaterEvents()); err != nil {
		return cli.Usage(err)
	}
	return nil
}

// needValues opens the state for a command that shows values, and warns where its settings are
// others than those of the programs at work, by which they came about.
func needValues(ctx context.Context, s *system) error {
	if err := needState(ctx, s); err != nil {
		return err
	}
	others, err := declared.Others(ctx, s.store, declared.Of(s.cfg, s.from), "")
	if err != nil {
		return err
	}
	var settings, processes []string
	for _, d := range others {
		if !slices.Contains(settings, d.Setting) {
			settings = append(settings, d.Setting)
		}
		if !slices.Contains(processes, d.Process) {
			processes = append(processes, d.Process)
		}
	}
	if len(others) > 0 {
		slog.WarnContext(ctx, "the programs at work value customers by other settings than this command has: give it their configuration (--config)",
			"settings", strings.Join(settings, ", "), "processes", strings.Join(processes, ", "))
	}
	return nil
}

func (s *system) close() {
	if s.cluster != nil {
		s.cluster.Close()
	}
	if s.redis != nil {
		_ = s.redis.Close() // no command is running
	}
}

func (s *system) outputs() cluster.OutputTopics { return assembly.OutputTopics(s.cfg) }
