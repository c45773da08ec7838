package process

import (
	"context"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/audience"
)

// Worker is what a program does while it runs.
type Worker interface {
	// Run works until ctx is done, finishing what is under way, or until
	// something is found that an operator must decide about.
	Run(ctx context.Context) error
	// Ready says why the work cannot be done now, nil when it can.
	Ready(ctx context.Context) error
	// Live says which loop has stopped turning, nil when all do.
	Live() error
}

// Program is what the binaries differ in.
type Program struct {
	name     string
	binary   config.Binary
	short    string
	about    string
	examples string
	listen   func(config.Config) string
	// growthPercent is by how much the heap may grow between two collections of garbage, and
	// memory towards how many bytes it is collected more often; nil: no limit.
	growthPercent int
	memory        func(config.Config) int64
	// describe says what this configuration makes of the program, as keys and
	// values for the log, or what is wrong with it.
	describe func(config.Config) ([]any, error)
	open     func(context.Context, config.Config, *state.Store) (Worker, error)
}

// Consumer turns events on the input topics into state.
var Consumer = Program{
	name:   "consumer",
	binary: config.ConsumerBinary,
	short:  "Read order and churn events from Kafka, and keep customers' values in Redis",
	about: `consumer reads events from the input topics, updates each customer's history and lifetime value in
Redis in one atomic commit per shard, and leaves the changes there for the publisher. Run as many as
there are input partitions: they share them as a consumer group.

Positions are kept in Redis with the state, so that stopping, crashing or starting again anywhere loses
nothing and counts nothing twice. On SIGTERM it finishes the commit under way and leaves the group.

It serves /livez, /readyz and /metrics on --listen. "consumer completion bash|zsh|fish|powershell" writes
a completion script.`,
	examples: `  consumer                                     # Kafka and Redis on this machine
  consumer --brokers kafka-1:9092,kafka-2:9092 --redis redis-1:6379 --namespace shop
  consumer --config clv.yaml --log-format json
  consumer --topics orders --model-file mbgnbd.yaml --set input.batch_max_records=1000
  consumer --config clv.yaml --rebuild         # Redis was lost: recompute everything from the log`,
	listen:        func(cfg config.Config) string { return cfg.Telemetry.ConsumerListen },
	growthPercent: consumerGrowthPercent,
	memory:        consumerBytes,
	describe:      describeConsumer,
	open: func(ctx context.Context, cfg config.Config, store *state.Store) (Worker, error) {
		return assembly.Consumer(ctx, cfg, store)
	},
}

// Publisher brings the changes from Redis to Kafka.
var Publisher = Program{
	name:   "publisher",
	binary: config.PublisherBinary,
	short:  "Publish customers' value changes from Redis to Kafka, exactly once",
	about: `publisher takes the changes that consumers left in Redis and publishes them to Kafka in transactions:
each change to NAMESPACE.changes, the latest value per customer to NAMESPACE.current, what could not be
used to NAMESPACE.deadletter. Run as many as NAMESPACE.progress has partitions: they share the lanes.

A reader with isolation.level=read_committed sees each change once, whatever crashes. On SIGTERM it
finishes the transaction under way and leaves the group.

It also sends the configured webhooks: each change over HTTP, signed, in order per customer.

It serves /livez, /readyz and /metrics on --listen. "publisher completion bash|zsh|fish|powershell"
writes a completion script.`,
	examples: `  publisher                                    # Kafka and Redis on this machine
  publisher --brokers kafka-1:9092,kafka-2:9092 --redis redis-1:6379 --namespace shop
  publisher --config clv.yaml --log-format json
  publisher --barrier waitaof-local            # publish only what Redis has written to disk`,
	listen:        func(cfg config.Config) string { return cfg.Telemetry.PublisherListen },
	growthPercent: publisherGrowthPercent,
	describe:      describePublisher,
	open: func(ctx context.Context, cfg config.Config, store *state.Store) (Worker, error) {
		return openPublisher(ctx, cfg, store)
	},
}

func describeConsumer(cfg config.Config) ([]any, error) {
	if _, err := assembly.Decoding(cfg); err != nil {
		return nil, err
	}
	if _, err := assembly.Mappings(cfg); err != nil {
		return nil, err
	}
	if err := audience.Check(assembly.Audiences(cfg)); err != nil { // the publisher would say it, later
		return nil, err
	}
	valuation, err := inforce.Resolver{Config: cfg}.Valuation()
	if err != nil {
		return nil, err
	}
	return []any{
		"topics", cfg.ReadTopics(),
		"group", cfg.Input.Group,
		"model", valuation.Model.Name(),
		"model_version", valuation.Model.Version(),
		"currency", cfg.Business.Currency.String(),
		"time_zone", cfg.Business.TimeZone.String(),
		"rebuild", cfg.Input.Rebuild,
	}, nil
}

func describePublisher(cfg config.Config) ([]any, error) {
	if _, err := assembly.Webhooks(cfg); err != nil {
		return nil, err
	}
	return []any{
		"changes", cfg.ChangesTopic(),
		"group", cfg.Publisher.Group,
		"barrier", string(cfg.Publisher.Barrier),
		"webhooks", assembly.WebhookNames(cfg),
		"currency", cfg.Business.Currency.String(),
	}, nil
}
