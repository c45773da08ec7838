package bench

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/pflag"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Target is what is measured: programs, with their settings, on servers that run already.
type Target struct {
	Name        string            // as the report calls it, such as "clvstream"
	Programs    Programs          // which are started
	File        string            // a YAML configuration, or empty
	Environment []string          // of the programs, as os.Environ gives it
	Set         map[string]string // settings that override both: namespace, addresses
	Servers     Meter             // the servers' processes, where they are on this machine
	Consumers   int               // how many consumers; 0: one
}

// arguments are the flags by which a program gets the settings.
func (t *Target) arguments() []string {
	var args []string
	if t.File != "" {
		args = append(args, "--config", t.File)
	}
	for _, key := range slices.Sorted(maps.Keys(t.Set)) {
		args = append(args, "--set", key+"="+t.Set[key])
	}
	return args
}

// with is the target with other settings over its own.
func (t Target) with(set map[string]string) Target {
	all := maps.Clone(t.Set)
	maps.Copy(all, set)
	t.Set = all
	return t
}

// Config are the settings as the programs will have them.
func (t *Target) Config() (config.Config, error) {
	flags := pflag.NewFlagSet("bench", pflag.ContinueOnError)
	config.Flags(flags, config.ToolBinary)
	if err := flags.Parse(t.arguments()); err != nil {
		return config.Config{}, fmt.Errorf("read the settings: %w", err)
	}
	cfg, _, err := config.Load(config.Options{Env: t.Environment, Flags: flags})
	return cfg, err
}

// site is a target's servers, connected.
type site struct {
	cfg    config.Config
	access cluster.Access
	client *kgo.Client
	admin  *kadm.Client
	redis  redis.UniversalClient
	store  *state.Store
}

// open connects and makes the topics that are missing.
func (t *Target) open(ctx context.Context) (*site, error) {
	cfg, err := t.Config()
	if err != nil {
		return nil, err
	}
	s := &site{cfg: cfg}
	if err := s.connect(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *site) connect(ctx context.Context) (err error) {
	if s.access, err = assembly.Kafka(s.cfg); err != nil {
		return err
	}
	if s.client, err = cluster.Connect(ctx, s.access); err != nil {
		return err
	}
	s.admin = kadm.NewClient(s.client)
	states, err := cluster.CreateTopics(ctx, s.admin, assembly.TopicSpecs(s.cfg))
	if err != nil {
		return err
	}
	for _, topic := range states {
		if len(topic.Problems) > 0 {
			return fmt.Errorf("make topic %s: %s", topic.Spec.Name, topic.Problems[0])
		}
	}
	if s.redis, err = assembly.Redis(s.cfg); err != nil {
		return err
	}
	s.store, err = assembly.Store(ctx, s.cfg, s.redis)
	return err
}

func (s *site) close() {
	if s.client != nil {
		s.client.Close()
	}
	if s.redis != nil {
		_ = s.redis.Close() // nothing is under way
	}
}

func (s *site) outputs() cluster.OutputTopics { return cluster.OutputTopicsOf(s.cfg.Namespace) }
