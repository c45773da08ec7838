package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/semaphore"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/state/transaction"
)

// Options say where a store lives in Redis and how much of it a process keeps
// in memory.
type Options struct {
	Namespace string // prefix of every key
	Shards    int    // fixed at the namespace's birth, 1 to 4,096
	// OutboxCap is how many entries (commits) may wait in one shard's outbox
	// before its consumers wait.
	OutboxCap int64
	// CacheCustomers is how many customers a process keeps, over all shards: see cache.
	CacheCustomers int
	// Fingerprint names the settings that decide what a history means (time
	// zone, currency, lateness). It is fixed at birth, and a store is not opened
	// under another.
	Fingerprint string
	// LaterEvents names what becomes of events of customers who were erased. It is fixed at
	// birth likewise, or by the first who opens a namespace that has no word on it. Empty: that
	// is not looked at.
	LaterEvents string
	// Model makes a model of a pushed file; without it none can be in force.
	Model func(file []byte) (model.Model, error)
}

// Store is a namespace's shards in one Redis, Sentinel set or Cluster.
type Store struct {
	client  redis.UniversalClient
	options Options
	shards  []*shard
	beside  *semaphore.Weighted // chains beside the first of each claim

	valuations valuations
	files      servers // whose append-only file is whole
	barriers   servers // on which the durability barrier holds
}

// ErrBornOtherwise says that the namespace was created with other settings.
var ErrBornOtherwise = errors.New("the namespace was created with other settings")

const (
	metaSchema       = "schema"
	metaShards       = "shards"
	metaFingerprint  = "fingerprint"
	metaLaterEvents  = "later_events"
	maxShards        = 4096
	defaultOutboxCap = 1000
)

// Open finds the namespace's state, or gives birth to it, and checks that it was
// born with these options. The client's own retries must be off (MaxRetries −1):
// a commit sent twice unseen would be counted as a foreign one.
func Open(ctx context.Context, client redis.UniversalClient, options Options) (*Store, error) {
	if options.Shards < 1 || options.Shards > maxShards {
		return nil, fmt.Errorf("open state: %d shards: want 1 to %d", options.Shards, maxShards)
	}
	s := newStore(client, options)
	masters, err := s.checkTransactions(ctx)
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	s.askFiles(ctx, masters) // before the birth: a server that holds nothing has loaded nothing
	if err := s.checkBirth(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// master is a server that holds a shard, and a key of it.
type master struct {
	node *redis.Client
	key  string
}

// masters are the servers that hold the shards, each once.
func (s *Store) masters(ctx context.Context) (masters []master, err error) {
	for _, sh := range s.shards {
		node, err := s.node(ctx, sh.keys.src)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(masters, func(m master) bool { return m.node == node }) {
			masters = append(masters, master{node, sh.keys.src})
		}
	}
	return masters, nil
}

// movesWhileOpening is how often a slot of a cluster may be found elsewhere than it was said
// to be while the state is opened: a layout is known as of a moment.
const movesWhileOpening = 10

// checkTransactions tries an empty transaction, and to give one up, on each server, and
// answers with these. A user who may not would wait at the first commit.
func (s *Store) checkTransactions(ctx context.Context) (masters []master, err error) {
	for wait, moves := (backoff{}), 0; ; moves++ {
		if masters, err = s.masters(ctx); err == nil {
			err = tryTransactions(ctx, masters)
		}
		if err == nil || moves == movesWhileOpening || !isMoved(err) || ctx.Err() != nil {
			return masters, err
		}
		s.refresh(ctx)
		wait.sleep(ctx)
	}
}

// isMoved says whether a server of a cluster answered that the slot is, or will be, with another.
func isMoved(err error) bool {
	_, cause := judge(err)
	return cause == "moved" || cause == "ask" || cause == "tryagain"
}

func tryTransactions(ctx context.Context, masters []master) error {
	for _, m := range masters {
		err := tryTransaction(ctx, m)
		if err != nil && !isMoved(err) {
			err = fmt.Errorf("%w: the Redis user needs WATCH, UNWATCH, MULTI, EXEC and DISCARD", err)
		}
		if err != nil {
			return fmt.Errorf("try a transaction on %s: %w", m.node.Options().Addr, err)
		}
	}
	return nil
}

func tryTransaction(ctx context.Context, m master) error {
	conn := transaction.Connect(m.node, nil) // nothing is written
	defer conn.Release()
	// The first is unwatched by the second, that is discarded by the third.
	for _, begin := range [...]func(context.Context, string, transaction.Reads) error{conn.Watch, conn.Begin, conn.Begin} {
		if err := begin(ctx, m.key, func(pipe redis.Pipeliner) { pipe.HLen(ctx, m.key) }); err != nil {
			return err
		}
	}
	err := conn.Commit(ctx, [][]any{{"HLEN", m.key}})
	if errors.Is(err, transaction.ErrBeaten) { // by a consumer at work
		return nil
	}
	return err
}

// transact runs a transaction on a key's server until no other writer comes first.
func (s *Store) transact(ctx context.Context, key string, transact func(*transaction.Conn) error) error {
	node, err := s.node(ctx, key)
	if err != nil {
		return err
	}
	conn := s.connect(node)
	defer conn.Release()
	for wait := (backoff{}); ; {
		switch err := transact(conn); {
		case errors.Is(err, errTorn) && ctx.Err() == nil:
			wait.sleep(ctx)
		case err == nil || Judge(err) != Beaten:
			return err
		}
	}
}

// connect takes a connection to a server for transactions.
func (s *Store) connect(node *redis.Client) *transaction.Conn {
	return transaction.Connect(node, func(ctx context.Context) error { return s.files.check(ctx, node, fileIsWhole) })
}

func newStore(client redis.UniversalClient, options Options) *Store {
	if options.OutboxCap <= 0 {
		options.OutboxCap = defaultOutboxCap
	}
	s := &Store{client: client, options: options, beside: semaphore.NewWeighted(chainsBeside)}
	for i := range options.Shards {
		s.shards = append(s.shards, &shard{index: i, keys: shardKeys(options.Namespace, i), cache: newCache()})
	}
	return s
}

// checkBirth writes what is fixed at birth where it is not written yet, and
// compares it where it is. It does so one after the other, so that of two
// processes that differ only one gives birth.
func (s *Store) checkBirth(ctx context.Context) error {
	if err := s.bringIntoForce(ctx, layout.Number); err != nil {
		return fmt.Errorf("open state: %w", err)
	}
	for _, born := range [...]struct{ field, value string }{
		{metaShards, strconv.Itoa(s.options.Shards)},
		{metaFingerprint, s.options.Fingerprint},
		{metaLaterEvents, s.options.LaterEvents},
	} {
		if born.field == metaLaterEvents && born.value == "" {
			continue
		}
		if err := s.Pin(ctx, born.field, born.value); err != nil {
			return fmt.Errorf("open state: %w", err)
		}
	}
	return nil
}

// Pin fixes a value at the namespace's birth: the first one to be pinned stays,
// and another is answered with ErrBornOtherwise.
func (s *Store) Pin(ctx context.Context, field, value string) error {
	key := metaKey(s.options.Namespace)
	if err := s.client.HSetNX(ctx, key, field, value).Err(); err != nil {
		return fmt.Errorf("pin %s: %w", field, err)
	}
	pinned, err := s.client.HGet(ctx, key, field).Result()
	switch {
	case err != nil:
		return fmt.Errorf("read pinned %s: %w", field, err)
	case pinned != value:
		return fmt.Errorf("%w: %s was %s, is %s: set it back, or use another namespace and replay", ErrBornOtherwise, field, pinned, value)
	}
	return nil
}

// Find opens a namespace that must already exist, with the number of shards it
// was born with. It is for readers: nothing is written.
func Find(ctx context.Context, client redis.UniversalClient, namespace string) (*Store, error) {
	found, err := client.HGetAll(ctx, metaKey(namespace)).Result()
	if err != nil {
		return nil, fmt.Errorf("find state: %w", err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("find state: namespace %q holds nothing in this Redis: check --redis and --namespace, or start the consumer first", namespace)
	}
	shards, err := strconv.Atoi(found[metaShards])
	if err != nil || shards < 1 || shards > maxShards {
		return nil, fmt.Errorf("find state: %s says %q shards: it is damaged", metaKey(namespace), found[metaShards])
	}
	if _, err := parseLayout(found[metaSchema]); err != nil {
		return nil, fmt.Errorf("find state: %w", err)
	}
	return newStore(client, Options{Namespace: namespace, Shards: shards, Fingerprint: found[metaFingerprint], LaterEvents: found[metaLaterEvents]}), nil
}

// Fingerprint names the settings that decide what a history means, as the namespace was
// created with them.
func (s *Store) Fingerprint() string { return s.options.Fingerprint }

// LaterEvents names what becomes of events of customers who were erased; empty: nobody has
// said so yet.
func (s *Store) LaterEvents() string { return s.options.LaterEvents }

// Shards is the number of shards.
func (s *Store) Shards() int { return len(s.shards) }

// AllShards are the numbers of all shards.
func (s *Store) AllShards() []int {
	all := make([]int, len(s.shards))
	for shard := range all {
		all[shard] = shard
	}
	return all
}

// Ping asks Redis for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("ping Redis: %w", err)
	}
	return nil
}

// ask asks something of each shard, in one round trip, and gives the answers in
// the shards' order. An error names the shard.
func ask[A redis.Cmder](ctx context.Context, s *Store, shards []*shard, question func(redis.Pipeliner, *shard) A) ([]A, error) {
	answers := make([]A, len(shards))
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, sh := range shards {
			answers[i] = question(pipe, sh)
		}
		return nil
	})
	if err == nil {
		return answers, nil
	}
	for i, sh := range shards {
		if err := answers[i].Err(); err != nil {
			return nil, fmt.Errorf("shard %d: %w", sh.index, err)
		}
	}
	return nil, err
}

// numbered are shards by their numbers.
func (s *Store) numbered(numbers []int) []*shard {
	shards := make([]*shard, len(numbers))
	for i, n := range numbers {
		shards[i] = s.shards[n]
	}
	return shards
}

// node is the client of the server that holds a key: in a cluster the master of
// its slot, because a transaction needs one connection to one server.
func (s *Store) node(ctx context.Context, key string) (*redis.Client, error) {
	switch c := s.client.(type) {
	case *redis.Client:
		return c, nil
	case *redis.ClusterClient:
		node, err := c.MasterForKey(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("find the cluster's master for %s: %w", key, err)
		}
		return node, nil
	default:
		return nil, fmt.Errorf("redis client %T is not supported: want a single server, Sentinel or Cluster client", c)
	}
}

// refresh asks a cluster for its layout again: slots may have moved.
func (s *Store) refresh(ctx context.Context) {
	if cluster, ok := s.client.(*redis.ClusterClient); ok {
		cluster.ReloadState(ctx)
	}
}
