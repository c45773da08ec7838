// Package demo is the whole system in one process: an embedded broker and store, and the
// consumer and the publisher that run in production, over the real protocols.
//
//	Start ──► embedded servers ──► On ──► topics, store ──► consumer ─┐
//	events (package feed) ──► input topics ───────────────► publisher ┴──► changes
//	Await: all applied, all due fired, all published        Stop: both end, connections close
//
// It stores nothing: all data ends with the process. It is not for production data, and
// not a benchmark of real servers. The caller sends the traffic and prints the output.
package demo

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/backlog"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/due"
)

// Pipeline is a consumer and a publisher at work.
type Pipeline struct {
	Config config.Config // with the servers' addresses
	Kafka  cluster.Access
	Store  *state.Store

	servers *Servers // nil: they are somebody else's
	cluster *kgo.Client
	redis   redis.UniversalClient
	working context.Context // done when one of the two has ended
	cancel  context.CancelFunc
	ended   chan error
}

// Start starts servers in the process and the pipeline on them.
func Start(ctx context.Context, cfg config.Config) (*Pipeline, error) {
	servers, err := StartServers()
	if err != nil {
		return nil, err
	}
	cfg.Kafka = config.Kafka{Brokers: servers.Brokers(), ClientID: "clvstream-demo", SASL: config.SASL{Mechanism: config.SASLNone}}
	cfg.Redis = config.Redis{Addresses: []string{servers.RedisAddress()}, Mode: config.RedisSingle, Checks: config.ChecksOff}
	p, err := On(ctx, cfg)
	if err != nil {
		servers.Close()
		return nil, err
	}
	p.servers = servers
	return p, nil
}

// On makes the topics on servers that run already, and starts the pipeline.
func On(ctx context.Context, cfg config.Config) (*Pipeline, error) {
	p := &Pipeline{Config: cfg, ended: make(chan error, 2)}
	if err := p.start(ctx); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *Pipeline) start(ctx context.Context) (err error) {
	if p.Kafka, err = assembly.Kafka(p.Config); err != nil {
		return err
	}
	if p.cluster, err = cluster.Connect(ctx, p.Kafka); err != nil {
		return err
	}
	if _, err := cluster.CreateTopics(ctx, kadm.NewClient(p.cluster), assembly.TopicSpecs(p.Config)); err != nil {
		return err
	}
	if p.redis, err = assembly.Redis(p.Config); err != nil {
		return err
	}
	if p.Store, err = assembly.Store(ctx, p.Config, p.redis); err != nil {
		return err
	}
	consumer, err := assembly.Consumer(ctx, p.Config, p.Store)
	if err != nil {
		return err
	}
	publisher, err := assembly.Publisher(ctx, p.Config, p.Store)
	if err != nil {
		return err
	}
	p.working, p.cancel = context.WithCancel(ctx)
	for _, run := range []func(context.Context) error{consumer.Run, publisher.Run} {
		go func() {
			err := run(p.working)
			p.cancel() // one without the other is of no use
			p.ended <- err
		}()
	}
	return nil
}

// awaitFor bounds the wait for the last change after the last event.
const awaitFor = 2 * time.Minute

// Await waits until every event is applied, whatever time has brought since is fired, and
// every change is out; or until the pipeline has ended, of which Stop says why.
func (p *Pipeline) Await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, awaitFor)
	defer cancel()
	defer context.AfterFunc(p.working, cancel)()
	awake := assembly.Clock(p.Config)
	if p.Config.Business.LatenessDays == 0 { // then no lane says how far it has come
		awake.Mode = due.Off
	}
	return backlog.Wait(ctx, kadm.NewClient(p.cluster), p.Store, p.Config.ReadTopics(), awake)
}

// Stop ends both, closes every connection and, if they are its own, the servers.
func (p *Pipeline) Stop() error {
	p.cancel()
	err := errors.Join(<-p.ended, <-p.ended)
	p.close()
	return err
}

func (p *Pipeline) close() {
	if p.cluster != nil {
		p.cluster.Close()
	}
	if p.redis != nil {
		_ = p.redis.Close() // nothing is under way
	}
	if p.servers != nil {
		p.servers.Close()
	}
}

// Liven makes customers worth watching, where the user has not said otherwise. Time is
// compressed, so due times follow the events and not the clock.
func Liven(cfg *config.Config, from config.Provenance) {
	if from.Of("awake.mode").Origin == config.FromDefault {
		cfg.Awake.Mode = config.AwakeEvent
	}
	if from.Of("tiers.borders").Origin == config.FromDefault {
		cfg.Tiers.Borders = []config.TierBorder{{Name: "bronze", From: "50"}, {Name: "silver", From: "200"}, {Name: "gold", From: "600"}}
	}
}
