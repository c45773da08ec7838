package config

import (
	"log/slog"
	"slices"
	"time"

	"github.com/clvstream/clvstream/clv/money"
)

// Config is every setting, parsed and checked. The table in settings.go says
// what each means, its default and its range.
type Config struct {
	Namespace       string
	ShutdownTimeout time.Duration

	Kafka     Kafka
	Redis     Redis
	Input     Input
	Registry  Registry
	Events    Events
	Business  Business
	Erasure   Erasure
	State     State
	Model     Model
	Awake     Awake
	Tiers     Tiers
	Policy    Policy
	Audiences []Audience
	Webhooks  []Webhook
	Publisher Publisher
	Topics    Topics
	Telemetry Telemetry
}

// Kafka is how to reach Kafka.
type Kafka struct {
	Brokers        []string // host:port
	ClientID       string
	SessionTimeout time.Duration
	TLS            TLS
	SASL           SASL
}

// SASL is who we are to Kafka. The password is read from the file at Load.
type SASL struct {
	Mechanism    SASLMechanism
	Username     string
	Password     Secret
	PasswordFile string
}

// SASLMechanism is how the password is proven.
type SASLMechanism string

// The mechanisms of SASL; SASLNone connects without.
const (
	SASLNone        SASLMechanism = "none"
	SASLPlain       SASLMechanism = "plain"
	SASLScramSHA256 SASLMechanism = "scram-sha-256"
	SASLScramSHA512 SASLMechanism = "scram-sha-512"
)

// Redis is how to reach Redis or Valkey. Passwords are read from their files at
// Load.
type Redis struct {
	Addresses            []string // host:port: the server, seeds of the cluster, or the sentinels
	Mode                 RedisMode
	MasterName           string
	Username             string
	Password             Secret
	PasswordFile         string
	SentinelUsername     string
	SentinelPassword     Secret
	SentinelPasswordFile string
	Database             int
	TLS                  TLS
	Checks               RedisChecks
}

// RedisMode is the kind of deployment. After Load it is never RedisAuto.
type RedisMode string

// The kinds of deployment.
const (
	RedisAuto     RedisMode = "auto"
	RedisSingle   RedisMode = "single"
	RedisCluster  RedisMode = "cluster"
	RedisSentinel RedisMode = "sentinel"
)

// RedisChecks is what happens when the server's settings would lose state.
type RedisChecks string

// What a failed check of the server does.
const (
	ChecksStrict RedisChecks = "strict" // refuse to start
	ChecksWarn   RedisChecks = "warn"   // log and go on
	ChecksOff    RedisChecks = "off"    // do not ask
)

// Input is what the consumer reads and how.
type Input struct {
	Topics                 []string
	Mappings               []string // files
	Group                  string
	OrderIndex             bool // customers are found through orders
	Rebuild                bool // start from the log although the state is gone
	FetchMaxWait           time.Duration
	FetchMaxPartitionBytes int
	BatchMaxRecords        int
	IdleWatermarkInterval  time.Duration
}

// Registry is how to reach the schema registry of mapped topics. Without a URL there is none.
type Registry struct {
	URL          string
	Username     string
	PasswordFile string // read at each question, as the token file is
	TokenFile    string
	Timeout      time.Duration
	TLS          TLS
}

// Events bounds what is accepted as an event.
type Events struct {
	Oldest          time.Time // midnight UTC
	FutureTolerance time.Duration
	MaxEventBytes   int
	MaxIDBytes      int
	MaxAmount       string // decimal, major units
}

// Business is the shop's own conventions.
type Business struct {
	TimeZone       *time.Location
	Currency       money.Currency
	ExchangeRates  []ExchangeRate
	MarginRate     string // decimal, -1 to 1
	ChannelMargins []ChannelMargin
	LatenessDays   int
	LedgerLimit    int
}

// Erasure is what becomes of customers who were erased.
type Erasure struct {
	LaterEvents LaterEvents
}

// LaterEvents is what becomes of an event that happened after its customer's erasure.
type LaterEvents string

// What becomes of it.
const (
	LaterRefuse LaterEvents = "refuse"
	LaterAnew   LaterEvents = "anew"
)

// ExchangeRate is what one unit of a currency is worth in the business's
// currency from a day on.
type ExchangeRate struct {
	Currency money.Currency
	From     time.Time // midnight UTC of the day; zero: since ever
	Rate     string    // decimal, major units per major unit, > 0
}

// ChannelMargin is a channel's margin on revenue from a day on.
type ChannelMargin struct {
	Channel string    // empty: every channel without a rate of its own
	From    time.Time // midnight UTC of the day; zero: since ever
	Rate    string    // decimal, -1 to 1
}

// State is how customers are kept in Redis.
type State struct {
	Shards           int
	OutboxMaxEntries int // per shard
	CacheCustomers   int // per process
}

// Model is how customers are valued while no other model is activated. With a
// File, the file names the model and Name and the parameters beside it are not
// used.
type Model struct {
	File                 string
	Name                 ModelName
	LifespanYears        float64
	MonthlyChurn         float64
	Retention            float64
	RetentionYears       int
	RetentionCost        float64 // major units a year
	DiscountAnnual       float64
	FirstMarginAfterYear bool
	ActivationSpan       time.Duration
	Refit                Refit
}

// ModelName is a model of the catalogue that needs no fitting.
type ModelName string

// Awake is what matters while nothing happens.
type Awake struct {
	Mode                   AwakeMode
	Rate                   int // customers a second
	Grace                  time.Duration
	QuietAfter             time.Duration
	Refresh                time.Duration // 0: off
	Cooling, Dormant, Lost Stage
	WonBackDays            int
	AliveLevels            []AliveLevel
	Drift                  float64
	AcquisitionFloor       float64
}

// AwakeMode is the clock by which due times fire.
type AwakeMode string

// The clocks.
const (
	AwakeWall  AwakeMode = "wall"
	AwakeEvent AwakeMode = "event"
	AwakeOff   AwakeMode = "off"
)

// Stage is when a stage of silence is entered; a condition of 0 never holds.
type Stage struct {
	SilenceQuantile float64
	SilenceDays     int
	PAliveBelow     float64
}

// AliveLevel is a level that P(alive) is watched to fall below.
type AliveLevel struct{ Below float64 }

// Tiers are the borders between customers of different value.
type Tiers struct {
	By          TierBy
	Borders     []TierBorder
	Hysteresis  float64
	HoldDays    int
	Approaching string // decimal, major units
	Cut         TierCut
}

// TierBy is what tiers are measured by.
type TierBy string

// What tiers are measured by.
const (
	TiersByCLV      TierBy = "clv"
	TiersByHistoric TierBy = "historic"
)

// TierBorder is where a tier begins.
type TierBorder struct {
	Name       string
	From       string  // decimal, major units; or
	Percentile float64 // of the customers who are below it
}

// TierCut is when the borders of tiers by percentile are recomputed. An empty Cron
// never does.
type TierCut struct {
	Cron string // in the business's time zone
	Span time.Duration
}

// Policy is which changes are worth announcing.
type Policy struct {
	Absolute     string  // decimal, major units of the business's currency
	Relative     float64 // 0 to 1
	StandingOnly bool
	Span         time.Duration
	CoolDown     time.Duration
	Hysteresis   float64
	ByReason     []ReasonRule
}

// ReasonRule is what changes of one reason must bring instead.
type ReasonRule struct {
	Reason       string
	Absolute     string // decimal, major units; empty is 0
	Relative     float64
	StandingOnly bool
	Never        bool
}

// Publisher is how changes leave.
type Publisher struct {
	Group                 string
	Lanes                 int
	TransactionMaxRecords int
	TransactionLinger     time.Duration
	TransactionTimeout    time.Duration
	Compression           Compression
	CurrentFormat         Format
	Barrier               Barrier
	BarrierReplicas       int
	BarrierTimeout        time.Duration
}

// Compression is how what is published is compressed.
type Compression string

// The compressions that Kafka knows.
const (
	CompressionNone   Compression = "none"
	CompressionGzip   Compression = "gzip"
	CompressionSnappy Compression = "snappy"
	CompressionLZ4    Compression = "lz4"
	CompressionZstd   Compression = "zstd"
)

// Barrier is how durable the state must be before its changes are announced.
type Barrier string

// The durability barriers, by the Redis command that waits.
const (
	BarrierNone            Barrier = "none"
	BarrierWaitAOFLocal    Barrier = "waitaof-local"
	BarrierWaitAOFReplicas Barrier = "waitaof-replicas"
	BarrierWait            Barrier = "wait"
)

// Topics is how topics are created.
type Topics struct {
	Partitions        int
	ReplicationFactor int // 0: the cluster's default
}

// Telemetry is health endpoints, metrics and logs. An empty address means
// that nothing listens.
type Telemetry struct {
	ConsumerListen  string
	PublisherListen string
	Pprof           bool
	LogLevel        slog.Level
	LogFormat       LogFormat
}

// LogFormat is how a log line is written.
type LogFormat string

// The formats of a log line.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// ChangesTopic is where each change is announced.
func (c Config) ChangesTopic() string { return c.Namespace + ".changes" }

// CurrentTopic is the compacted topic of the latest value per customer.
func (c Config) CurrentTopic() string { return c.Namespace + ".current" }

// DeadLetterTopic is where events go that could not be used.
func (c Config) DeadLetterTopic() string { return c.Namespace + ".deadletter" }

// RepartitionTopic is where events come from whose customer was found through their order.
func (c Config) RepartitionTopic() string { return c.Namespace + ".repartition" }

// ReadTopics are all topics that events are read from: those of the input, and what was
// rerouted of them.
func (c Config) ReadTopics() []string {
	if !c.Input.OrderIndex {
		return c.Input.Topics
	}
	return append(slices.Clone(c.Input.Topics), c.RepartitionTopic())
}

// ProgressTopic is the compacted topic whose partitions are the publisher's
// lanes.
func (c Config) ProgressTopic() string { return c.Namespace + ".progress" }
