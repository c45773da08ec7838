package integration

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream"
	"github.com/clvstream/clvstream/stream/fetch"
)

// What the state does not fit any more is refused, with a word on what to do.
func TestRefusesWhatDoesNotFit(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		d := deploy(t, pair, oneTopic(t), "topics.partitions=1")
		topic := d.config.Input.Topics[0]
		records := d.records(traffic(t, newSeed(t), 120)) // some 700, never below 200
		consumer, publisher := d.consume(t), d.publish(t)
		d.produce(t, records[:100]...)
		d.settled(t)
		d.refusesOtherSettings(t)
		d.refusesMoreLanes(t, publisher)

		// Retention goes by what was not read.
		consumer.stop(t)
		d.produce(t, records[100:200]...)
		d.deleteBefore(t, topic, 150)
		err := d.consume(t).refusal(t)
		var gone *fetch.OffsetOutOfRangeError
		if !errors.As(err, &gone) || gone.Asked != 100 || gone.LogStartOffset != 150 {
			t.Errorf("where retention has passed the mark: %v", err)
		}

		// The topic is another one.
		d.recreate(t, topic)
		d.produce(t, records[:100]...)
		if err := d.consume(t).refusal(t); !errors.Is(err, state.ErrTopicRecreated) {
			t.Errorf("where the topic is another one: %v", err)
		}
	})
}

func (d *deployment) refusesOtherSettings(t *testing.T) {
	t.Helper()
	for _, setting := range []string{"state.shards=16", "business.time_zone=Europe/Berlin", "business.currency=EUR", "business.lateness_days=30"} {
		_, err := assembly.Store(t.Context(), d.load(t, "--set", setting), d.redis)
		name, value, _ := strings.Cut(setting, "=")
		name = name[strings.IndexByte(name, '.')+1:]
		if !errors.Is(err, state.ErrBornOtherwise) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), value) {
			t.Errorf("with %s: %v", setting, err)
		}
	}
}

// refusesMoreLanes adds a partition to the progress topic: a shard would have two
// lanes.
func (d *deployment) refusesMoreLanes(t *testing.T, publisher *member) {
	t.Helper()
	if _, err := d.admin.UpdatePartitions(t.Context(), d.config.Publisher.Lanes+1, d.config.ProgressTopic()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new lane", func() bool {
		topics, err := d.admin.ListTopics(t.Context(), d.config.ProgressTopic())
		return err == nil && len(topics[d.config.ProgressTopic()].Partitions) == d.config.Publisher.Lanes+1
	})
	store := d.store(t)
	if _, err := assembly.Publisher(t.Context(), d.config, store); !errors.Is(err, stream.ErrLanesChanged) {
		t.Errorf("with another number of lanes: %v", err)
	}
	publisher.stop(t)
}

// deleteBefore does what retention does.
func (d *deployment) deleteBefore(t *testing.T, topic string, offset int64) {
	t.Helper()
	offsets := kadm.Offsets{}
	offsets.Add(kadm.Offset{Topic: topic, At: offset})
	deleted, err := d.admin.DeleteRecords(t.Context(), offsets)
	if err = errors.Join(err, deleted.Error()); err != nil {
		t.Fatal(err)
	}
}

func (d *deployment) recreate(t *testing.T, topic string) {
	t.Helper()
	if _, err := d.admin.DeleteTopic(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the topic to be gone", func() bool {
		topics, err := d.admin.ListTopics(t.Context(), topic)
		return err == nil && !topics.Has(topic)
	})
	d.pair.CreateTopic(t, topic, 1)
	d.client = newProducer(t, d.pair) // the old one knows the old topic
}
