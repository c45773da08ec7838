package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/stream/cluster"
)

// A server that is not there yet is asked again and again. One that takes a
// connection and never answers must not use up all the time unseen.
const (
	askTimeout = 5 * time.Second
	retryPause = 500 * time.Millisecond
)

// reach asks a server until it answers, or refuses us, or the timeout is over.
// The first failure is logged at once: a reader of the log should not have to wait
// for the last.
func reach(ctx context.Context, timeout time.Duration, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var failed error
	var refused *refusal
	for {
		err := once(ctx, ask)
		switch {
		case err == nil:
			return nil
		case errors.As(err, &refused):
			return refused.error
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
		err := client.Ping(ctx).Err()
		if err == nil {
			return nil
		}
		advice, stays := redisAdvice(err)
		err = fmt.Errorf("connect to Redis (%s) at %v: %w: %s", cfg.Mode, cfg.Addresses, err, advice)
		if stays {
			return &refusal{err}
		}
		return err
	})
}

// reachKafka waits until a broker answers.
func reachKafka(ctx context.Context, cfg config.Config, timeout time.Duration) error {
	kafka, err := assembly.Kafka(cfg)
	if err != nil {
		return cli.Usage(err)
	}
	return reach(ctx, timeout, func(ctx context.Context) error {
		client, err := cluster.Connect(ctx, kafka)
		if err == nil {
			client.Close()
			return nil
		}
		var refused *cluster.AuthenticationError
		if errors.As(err, &refused) {
			return &refusal{err}
		}
		if advice := config.TLSAdvice("kafka.tls", err); advice != "" {
			return &refusal{fmt.Errorf("%w: %s", err, advice)}
		}
		return err
	})
}
