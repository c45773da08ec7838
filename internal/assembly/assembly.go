// Package assembly makes the parts of a deployment from its configuration: clients, the
// store, the consumer and the publisher. Programs, commands and the demo share it, so
// they run the same system.
//
//	config.Config ──► Kafka, Redis ──► Store ───► Consumer
//	              ──► Decoding, inforce ────┘└──► Publisher
//
// It refuses what the parts refuse. Its only decision is how go-redis behaves in a commit:
// without retries of its own.
package assembly

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream"
	"github.com/clvstream/clvstream/stream/audience"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/mapping"
	"github.com/clvstream/clvstream/stream/registry"
	"github.com/clvstream/clvstream/stream/webhook"
)

// Timeouts of Redis. A write may carry a large batch to a busy server; what
// takes longer than this is taken for lost, and what it did is read.
const (
	redisDialTimeout  = 3 * time.Second
	redisReadTimeout  = 10 * time.Second
	redisWriteTimeout = 10 * time.Second
	redisPoolSize     = 64 // of a server: one a lane under way, those that state adds to them, and room for readers
)

// Kafka is how to reach the cluster.
func Kafka(cfg config.Config) (cluster.Access, error) {
	tlsConfig, err := cfg.Kafka.TLS.Config()
	if err != nil {
		return cluster.Access{}, err
	}
	return cluster.Access{
		Brokers:  cfg.Kafka.Brokers,
		ClientID: cfg.Kafka.ClientID,
		Security: cluster.Security{
			TLS:       tlsConfig,
			Mechanism: mechanisms[cfg.Kafka.SASL.Mechanism],
			Username:  cfg.Kafka.SASL.Username,
			Password:  cfg.Kafka.SASL.Password.Reveal(),
		},
	}, nil
}

var mechanisms = map[config.SASLMechanism]string{
	config.SASLPlain:       cluster.MechanismPlain,
	config.SASLScramSHA256: cluster.MechanismSCRAMSHA256,
	config.SASLScramSHA512: cluster.MechanismSCRAMSHA512,
}

// Redis is a client of the server, the sentinels' master or the cluster. It
// never sends a command twice by itself: after a lost answer, state reads
// what the commit did.
func Redis(cfg config.Config) (redis.UniversalClient, error) {
	options, err := redisOptions(cfg.Redis)
	if err != nil {
		return nil, err
	}
	return redis.NewUniversalClient(options), nil
}

func redisOptions(cfg config.Redis) (*redis.UniversalOptions, error) {
	options, err := cfg.Options()
	if err != nil {
		return nil, err
	}
	options.MaxRetries = -1
	options.DialTimeout = redisDialTimeout
	options.ReadTimeout = redisReadTimeout
	options.WriteTimeout = redisWriteTimeout
	options.PoolSize = redisPoolSize
	return options, nil
}

// Store opens the namespace's state, after checking that Redis keeps what it is
// given.
func Store(ctx context.Context, cfg config.Config, client redis.UniversalClient) (*state.Store, error) {
	if err := require(ctx, cfg, client); err != nil {
		return nil, err
	}
	return state.Open(ctx, client, state.Options{
		Namespace:      cfg.Namespace,
		Shards:         cfg.State.Shards,
		OutboxCap:      int64(cfg.State.OutboxMaxEntries),
		CacheCustomers: cfg.State.CacheCustomers,
		Fingerprint:    fingerprint(cfg),
		LaterEvents:    string(cfg.Erasure.LaterEvents),
		Model: func(file []byte) (model.Model, error) {
			built, err := modelfile.BuildText(file, cfg.Business.Currency)
			return built.Model, err
		},
	})
}

func require(ctx context.Context, cfg config.Config, client redis.UniversalClient) error {
	if cfg.Redis.Checks == config.ChecksOff {
		return nil
	}
	warnings, err := state.CheckRequirements(ctx, client)
	if err == nil && cfg.Redis.Mode == config.RedisSentinel {
		var warned []string
		warned, err = checkReplicas(ctx, cfg.Redis, state.CheckReplica)
		warnings = append(warnings, warned...)
	}
	for _, warning := range warnings {
		slog.WarnContext(ctx, "Redis settings could be better", "finding", warning)
	}
	if err != nil && cfg.Redis.Checks == config.ChecksWarn {
		slog.WarnContext(ctx, "Redis may lose state", "finding", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("check Redis: %w (set redis.checks to warn to start anyway)", err)
	}
	return nil
}

// requireBarrier refuses to publish behind a durability barrier that does not hold.
func requireBarrier(ctx context.Context, cfg config.Config, store *state.Store) error {
	if cfg.Redis.Checks == config.ChecksOff {
		return nil
	}
	want := durability(cfg)
	err := store.CheckBarrier(ctx, want)
	if err == nil && cfg.Redis.Mode == config.RedisSentinel {
		_, err = checkReplicas(ctx, cfg.Redis, func(ctx context.Context, replica *redis.Client) ([]string, error) {
			return nil, state.CheckBarrierOn(ctx, replica, want)
		})
	}
	if err != nil && cfg.Redis.Checks == config.ChecksWarn {
		slog.WarnContext(ctx, "changes may be published that Redis then loses", "finding", err)
		return nil
	}
	return err
}

func durability(cfg config.Config) state.Durability {
	return state.Durability{
		Kind:     state.DurabilityKind(cfg.Publisher.Barrier),
		Replicas: cfg.Publisher.BarrierReplicas,
		Timeout:  cfg.Publisher.BarrierTimeout,
	}
}

// Decoding is which events are accepted.
func Decoding(cfg config.Config) (event.Rules, error) {
	rates, err := cfg.Business.Rates()
	if err != nil {
		return event.Rules{}, err
	}
	most, err := money.ParseMinor(cfg.Events.MaxAmount, cfg.Business.Currency.Exponent())
	if err != nil {
		return event.Rules{}, fmt.Errorf("read events.max_amount: %w", err)
	}
	return event.Rules{
		Rates:           rates,
		Calendar:        calendar.NewCalendar(cfg.Business.TimeZone),
		Oldest:          cfg.Events.Oldest,
		FutureTolerance: cfg.Events.FutureTolerance,
		MaxEventBytes:   cfg.Events.MaxEventBytes,
		MaxIDBytes:      cfg.Events.MaxIDBytes,
		MaxAmountMinor:  most,
		OrderIndex:      cfg.Input.OrderIndex,
	}, nil
}

// Mappings are those of input.mappings.
func Mappings(cfg config.Config) ([]*mapping.Mapping, error) {
	all := make([]*mapping.Mapping, len(cfg.Input.Mappings))
	for i, file := range cfg.Input.Mappings {
		text, err := os.ReadFile(file)
		if err == nil {
			all[i], err = mapping.Parse(file, text)
		}
		if err != nil {
			return nil, fmt.Errorf("read input.mappings: %w", err)
		}
	}
	schemas, err := Schemas(cfg)
	if err != nil {
		return nil, err
	}
	return all, registry.Connect(all, schemas, cfg.Events.MaxEventBytes)
}

// Schemas are those of the configured schema registry; nil where there is none.
func Schemas(cfg config.Config) (*registry.Schemas, error) {
	if cfg.Registry.URL == "" {
		return nil, nil //nolint:nilnil // which is no error: mappings that need one say so
	}
	access, err := registryAccess(cfg)
	if err != nil {
		return nil, err
	}
	schemas, err := registry.NewSchemas(access)
	if err != nil {
		return nil, fmt.Errorf("registry.%w", err)
	}
	return schemas, nil
}

// register registers schemas of what is published; nil where there is no registry.
func register(cfg config.Config) (func(context.Context, string, []byte) (uint32, error), error) {
	if cfg.Registry.URL == "" {
		return nil, nil //nolint:nilnil // which is no error: a publisher that needs one says so
	}
	access, err := registryAccess(cfg)
	if err != nil {
		return nil, err
	}
	writer, err := registry.NewWriter(access)
	if err != nil {
		return nil, fmt.Errorf("registry.%w", err)
	}
	return writer.Register, nil
}

func registryAccess(cfg config.Config) (registry.Access, error) {
	tlsConfig, err := cfg.Registry.TLS.Config()
	if err != nil {
		return registry.Access{}, fmt.Errorf("registry.tls: %w", err)
	}
	return registry.Access{
		URL: cfg.Registry.URL, Username: cfg.Registry.Username, PasswordFile: cfg.Registry.PasswordFile, TokenFile: cfg.Registry.TokenFile,
		TLS: tlsConfig, Timeout: cfg.Registry.Timeout,
	}, nil
}

// Consumer joins the input group's work.
func Consumer(ctx context.Context, cfg config.Config, store *state.Store) (*stream.Consumer, error) {
	kafka, err := Kafka(cfg)
	if err != nil {
		return nil, err
	}
	rules, err := Decoding(cfg)
	if err != nil {
		return nil, err
	}
	mappings, err := Mappings(cfg)
	if err != nil {
		return nil, err
	}
	valuation, err := inforce.Resolver{Config: cfg}.Valuation()
	if err != nil {
		return nil, err
	}
	return stream.NewConsumer(ctx, stream.ConsumerConfig{
		Kafka:             kafka,
		Topics:            cfg.ReadTopics(),
		Repartition:       OutputTopics(cfg).Repartition,
		Group:             cfg.Input.Group,
		Store:             store,
		Rules:             rules,
		Mappings:          mappings,
		Valuation:         valuation,
		Rebuild:           cfg.Input.Rebuild,
		MaxRecords:        cfg.Input.BatchMaxRecords,
		MaxWait:           cfg.Input.FetchMaxWait,
		PartitionMaxBytes: int32(cfg.Input.FetchMaxPartitionBytes),
		AdvanceEvery:      cfg.Input.IdleWatermarkInterval,
		SessionTimeout:    cfg.Kafka.SessionTimeout,
		CommitGrace:       cfg.ShutdownTimeout / 2,
	})
}

// Publisher joins the publishers' work.
func Publisher(ctx context.Context, cfg config.Config, store *state.Store) (*stream.Publisher, error) {
	kafka, err := Kafka(cfg)
	if err != nil {
		return nil, err
	}
	valuation, err := inforce.Resolver{Config: cfg}.Valuation()
	if err != nil {
		return nil, err
	}
	if err := requireBarrier(ctx, cfg, store); err != nil {
		return nil, err
	}
	lead, err := leader(cfg, store)
	if err != nil {
		return nil, err
	}
	registers, err := register(cfg)
	if err != nil {
		return nil, err
	}
	awake := Clock(cfg)
	awake.Valuation, awake.Rate, awake.Refresh = func() *clv.Valuation { return &valuation }, cfg.Awake.Rate, cfg.Awake.Refresh
	return stream.NewPublisher(ctx, stream.PublisherConfig{
		Kafka:              kafka,
		Topics:             OutputTopics(cfg),
		Audiences:          Audiences(cfg),
		Current:            change.Form(cfg.Publisher.CurrentFormat),
		Register:           registers,
		Group:              cfg.Publisher.Group,
		Store:              store,
		Currency:           cfg.Business.Currency,
		Source:             "/clvstream/" + cfg.Namespace,
		Durability:         durability(cfg),
		Due:                awake,
		Leader:             lead,
		Compression:        string(cfg.Publisher.Compression),
		MaxItems:           cfg.Publisher.TransactionMaxRecords,
		Linger:             cfg.Publisher.TransactionLinger,
		TransactionTimeout: cfg.Publisher.TransactionTimeout,
		SessionTimeout:     cfg.Kafka.SessionTimeout,
		Grace:              cfg.ShutdownTimeout / 2,
	})
}

// OutputTopics are the topics that the publisher writes.
func OutputTopics(cfg config.Config) cluster.OutputTopics {
	topics := cluster.OutputTopicsOf(cfg.Namespace)
	if cfg.Input.OrderIndex {
		topics.Repartition = cfg.RepartitionTopic()
	}
	return topics
}

// TopicSpecs are the deployment's topics as they should be.
func TopicSpecs(cfg config.Config) []cluster.TopicSpec {
	replication := int16(cfg.Topics.ReplicationFactor)
	if replication == 0 {
		replication = -1
	}
	partitions := int32(cfg.Topics.Partitions)
	specs := cluster.TopicSpecs(cfg.Input.Topics, OutputTopics(cfg), partitions, int32(cfg.Publisher.Lanes), replication)
	specs = append(specs, stream.AudienceSpecs(Audiences(cfg), partitions, replication)...)
	return append(specs, webhook.TopicSpecs(cfg.Namespace, WebhookNames(cfg), partitions, replication)...)
}

// Audiences are who gets some changes only.
func Audiences(cfg config.Config) []audience.Audience {
	audiences := make([]audience.Audience, len(cfg.Audiences))
	for i, a := range cfg.Audiences {
		audiences[i] = audience.Audience{Name: a.Name, Topic: cfg.AudienceTopic(a), Filter: a.Filter, Form: change.Form(a.Format)}
	}
	return audiences
}
