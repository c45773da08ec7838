package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Config says where and how a Fetcher reads. Zero numbers mean the defaults.
type Config struct {
	// Transport carries the fetch requests; see cluster.Access.Transport.
	Transport kafka.RoundTripper
	// Addr is where the transport finds the cluster; see cluster.Access.Addr.
	Addr net.Addr
	// Cluster is asked which broker leads a partition, whether a topic is still
	// the same one, and for the bounds of an offset that was refused. The
	// fetcher does not close it.
	Cluster *kgo.Client
	// ClientID names this process in the brokers' logs and quotas.
	ClientID string
	// MaxWait is how long a broker may hold a request when it has nothing new
	// for any partition; 250 ms by default.
	MaxWait time.Duration
	// MinInterval is the shortest time from one request to the next of a broker
	// whose answers are small: it turns a trickle into batches. 5 ms by default,
	// negative for none.
	MinInterval time.Duration
	// PartitionMaxBytes bounds what one request brings of one partition, as
	// compressed; a single larger batch still comes. 1 MiB by default.
	PartitionMaxBytes int32
	// MaxBytes bounds what one request brings of all; 16 MiB by default.
	MaxBytes int32
	// MaxBatchBytes bounds a single Kafka batch, compressed and decompressed; a
	// larger one is an UnsupportedBatchError. 64 MiB by default.
	MaxBatchBytes int32
	// MaxRecords bounds the records of one Batch; 8192 by default.
	MaxRecords int
	// OnRetry is called with a transient error and its reason, for counting and
	// logging. It must not block nor call the fetcher or its readers. nil: nothing
	// is called.
	OnRetry func(cluster.Partition, RetryReason, error)
}

// payloadFactor times PartitionMaxBytes is what one Batch may hold before no
// further compressed batch is opened for it: about what lz4 makes of JSON.
const payloadFactor = 4

// Fetcher reads partitions from their leaders: one loop per broker, in each
// round one request for all partitions of that broker whose last answer has
// been taken. Who does not take the batches of a partition therefore pauses that
// partition alone.
//
//	Assign ─► Reader ◄── settle ◄── answer ◄──┐
//	              │  ▲                        │ one loop per broker
//	          Take│  └ offset ──► question ───┘
//	              ▼
//	            Batch (checked, decompressed and parsed in the taker's goroutine)
//
// It holds, for each partition, at most one answer that was not taken
// (PartitionMaxBytes, or one batch of at most MaxBatchBytes), one decompressed
// batch (at most MaxBatchBytes), and what its last Batch was made in, for the next.
type Fetcher struct {
	config       Config
	limits       cursorLimits
	leaderWanted chan struct{} // holds a token while followLeaders has something to do

	mu      sync.Mutex
	running bool
	readers map[cluster.Partition]*Reader
	brokers map[int32]chan struct{} // wakes the loop of a broker
	turns   uint64                  // grows with every answer that brought something; see Reader.turn
}

// New checks the configuration. Run starts reading.
func New(config Config) (*Fetcher, error) {
	if config.Transport == nil || config.Addr == nil || config.Cluster == nil {
		return nil, errors.New("make fetcher: transport, address and cluster client are needed")
	}
	config.MaxWait = cmp.Or(config.MaxWait, 250*time.Millisecond)
	config.MinInterval = cmp.Or(config.MinInterval, 5*time.Millisecond)
	config.PartitionMaxBytes = cmp.Or(config.PartitionMaxBytes, 1<<20)
	config.MaxBytes = cmp.Or(config.MaxBytes, 16<<20)
	config.MaxBatchBytes = cmp.Or(config.MaxBatchBytes, 64<<20)
	config.MaxRecords = cmp.Or(config.MaxRecords, 8192)
	if config.MaxWait < 0 || config.PartitionMaxBytes < 0 || config.MaxBytes < 0 || config.MaxBatchBytes < 0 || config.MaxRecords < 0 {
		return nil, fmt.Errorf("make fetcher: a limit is negative: %v, %d, %d, %d bytes, %d records",
			config.MaxWait, config.PartitionMaxBytes, config.MaxBytes, config.MaxBatchBytes, config.MaxRecords)
	}
	if config.OnRetry == nil {
		config.OnRetry = func(cluster.Partition, RetryReason, error) {}
	}
	decompressor, err := newDecompressor(int(config.MaxBatchBytes))
	if err != nil {
		return nil, fmt.Errorf("make fetcher: %w", err)
	}
	return &Fetcher{
		config: config,
		limits: cursorLimits{
			records: config.MaxRecords, payloadBytes: payloadFactor * int(config.PartitionMaxBytes), decompressor: decompressor,
		},
		leaderWanted: make(chan struct{}, 1),
		readers:      map[cluster.Partition]*Reader{},
		brokers:      map[int32]chan struct{}{},
	}, nil
}

// Run reads until ctx is done and returns when all its goroutines have ended.
// It fails only when it is called twice.
func (f *Fetcher) Run(ctx context.Context) error {
	f.mu.Lock()
	again := f.running
	f.running = true
	f.mu.Unlock()
	if again {
		return errors.New("run fetcher: it runs already")
	}
	var loops sync.WaitGroup
	defer loops.Wait()
	f.followLeaders(ctx, func(broker int32, wake <-chan struct{}) {
		loops.Go(func() { f.readBroker(ctx, broker, wake) })
	})
	return nil
}

// Assign begins to read a partition at an offset. It may be called before and
// during Run. A partition has one reader at a time.
func (f *Fetcher) Assign(partition cluster.Partition, offset int64) (*Reader, error) {
	if offset < 0 {
		return nil, fmt.Errorf("assign %s: offset %d is negative", partition, offset)
	}
	r := &Reader{
		fetcher: f, partition: partition, ready: make(chan struct{}, 1),
		offset: offset, leader: noLeader, maxBytes: f.config.PartitionMaxBytes,
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, taken := f.readers[partition]; taken {
		return nil, fmt.Errorf("assign %s: it is assigned already", partition)
	}
	f.readers[partition] = r
	f.wantLeaders()
	return r, nil
}

// wantLeaders and wake leave a token, which is enough however often they are
// called before it is taken.
func (f *Fetcher) wantLeaders() { leaveToken(f.leaderWanted) }

func (f *Fetcher) wake(broker int32) {
	if loop, running := f.brokers[broker]; running {
		leaveToken(loop)
	}
}

func leaveToken(tokens chan struct{}) {
	select {
	case tokens <- struct{}{}:
	default:
	}
}

// sleep waits for a time, a token or the end; a wait of zero has no end of its own.
func sleep(ctx context.Context, wait time.Duration, tokens <-chan struct{}) {
	var elapsed <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-ctx.Done():
	case <-elapsed:
	case <-tokens:
	}
}
