package state

import (
	"context"
	"fmt"
	"sync"

	"github.com/redis/go-redis/v9"
)

// servers are the processes behind clients that were found to be as they must be.
type servers struct {
	mu    sync.Mutex
	known map[*redis.Client]server
}

type server struct {
	run   string // run id of the process
	dials uint32 // connections that were opened or given up when it was asked
}

// check asks a server once a process of it, by what INFO says. It does so again only
// after connections were opened: a server that was started anew has closed those of
// before, and a transaction that was begun on one fails.
func (s *servers) check(ctx context.Context, node *redis.Client, ask func(context.Context, *redis.Client, map[string]string) error) error {
	stats := node.PoolStats()
	dials := stats.Misses + stats.StaleConns
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.known[node]
	if ok && known.dials == dials {
		return nil
	}
	answer, err := node.Info(ctx, "all").Result()
	if unlessRefused(err) != nil {
		return fmt.Errorf("ask %s what it is: %w", node.Options().Addr, err)
	}
	info := infoFields(answer)
	if !ok || known.run != info["run_id"] {
		if err := ask(ctx, node, info); err != nil {
			return err
		}
	}
	if s.known == nil {
		s.known = map[*redis.Client]server{}
	}
	s.known[node] = server{info["run_id"], dials}
	return nil
}

// unlessRefused drops the error of a server that does not tell: it is as one of which
// nothing is known.
func unlessRefused(err error) error {
	if _, cause := judge(err); cause == "noperm" || cause == "other" {
		return nil
	}
	return err
}
