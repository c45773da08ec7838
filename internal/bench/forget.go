package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/assembly"
)

// forget deletes the topics and the keys of a benchmark's namespace.
func (s *site) forget(ctx context.Context) error {
	var topics []string
	for _, topic := range assembly.TopicSpecs(s.cfg) {
		topics = append(topics, topic.Name)
	}
	deleted, err := s.admin.DeleteTopics(ctx, topics...)
	if err = errors.Join(err, deleted.Error(), s.forgetKeys(ctx)); err != nil {
		return fmt.Errorf("delete what the benchmark made in namespace %s: %w", s.cfg.Namespace, err)
	}
	return nil
}

func (s *site) forgetKeys(ctx context.Context) error {
	cluster, ok := s.redis.(*redis.ClusterClient)
	if !ok {
		return unlinkAll(ctx, s.redis, s.cfg.Namespace)
	}
	var one sync.Mutex
	return cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
		one.Lock() // a server after the other: nobody waits for this
		defer one.Unlock()
		return unlinkAll(ctx, master, s.cfg.Namespace)
	})
}

// unlinkAll deletes a namespace's keys on one server, each by itself: their slots differ.
func unlinkAll(ctx context.Context, server redis.UniversalClient, namespace string) error {
	keys := server.Scan(ctx, 0, namespace+":*", 1000).Iterator()
	for keys.Next(ctx) {
		if err := server.Unlink(ctx, keys.Val()).Err(); err != nil {
			return err
		}
	}
	return keys.Err()
}
