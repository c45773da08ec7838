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
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/stream"
)

// A server that is not there yet is asked again and again. One that takes a
// connection and never answers must not use up all the time unseen.
const (
	askTimeout = 5 * time.Second
	retryPause = 500 * time.Millisecond
)

// reach asks a server until it answers, or refuses us, or the timeout is over.
// The first failure is told at once: who watches the log should not have to wait
// for the last.
func reach(ctx context.Context, timeout time.Duration, ask func(context.Context) error, refused func(error) bool) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var failed error
	for {
		err := once(ctx, ask)
		switch {
		case err == nil:
			return nil
		case refused(err):
			return err
		case failed == nil:
			slog.Warn("a server does not answer yet", "trying_for", timeout.String(), "error", err)
		}
		if failed == nil || !errors.Is(err, context.DeadlineExceeded) {
			failed = err // the timeout itself is the least telling of all errors
		}
		pause := time.NewTimer(retryPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("%w (tried for %s)", failed, timeout)
		}
	}
}

func once(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return ask(ctx)
}

// reachRedis waits until Redis answers.
func reachRedis(ctx context.Context, cfg config.Redis, client redis.UniversalClient, timeout time.Duration) error {
	return reach(ctx, timeout, func(ctx context.Context) error {
		if err := client.Ping(ctx).Err(); err != nil {
			return fmt.Errorf("connect to Redis (%s) at %v: %w: check that it runs, --redis, redis.mode, TLS and password", cfg.Mode, cfg.Addresses, err)
		}
		return nil
	}, redisRefused)
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

// reachKafka waits until a broker answers.
func reachKafka(ctx context.Context, cfg config.Config, timeout time.Duration) error {
	kafka, err := assembly.Kafka(cfg)
	if err != nil {
		return cli.Usage(err)
	}
	return reach(ctx, timeout, func(ctx context.Context) error {
		client, err := stream.Connect(ctx, kafka)
		if err != nil {
			return err
		}
		client.Close()
		return nil
	}, kafkaRefused)
}

func kafkaRefused(err error) bool {
	return errors.Is(err, kerr.SaslAuthenticationFailed) || errors.Is(err, kerr.UnsupportedSaslMechanism)
}
