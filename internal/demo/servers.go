package demo

import (
	"fmt"

	"github.com/alicebob/miniredis/v2"
	"github.com/twmb/franz-go/pkg/kfake"
)

// Servers are a broker and a store in this process, kfake and miniredis, spoken to on
// loopback ports that the system chooses.
type Servers struct {
	kafka *kfake.Cluster
	redis *miniredis.Miniredis
}

// StartServers starts both.
func StartServers() (*Servers, error) {
	kafka, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		return nil, fmt.Errorf("start the embedded broker: %w", err)
	}
	redis := miniredis.NewMiniRedis()
	if err := redis.Start(); err != nil {
		kafka.Close()
		return nil, fmt.Errorf("start the embedded store: %w", err)
	}
	return &Servers{kafka: kafka, redis: redis}, nil
}

// Brokers are the broker's addresses.
func (s *Servers) Brokers() []string { return s.kafka.ListenAddrs() }

// RedisAddress is the store's address.
func (s *Servers) RedisAddress() string { return s.redis.Addr() }

// Close stops both and forgets what they hold.
func (s *Servers) Close() {
	s.redis.Close()
	s.kafka.Close()
}
