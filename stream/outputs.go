package stream

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

func (p *Publisher) prepare(ctx context.Context) error {
	admin := kadm.NewClient(p.client)
	if err := cluster.WarnWithoutOnce(ctx, admin); err != nil {
		return err
	}
	names := p.config.Topics
	var topics kadm.TopicDetails
	err := cluster.Patiently(ctx, func(ctx context.Context) (err error) {
		topics, err = p.findTopics(ctx, admin)
		return err
	})
	if err != nil {
		return err
	}
	p.lanes = len(topics[names.Progress].Partitions)
	switch err := p.config.Store.Pin(ctx, lanesField, strconv.Itoa(p.lanes)); {
	case errors.Is(err, state.ErrBornOtherwise):
		return fmt.Errorf("%w: %s has %d partitions: %w", ErrLanesChanged, names.Progress, p.lanes, err)
	case err != nil:
		return err
	}
	if p.outputs, err = p.forms(ctx); err != nil {
		return err
	}
	p.limits = map[string]int{}
	for topic := range topics {
		limit := cluster.MessageLimit(ctx, admin, topic)
		if limit < leastMessageBytes {
			return fmt.Errorf("check output topic %s: it takes records of %d bytes at most: set its %s to %d or more", topic, limit, cluster.MaxMessageBytesField, leastMessageBytes)
		}
		p.limits[topic] = limit
	}
	return nil
}

// findTopics asks for the topics that are written to.
func (p *Publisher) findTopics(ctx context.Context, admin *kadm.Client) (kadm.TopicDetails, error) {
	names := p.config.Topics
	topics, err := admin.ListTopics(ctx, append(audienceTopics(p.config.Audiences), names.All()...)...)
	if err != nil {
		return nil, fmt.Errorf("find output topics: %w", err)
	}
	for _, topic := range topics.Sorted() {
		if topic.Err != nil {
			return nil, fmt.Errorf("find output topic %s: %w", topic.Topic, cluster.TopicError(topic.Topic, topic.Err))
		}
	}
	return topics, nil
}
