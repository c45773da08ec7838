package main

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
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
func connect(ctx context.Context, cfg config.Config, needs ...need) (*system, error) {
	s := &system{cfg: cfg}
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

func (s *system) outputs() cluster.OutputTopics { return cluster.OutputTopicsOf(s.cfg.Namespace) }
