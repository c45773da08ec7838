package cluster

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Connect makes a plain client and waits until a broker answers it.
func Connect(ctx context.Context, client Access, more ...kgo.Opt) (*kgo.Client, error) {
	options, err := client.Options()
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	cluster, err := kgo.NewClient(append(options, more...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := cluster.Ping(ctx); err != nil {
		cluster.Close()
		if refused := RefusedCredentials(err); refused != nil {
			return nil, refused
		}
		return nil, fmt.Errorf("connect to Kafka at %v: no broker answers: %w: check --brokers, TLS and SASL settings", client.Brokers, err)
	}
	return cluster, nil
}
