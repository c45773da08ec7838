package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/time/rate"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/state"
)

// PublisherConfig is all that a publisher needs to bring outboxes to Kafka.
type PublisherConfig struct {
	Kafka      KafkaClient
	Topics     OutputTopics
	Audiences  []Audience // whose topics are written beside those
	Group      string     // of publishers
	Store      *state.Store
	Currency   money.Currency
	Source     string // CloudEvents source of what is published
	Durability state.Durability
	Awake      Awake
	// Leader runs while this publisher has the first lane, for what one of all
	// publishers is to do. It returns when its context is done; the lane waits for
	// it. Two may overlap for a moment, when a publisher is taken for dead.
	Leader func(context.Context)

	Compression        string        // of what is published: gzip, snappy, lz4, zstd or none; empty: none
	MaxItems           int           // of one transaction; 0: 10,000
	Linger             time.Duration // pause between transactions, so that they grow with the load; 0: 5 ms
	TransactionTimeout time.Duration // after which the broker aborts; 0: 30 s
	SessionTimeout     time.Duration // after which the group takes a silent member for dead; 0: 10 s
	// Grace is how long a transaction under way may still take when its lane is
	// taken or the process stops; 0: 10 s.
	Grace time.Duration
}

// Publisher is a member of the publishers' group: it runs one relay per lane
// that the group assigns to it. Lanes are the partitions of the progress topic;
// shard s belongs to lane s modulo their number.
type Publisher struct {
	config    PublisherConfig
	cluster   *kgo.Client // a plain client, for questions
	audiences []audience

	compression kgo.CompressionCodec
	lanes       int
	limits      map[string]int // largest record batch that each output topic takes, bytes
	// awakeRate is shared by the lanes.
	awakeRate *rate.Limiter
	advance   advance

	// blind says once that hanging transactions can not be looked for.
	blind sync.Once

	mu     sync.Mutex
	relays map[int32]*relay
	joined bool
	fatal  context.CancelCauseFunc
}

const (
	defaultMaxItems           = 10_000
	defaultLinger             = 5 * time.Millisecond
	defaultTransactionTimeout = 30 * time.Second
	lanesField                = "lanes"
	// letterOverhead is what a record and its batch add to a dead letter.
	letterOverhead      = 16 << 10
	defaultMessageBytes = 1_000_012 // Kafka's own default is 1,048,588; kgo's stays below
	largestBatchBytes   = 64 << 20  // no input batch is larger: see FetchConfig.MaxBatchBytes
	// leastMessageBytes is what an output topic must take: a change with the
	// longest ids, all of it escaped, and a lane's progress stay below.
	leastMessageBytes    = 64 << 10
	maxMessageBytesField = "max.message.bytes"
)

// ErrLanesChanged says that the progress topic has another number of partitions
// than when the namespace was born: shards would lose their progress.
var ErrLanesChanged = errors.New("the number of lanes changed")

// NewPublisher checks the configuration, that the cluster answers and has the
// topics, and that the lanes are those of the namespace's birth.
func NewPublisher(ctx context.Context, config PublisherConfig) (*Publisher, error) {
	config.MaxItems = orDefault(config.MaxItems, defaultMaxItems)
	config.Linger = orDefault(config.Linger, defaultLinger)
	config.TransactionTimeout = orDefault(config.TransactionTimeout, defaultTransactionTimeout)
	config.SessionTimeout = orDefault(config.SessionTimeout, defaultSession)
	config.Grace = orDefault(config.Grace, defaultGrace)
	audiences, err := compileAudiences(config.Audiences)
	if err != nil {
		return nil, err
	}
	codec, err := compressionNamed(config.Compression)
	if err != nil {
		return nil, err
	}
	cluster, err := Connect(ctx, config.Kafka)
	if err != nil {
		return nil, err
	}
	p := &Publisher{config: config, cluster: cluster, audiences: audiences, compression: codec, relays: map[int32]*relay{}, awakeRate: config.Awake.limiter()}
	if err := p.prepare(ctx); err != nil {
		cluster.Close()
		return nil, err
	}
	return p, nil
}

// compressionNamed is Kafka's compression of a name.
func compressionNamed(name string) (kgo.CompressionCodec, error) {
	switch name {
	case "", "none":
		return kgo.NoCompression(), nil
	case "gzip":
		return kgo.GzipCompression(), nil
	case "snappy":
		return kgo.SnappyCompression(), nil
	case "lz4":
		return kgo.Lz4Compression(), nil
	case "zstd":
		return kgo.ZstdCompression(), nil
	default:
		return kgo.CompressionCodec{}, fmt.Errorf("compression %q is none of none, gzip, snappy, lz4, zstd", name)
	}
}

// admin asks the cluster questions.
func (p *Publisher) admin() *kadm.Client { return kadm.NewClient(p.cluster) }

func (p *Publisher) prepare(ctx context.Context) error {
	admin := kadm.NewClient(p.cluster)
	if err := warnWithoutOnce(ctx, admin); err != nil {
		return err
	}
	names := p.config.Topics
	var topics kadm.TopicDetails
	err := patiently(ctx, func(ctx context.Context) (err error) {
		topics, err = p.findTopics(ctx, admin)
		return err
	})
	if err != nil {
		return err
	}
	p.lanes = len(topics[names.Progress].Partitions)
	switch err := p.config.Store.Pin(ctx, lanesField, strconv.Itoa(p.lanes)); {
	case errors.Is(err, state.ErrBornOtherwise):
		return fmt.Errorf("%w: %s has %d partitions: %w", ErrLanesChanged, names.Progress, p.lanes, err)
	case err != nil:
		return err
	}
	p.limits = map[string]int{}
	for topic := range topics {
		limit := messageLimit(ctx, admin, topic)
		if limit < leastMessageBytes {
			return fmt.Errorf("check output topic %s: it takes records of %d bytes at most: set its %s to %d or more", topic, limit, maxMessageBytesField, leastMessageBytes)
		}
		p.limits[topic] = limit
	}
	return nil
}

// findTopics asks for the topics that are written to.
func (p *Publisher) findTopics(ctx context.Context, admin *kadm.Client) (kadm.TopicDetails, error) {
	names := p.config.Topics
	topics, err := admin.ListTopics(ctx, append(audienceTopics(p.config.Audiences), names.Changes, names.Current, names.DeadLetter, names.Progress)...)
	if err != nil {
		return nil, fmt.Errorf("find output topics: %w", err)
	}
	for _, topic := range topics.Sorted() {
		if topic.Err != nil {
			return nil, fmt.Errorf("find output topic %s: %w", topic.Topic, topicError(topic.Topic, topic.Err))
		}
	}
	return topics, nil
}

// batchBytes is the largest batch that is sent to a topic: one dead letter may
// fill what its topic takes, everything else is kept to the usual megabyte.
func (p *Publisher) batchBytes(topic string) int32 {
	limit, ok := p.limits[topic]
	switch {
	case !ok:
		return defaultMessageBytes
	case topic == p.config.Topics.DeadLetter:
		return int32(min(limit, largestBatchBytes))
	default:
		return int32(min(limit, defaultMessageBytes))
	}
}

// letterBytes is the largest dead letter that is published whole.
func (p *Publisher) letterBytes() int {
	return int(p.batchBytes(p.config.Topics.DeadLetter)) - letterOverhead
}

// messageLimit is the largest record batch that a topic takes.
func messageLimit(ctx context.Context, admin *kadm.Client, topic string) int {
	configs, err := admin.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return defaultMessageBytes
	}
	described, err := configs.On(topic, nil)
	if err != nil {
		return defaultMessageBytes
	}
	for _, c := range described.Configs {
		var bytes int
		if _, err := fmt.Sscan(c.MaybeValue(), &bytes); c.Key == maxMessageBytesField && err == nil {
			return bytes
		}
	}
	return defaultMessageBytes
}

// Run takes part in the group until ctx is done or something is found that an
// operator must decide about. Transactions under way are finished.
func (p *Publisher) Run(ctx context.Context) error {
	defer p.cluster.Close()
	ctx, p.fatal = context.WithCancelCause(ctx)
	defer p.fatal(nil)
	unregister := observePublisher(p)
	defer unregister()
	member, err := p.join(ctx)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		// Nothing is fetched: the topic is paused. Polling brings errors to light.
		fetches := member.PollFetches(ctx)
		for _, failed := range fetches.Errors() {
			if ctx.Err() == nil {
				slog.WarnContext(ctx, "the publishers' group has trouble", "error", failed.Err)
				wait(ctx, time.Second)
			}
		}
	}
	p.stop(p.assigned())
	member.Close()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

func (p *Publisher) join(ctx context.Context) (*kgo.Client, error) {
	options, err := p.config.Kafka.Options()
	if err != nil {
		return nil, err
	}
	progressTopic := p.config.Topics.Progress
	member, err := kgo.NewClient(append(options,
		kgo.ConsumerGroup(p.config.Group),
		kgo.ConsumeTopics(progressTopic),
		kgo.DisableAutoCommit(),
		kgo.SessionTimeout(p.config.SessionTimeout),
		kgo.HeartbeatInterval(p.config.SessionTimeout/heartbeatsPerSession),
		kgo.RebalanceTimeout(rebalanceTimeout),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, given map[string][]int32) { p.start(ctx, given[progressTopic]) }),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, taken map[string][]int32) { p.stop(taken[progressTopic]) }),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { p.lose(lost[progressTopic]) }),
	)...)
	if err != nil {
		return nil, fmt.Errorf("join group %s: %w", p.config.Group, err)
	}
	member.PauseFetchTopics(progressTopic)
	return member, nil
}

// start runs a relay for each lane that was given.
func (p *Publisher) start(ctx context.Context, lanes []int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.joined = true
	slog.InfoContext(ctx, "given lanes", "group", p.config.Group, "lanes", lanes)
	for _, lane := range lanes {
		if int(lane) >= p.lanes { // its shards belong to another lane as well
			p.fatal(fmt.Errorf("%w: %s has lane %d, and had %d partitions at start: no partitions may be added to it", ErrLanesChanged, p.config.Topics.Progress, lane, p.lanes))
			return
		}
		if p.relays[lane] != nil {
			continue
		}
		r := newRelay(p, lane)
		p.relays[lane] = r
		ctx, stop := context.WithCancel(ctx)
		r.stop = stop
		go func() {
			defer close(r.done)
			defer stop()
			r.work(ctx)
		}()
	}
}

// stop ends the relays of lanes that were taken and waits for what they have
// under way. It may be called for the same lane more than once, at once.
func (p *Publisher) stop(lanes []int32) {
	for _, lane := range lanes {
		p.mu.Lock()
		r := p.relays[lane]
		p.mu.Unlock()
		if r == nil {
			continue
		}
		r.stop()
		<-r.done
		p.mu.Lock()
		if p.relays[lane] == r {
			delete(p.relays, lane)
		}
		p.mu.Unlock()
	}
}

// lose stops the lanes of a member that the group took for dead.
func (p *Publisher) lose(lanes []int32) {
	p.mu.Lock()
	p.joined = false
	p.mu.Unlock()
	p.stop(lanes)
}

func (p *Publisher) assigned() []int32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	lanes := make([]int32, 0, len(p.relays))
	for lane := range p.relays {
		lanes = append(lanes, lane)
	}
	return lanes
}

// Ready says why the publisher can not do its work now, nil when it can.
func (p *Publisher) Ready(ctx context.Context) error {
	if err := p.config.Store.Ping(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.joined {
		return fmt.Errorf("group %s is not joined yet", p.config.Group)
	}
	for lane, r := range p.relays {
		if failing := r.failingFor(time.Now()); failing > stuckAfter {
			return fmt.Errorf("lane %d has been failing for %s", lane, failing.Round(time.Second))
		}
	}
	return nil
}

// Live says which loop has stopped turning, nil when all do.
func (p *Publisher) Live() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for lane, r := range p.relays {
		if silent := time.Since(time.Unix(0, r.turned.Load())); silent > silentAfter && r.failingFor(time.Now()) == 0 {
			return fmt.Errorf("lane %d: its loop has not turned for %s", lane, silent.Round(time.Second))
		}
	}
	return nil
}
