package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// usedMemory is what Redis has allocated, summed over the masters of a cluster, bytes.
func (s *site) usedMemory(ctx context.Context) (sum int64, err error) {
	cluster, ok := s.redis.(*redis.ClusterClient)
	if !ok {
		return usedMemoryOf(ctx, s.redis)
	}
	var mu sync.Mutex
	err = cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
		used, err := usedMemoryOf(ctx, master)
		mu.Lock()
		defer mu.Unlock()
		sum += used
		return err
	})
	return sum, err
}

func usedMemoryOf(ctx context.Context, server redis.Cmdable) (int64, error) {
	info, err := server.Info(ctx, "memory").Result()
	if _, refused := errors.AsType[redis.Error](err); refused {
		return 0, nil // a server that does not tell
	}
	if err != nil {
		return 0, fmt.Errorf("read the memory of Redis: %w", err)
	}
	return parseUsedMemory(info)
}

// parseUsedMemory finds used_memory in what INFO memory answers; 0 without it.
func parseUsedMemory(info string) (int64, error) {
	for line := range strings.Lines(info) {
		if text, found := strings.CutPrefix(strings.TrimSpace(line), "used_memory:"); found {
			used, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return 0, fmt.Errorf("read the memory of Redis: %w", err)
			}
			return used, nil
		}
	}
	return 0, nil
}
