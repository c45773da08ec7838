package assembly

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/config"
)

// sentinelTimeout bounds the question to one sentinel; there are others.
const sentinelTimeout = 3 * time.Second

// checkOne says what is wrong with one server.
type checkOne func(context.Context, *redis.Client) (warnings []string, err error)

// checkReplicas asks the replicas behind sentinels what the master is asked: each
// of them may be the master next.
func checkReplicas(ctx context.Context, cfg config.Redis, check checkOne) (warnings []string, err error) {
	options, err := redisOptions(cfg)
	if err != nil {
		return nil, err
	}
	replicas, err := replicasOf(ctx, options)
	switch {
	case err != nil:
		return []string{fmt.Sprintf("the replicas could not be checked: %v", err)}, nil
	case len(replicas) == 0:
		return []string{fmt.Sprintf("the sentinels know no replica of %s: there is nothing to fail over to", cfg.MasterName)}, nil
	}
	var wrong []error
	for _, replica := range replicas {
		warned, err := checkReplica(ctx, options, replica, check)
		warnings = append(warnings, warned...)
		wrong = append(wrong, err)
	}
	return warnings, errors.Join(wrong...)
}

// checkReplica checks one replica, as a sentinel describes it.
func checkReplica(ctx context.Context, options *redis.UniversalOptions, replica map[string]string, check checkOne) (warnings []string, err error) {
	address := net.JoinHostPort(replica["ip"], replica["port"])
	if strings.Contains(replica["flags"], "down") {
		return []string{address + ": this replica could not be checked: the sentinels say that it is down"}, nil
	}
	one := options.Simple()
	one.Addr = address
	client := redis.NewClient(one)
	defer client.Close()
	return check(ctx, client)
}

// replicasOf asks the sentinels one after the other, until one answers.
func replicasOf(ctx context.Context, options *redis.UniversalOptions) ([]map[string]string, error) {
	var failed []error
	for _, address := range options.Addrs {
		replicas, err := askSentinel(ctx, options, address)
		if err == nil {
			return replicas, nil
		}
		failed = append(failed, fmt.Errorf("ask sentinel %s: %w", address, err))
	}
	return nil, errors.Join(failed...)
}

func askSentinel(ctx context.Context, options *redis.UniversalOptions, address string) ([]map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, sentinelTimeout)
	defer cancel()
	one := options.Simple()
	one.Addr, one.DB = address, 0
	one.Username, one.Password = options.SentinelUsername, options.SentinelPassword
	sentinel := redis.NewSentinelClient(one)
	defer func() { _ = sentinel.Close() }() // only asked
	return sentinel.Replicas(ctx, options.MasterName).Result()
}
