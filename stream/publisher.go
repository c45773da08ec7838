package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/audience"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/due"
	"github.com/clvstream/clvstream/stream/relay"
)

// PublisherConfig is all that a publisher needs to bring outboxes to Kafka.
type PublisherConfig struct {
	Kafka     cluster.Access
	Topics    cluster.OutputTopics
	Audiences []audience.Audience // whose topics are written beside those
	Current   change.Form         // of the topic of current values; empty: change.JSON
	// Register has the id of an Avro schema in a subject of a schema registry, and waits for one
	// that is away; nil: no form is Avro.
	Register   func(ctx context.Context, subject string, schema []byte) (id uint32, err error)
	Group      string // of publishers
	Store      *state.Store
	Currency   money.Currency
	Source     string // CloudEvents source of what is published
	Durability state.Durability
	Due        due.Config
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

// Publisher is a member of the publishers' group: it runs the lanes that the group
// assigns to it. Lanes are the partitions of the progress topic; shard s belongs to
// lane s modulo their number.
type Publisher struct {
	config    PublisherConfig
	client    *kgo.Client // a plain client, for questions
	audiences []audience.Compiled

	compression kgo.CompressionCodec
	lanes       int
	outputs     map[string]output // by topic; of others: as JSON
	limits      map[string]int    // largest record batch that each output topic takes, bytes
	// What the lanes share.
	firing *due.Firing
	unseen sync.Once

	mu      sync.Mutex
	running map[int32]*lane
	joined  bool
	fatal   context.CancelCauseFunc
}

const (
	defaultMaxItems           = 10_000
	defaultLinger             = 5 * time.Millisecond
	defaultTransactionTimeout = 30 * time.Second
	lanesField                = "lanes"
	// leastMessageBytes is what an output topic must take: a change with the
	// longest ids, all of it escaped, and a lane's progress stay below.
	leastMessageBytes = 64 << 10
)

// ErrLanesChanged says that the progress topic has another number of partitions
// than when the namespace was created: shards would lose their progress.
var ErrLanesChanged = errors.New("the number of lanes changed")

// NewPublisher checks the configuration, that the cluster answers and has the
// topics, and that the lanes are those of the namespace's creation.
func NewPublisher(ctx context.Context, config PublisherConfig) (*Publisher, error) {
	config.MaxItems = cmp.Or(config.MaxItems, defaultMaxItems)
	config.Linger = cmp.Or(config.Linger, defaultLinger)
	config.TransactionTimeout = cmp.Or(config.TransactionTimeout, defaultTransactionTimeout)
	config.SessionTimeout = cmp.Or(config.SessionTimeout, defaultSession)
	config.Grace = cmp.Or(config.Grace, defaultGrace)
	audiences, err := audience.Compile(config.Audiences)
	if err != nil {
		return nil, err
	}
	codec, err := relay.Compression(config.Compression)
	if err != nil {
		return nil, err
	}
	client, err := cluster.Connect(ctx, config.Kafka)
	if err != nil {
		return nil, err
	}
	p := &Publisher{config: config, client: client, audiences: audiences, compression: codec, running: map[int32]*lane{}, firing: due.New(config.Due, config.Store)}
	if err := p.prepare(ctx); err != nil {
		client.Close()
		return nil, err
	}
	return p, nil
}

// Run takes part in the group until ctx is done or something is found that an
// operator must decide about. Transactions under way are finished.
func (p *Publisher) Run(ctx context.Context) error {
	defer p.client.Close()
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
				slog.WarnContext(ctx, "error in the publisher group", "error", failed.Err)
				cluster.Wait(ctx, time.Second)
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

// Ready says why the publisher cannot do its work now, nil when it can.
func (p *Publisher) Ready(ctx context.Context) error {
	if err := p.config.Store.Ping(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.joined {
		return fmt.Errorf("group %s is not joined yet", p.config.Group)
	}
	for id, l := range p.running {
		if failing := l.relay.FailingFor(time.Now()); failing > stuckAfter {
			return fmt.Errorf("lane %d has been failing for %s", id, failing.Round(time.Second))
		}
	}
	return nil
}

// Live says which loop has stopped turning, nil when all do.
func (p *Publisher) Live() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, l := range p.running {
		if silent := l.relay.SilentFor(time.Now()); silent > silentAfter && l.relay.FailingFor(time.Now()) == 0 {
			return fmt.Errorf("lane %d: its loop has not turned for %s", id, silent.Round(time.Second))
		}
	}
	return nil
}
