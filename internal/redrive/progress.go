package redrive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/clvstream/clvstream/stream/cluster"
)

// filter selects letters. An empty field selects all.
type filter struct{ reason, topic string }

func (f filter) lets(l *Letter) bool {
	return (f.reason == "" || f.reason == l.Reason) && (f.topic == "" || f.topic == l.Topic)
}

// wider are the filters that let through all that f does, f among them.
func (f filter) wider() []filter {
	filters := []filter{{}}
	if f.reason != "" {
		filters = append(filters, filter{reason: f.reason})
	}
	if f.topic != "" {
		filters = append(filters, filter{topic: f.topic})
	}
	if f.reason != "" && f.topic != "" {
		filters = append(filters, f)
	}
	return filters
}

// group is the consumer group whose offsets are the filter's progress.
func (f filter) group(namespace string) string {
	group := namespace + "-redrive"
	if f.reason != "" {
		group += "-reason-" + f.reason // no reason has a hyphen
	}
	if f.topic != "" {
		group += "-topic-" + f.topic
	}
	return group
}

// progress is how far the letters of each filter have been sent: an offset for each
// partition, below which every letter that the filter lets through has gone back. So a
// letter was sent if it lies below the progress of any filter that lets it through:
//
//	offset          0  1  2  3  4  5  6  7     a: bad_amount, l: too_late
//	letters         a  l  a  l  a  l  a  l
//	all          ──────▶                       progress 2
//	bad_amount   ───────────────▶              progress 5
//	new                      3     5  6  7
type progress struct {
	admin              *kadm.Client
	namespace, letters string
	known              map[filter]map[int32]int64
}

func newProgress(admin *kadm.Client, namespace, letters string) *progress {
	return &progress{admin: admin, namespace: namespace, letters: letters, known: map[filter]map[int32]int64{}}
}

// of is how far everything that a filter lets through has been sent.
func (p *progress) of(ctx context.Context, f filter, partition int32) (int64, error) {
	var sent int64
	for _, wider := range f.wider() {
		own, err := p.own(ctx, wider)
		if err != nil {
			return 0, err
		}
		sent = max(sent, own[partition])
	}
	return sent, nil
}

// own is a filter's own progress, which is asked for once.
func (p *progress) own(ctx context.Context, f filter) (map[int32]int64, error) {
	if own, asked := p.known[f]; asked {
		return own, nil
	}
	group := f.group(p.namespace)
	stored, err := p.fetch(ctx, group)
	if err != nil {
		return nil, fmt.Errorf("read the progress of %s: %w", group, err)
	}
	own := map[int32]int64{}
	stored.Each(func(o kadm.OffsetResponse) {
		if o.Topic == p.letters {
			own[o.Partition] = o.At
		}
	})
	p.known[f] = own
	return own, nil
}

// retryPause lies between two questions to a cluster that is not ready.
const retryPause = 250 * time.Millisecond

// fetch asks a cluster again that has just started: it has no coordinator of groups yet.
func (p *progress) fetch(ctx context.Context, group string) (kadm.OffsetResponses, error) {
	for {
		stored, err := p.admin.FetchOffsets(ctx, group)
		switch {
		case errors.Is(err, kerr.GroupIDNotFound): // its first run is still to come
			return nil, nil
		case !kerr.IsRetriable(err):
			return stored, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(retryPause):
		}
	}
}

// keep stores a filter's progress, which never goes back.
func (p *progress) keep(ctx context.Context, access cluster.Access, f filter, upTo map[cluster.Partition]int64) error {
	own, err := p.own(ctx, f)
	if err != nil {
		return err
	}
	var offsets kadm.Offsets
	for partition, offset := range upTo {
		offsets.AddOffset(p.letters, partition.ID, max(offset, own[partition.ID]), -1)
	}
	group := f.group(p.namespace)
	if err := cluster.CommitLasting(ctx, access, p.admin, group, offsets); err != nil {
		return fmt.Errorf("store the progress of %s: %w", group, err)
	}
	return nil
}
