package stream

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

func TestPublisherRefusesTopicsThatTakeTooLittle(t *testing.T) {
	o := newHarness(t, testbed.EmbeddedPair(t), cluster.MaxMessageBytesField, "5000")
	_, err := NewPublisher(t.Context(), PublisherConfig{Kafka: cluster.Access{Brokers: o.Pair.Brokers}, Topics: o.Topics, Store: o.Store})
	if err == nil || !strings.Contains(err.Error(), o.Topics.DeadLetter) || !strings.Contains(err.Error(), strconv.Itoa(leastMessageBytes)) {
		t.Errorf("got %v", err)
	}
}

func TestPublisherNamesMissingTopics(t *testing.T) {
	o := newHarness(t, testbed.EmbeddedPair(t))
	missing := o.Topics
	missing.Current = "nowhere"
	_, err := NewPublisher(t.Context(), PublisherConfig{Kafka: cluster.Access{Brokers: o.Pair.Brokers}, Topics: missing, Store: o.Store})
	if err == nil || !strings.Contains(err.Error(), "nowhere") || !strings.Contains(err.Error(), "topics create") {
		t.Errorf("got %v", err)
	}
}

// Redis that does not answer is not another number of lanes.
func TestPublisherTellsTroubleFromOtherLanes(t *testing.T) {
	o := newHarness(t, testbed.EmbeddedPair(t))
	config := PublisherConfig{Kafka: cluster.Access{Brokers: o.Pair.Brokers}, Topics: o.Topics, Store: o.Store}
	o.Pair.RedisDown(t)
	if _, err := NewPublisher(t.Context(), config); err == nil || errors.Is(err, ErrLanesChanged) {
		t.Errorf("without Redis: %v", err)
	}
	o.Pair.RedisUp(t)
	if err := o.Store.Pin(t.Context(), lanesField, "7"); err != nil {
		t.Fatal(err)
	}
	if _, err := NewPublisher(t.Context(), config); !errors.Is(err, ErrLanesChanged) || !errors.Is(err, state.ErrBornOtherwise) {
		t.Errorf("with other lanes: %v", err)
	}
}

// A lane is stopped by the group and by the end of the process, and both may
// come at once.
func TestLanesAreStoppedOnce(t *testing.T) {
	o := newHarness(t, testbed.EmbeddedPair(t))
	p := o.publisher(t, nil)
	ctx, fatal := context.WithCancelCause(t.Context())
	p.fatal = fatal
	for range 20 {
		p.start(ctx, []int32{0, 1})
		p.start(ctx, []int32{1}) // given again
		var stops sync.WaitGroup
		for range 3 {
			stops.Go(func() { p.stop([]int32{1, 0}) })
		}
		stops.Wait()
		if left := p.assigned(); len(left) > 0 {
			t.Fatalf("lanes %v are left", left)
		}
	}
	if ctx.Err() != nil {
		t.Error(context.Cause(ctx))
	}
}

// A partition that is added to the progress topic would share shards with
// another lane.
func TestLaneAddedWhileRunningEndsThePublisher(t *testing.T) {
	o := newHarness(t, testbed.EmbeddedPair(t))
	p := o.publisher(t, nil)
	ctx, fatal := context.WithCancelCause(t.Context())
	p.fatal = fatal
	p.start(ctx, []int32{outlet.Lanes})
	if !errors.Is(context.Cause(ctx), ErrLanesChanged) || len(p.assigned()) > 0 {
		t.Errorf("lane %d of %d is run: %v", outlet.Lanes, outlet.Lanes, context.Cause(ctx))
	}
}
