package testbed

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var errBrokerDown = errors.New("the broker is down")

// startEmbedded builds the in-process pair for one test.
func startEmbedded(t testing.TB) *Pair {
	t.Helper()
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(3), // so that clients have to follow leaders around
		kfake.GroupMinSessionTimeout(100*time.Millisecond),
	)
	if err != nil {
		t.Fatalf("start kfake: %v", err)
	}
	t.Cleanup(cluster.Close)
	p := &Pair{Name: embeddedName, Brokers: cluster.ListenAddrs()}
	p.kafkaDown, p.kafkaUp = hangUp(cluster)

	store, err := startMiniredis(t)
	if err != nil {
		t.Fatal(err)
	}
	p.RedisAddrs = []string{store.addr}
	p.redisDown, p.redisUp = store.down, store.up
	return p
}

// startMiniredis starts a store on a port that is reserved, so that it can come back
// on it. A stranger may take the port all the same: then it takes another.
func startMiniredis(t testing.TB) (*miniredisServer, error) {
	const tries = 5
	for try := 1; ; try++ {
		at, err := reservePort()
		if err != nil {
			return nil, err
		}
		store := &miniredisServer{addr: at.addr(), redis: miniredis.NewMiniRedis()}
		if err := store.up(); err != nil {
			at.release()
			if try == tries {
				return nil, err
			}
			continue
		}
		t.Cleanup(at.release)
		t.Cleanup(store.down)
		return store, nil
	}
}

// hangUp makes a kfake cluster close the connection of every request while it
// is down, as near as it comes to not being there.
func hangUp(cluster *kfake.Cluster) (down func(), up func() error) {
	var isDown atomic.Bool
	cluster.Control(func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if isDown.Load() {
			return nil, errBrokerDown, true
		}
		return nil, nil, false
	})
	return func() { isDown.Store(true) }, func() error { isDown.Store(false); return nil }
}

// miniredisServer goes up and down on one address and keeps its data.
type miniredisServer struct {
	addr  string
	redis *miniredis.Miniredis

	mu   sync.Mutex
	isUp bool
}

func (s *miniredisServer) up() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isUp {
		return nil
	}
	if err := s.redis.StartAddr(s.addr); err != nil {
		return fmt.Errorf("start miniredis: %w", err)
	}
	s.isUp = true
	return nil
}

func (s *miniredisServer) down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redis.Close()
	s.isUp = false
}
