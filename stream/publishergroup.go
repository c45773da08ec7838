package stream

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/state"
)

func (p *Publisher) join(ctx context.Context) (*kgo.Client, error) {
	options, err := p.config.Kafka.Options()
	if err != nil {
		return nil, err
	}
	progressTopic := p.config.Topics.Progress
	member, err := kgo.NewClient(append(options,
		kgo.ConsumerGroup(p.config.Group),
		kgo.ConsumeTopics(progressTopic),
		kgo.DisableAutoCommit(),
		kgo.SessionTimeout(p.config.SessionTimeout),
		kgo.HeartbeatInterval(p.config.SessionTimeout/heartbeatsPerSession),
		kgo.RebalanceTimeout(rebalanceTimeout),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, given map[string][]int32) { p.start(ctx, given[progressTopic]) }),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, taken map[string][]int32) { p.stop(taken[progressTopic]) }),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { p.lose(lost[progressTopic]) }),
	)...)
	if err != nil {
		return nil, fmt.Errorf("join group %s: %w", p.config.Group, err)
	}
	member.PauseFetchTopics(progressTopic)
	return member, nil
}

// start runs the lanes that were given.
func (p *Publisher) start(ctx context.Context, given []int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.joined = true
	slog.InfoContext(ctx, "assigned lanes", "group", p.config.Group, "lanes", given)
	for _, id := range given {
		if int(id) >= p.lanes { // its shards belong to another lane as well
			p.fatal(fmt.Errorf("%w: %s has lane %d, and had %d partitions at start: no partitions may be added to it", ErrLanesChanged, p.config.Topics.Progress, id, p.lanes))
			return
		}
		if p.running[id] != nil {
			continue
		}
		l := newLane(p, id)
		p.running[id] = l
		ctx, stop := context.WithCancel(ctx)
		l.stop = stop
		go func() {
			defer close(l.done)
			defer stop()
			if err := l.work(ctx); err != nil {
				p.fatal(fmt.Errorf("lane %d: %w", id, state.Explain(err)))
			}
		}()
	}
}

// stop ends lanes that were taken and waits for what they have under way. It may be
// called for the same lane more than once, at once.
func (p *Publisher) stop(taken []int32) {
	for _, id := range taken {
		p.mu.Lock()
		l := p.running[id]
		p.mu.Unlock()
		if l == nil {
			continue
		}
		l.stop()
		<-l.done
		p.mu.Lock()
		if p.running[id] == l {
			delete(p.running, id)
		}
		p.mu.Unlock()
	}
}

// lose stops the lanes of a member that the group took for dead.
func (p *Publisher) lose(lanes []int32) {
	p.mu.Lock()
	p.joined = false
	p.mu.Unlock()
	p.stop(lanes)
}

func (p *Publisher) assigned() []int32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Keys(p.running))
}
