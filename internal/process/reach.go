package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/stream"
)

// retryEvery is the pause between two tries to reach a server that is not there
// yet.
const retryEvery = 500 * time.Millisecond

// dependency is a server that the program cannot work without.
type dependency struct {
	name   string
	advice string // what to check when it does not answer
	ask    func(context.Context) error
	// refused says that it answered and wants nothing to do with us, which will
	// not pass by itself.
	refused func(error) bool
}

// reach waits until a server answers. The first failure is told at once: who
// watches the log should not have to wait for the last.
func (p *Process) reach(ctx context.Context, d dependency) error {
	timeout := p.connectTimeout()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var last error
	for {
		err := d.ask(ctx)
		switch {
		case err == nil:
			return nil
		case d.refused(err):
			return fmt.Errorf("connect to %s: %w: %s", d.name, err, d.advice)
		case last == nil && ctx.Err() == nil:
			slog.Warn("a server does not answer yet", "server", d.name, "tried_for", timeout.String(), "error", err)
		}
		if last == nil || !errors.Is(err, context.DeadlineExceeded) {
			last = err
		}
		pause := time.NewTimer(retryEvery)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("connect to %s: no answer within %s: %w: %s", d.name, timeout, last, d.advice)
		}
	}
}

func redisServer(cfg config.Config, client redis.UniversalClient) dependency {
	return dependency{
		name:    fmt.Sprintf("Redis (%s) at %v", cfg.Redis.Mode, cfg.Redis.Addresses),
		advice:  "check that it runs, --redis, redis.mode, redis.tls and the password",
		ask:     func(ctx context.Context) error { return client.Ping(ctx).Err() },
		refused: redisRefused,
	}
}

// redisRefused tells answers that stay from those of a server that is loading,
// failing over or busy.
func redisRefused(err error) bool {
	for _, word := range []string{"NOAUTH", "WRONGPASS", "NOPERM", "ERR"} {
		if redis.HasErrorPrefix(err, word) {
			return true
		}
	}
	return false
}

func kafkaCluster(cfg config.Config) dependency {
	return dependency{
		name:   fmt.Sprintf("Kafka at %v", cfg.Kafka.Brokers),
		advice: "check that it runs, --brokers, kafka.tls and kafka.sasl",
		ask: func(ctx context.Context) error {
			kafka, err := assembly.Kafka(cfg)
			if err != nil {
				return err
			}
			client, err := stream.Connect(ctx, kafka)
			if err != nil {
				return err
			}
			client.Close()
			return nil
		},
		refused: kafkaRefused,
	}
}

func kafkaRefused(err error) bool {
	return errors.Is(err, kerr.SaslAuthenticationFailed) || errors.Is(err, kerr.UnsupportedSaslMechanism)
}
