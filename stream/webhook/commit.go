package webhook

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/clvstream/clvstream/stream/cluster"
)

// commitTimeout bounds a commit; the next one has all that it had.
const commitTimeout = 10 * time.Second

// kept is what the group is to have of a partition.
type kept struct {
	window   *window
	offset   int64
	metadata string
}

func (k kept) String() string { return strconv.FormatInt(k.offset, 10) + " " + k.metadata }

func adminOf(client *kgo.Client) *kadm.Client { return kadm.NewClient(client) }

// commit keeps the positions that have changed: of all partitions, or of those that are given
// up. One at a time, so that no older position follows a newer one.
func (d *Delivery) commit(ctx context.Context, m *member, givenUp []*window) {
	select {
	case <-d.committing:
	case <-ctx.Done():
		return
	}
	defer func() { d.committing <- struct{}{} }()
	var changed []kept
	d.do(func() {
		changed = d.changed(givenUp)
		for _, w := range givenUp {
			delete(d.windows, w.partition)
		}
	})
	if len(changed) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	if err := m.commit(ctx, changed); errors.Is(err, kerr.OffsetMetadataTooLarge) {
		slog.WarnContext(ctx, "the broker takes less beside an offset (offset.metadata.max.bytes): after a restart more changes are sent again", "webhook", d.webhook.Name)
		d.do(func() { d.metadata /= 2 })
	} else if err != nil {
		slog.WarnContext(ctx, "the position of a webhook could not be stored; it is tried again", "webhook", d.webhook.Name, "error", err)
	} else {
		d.do(func() {
			for _, k := range changed {
				k.window.committed = k.String()
			}
		})
	}
}

// changed are the positions that the group does not have yet.
func (d *Delivery) changed(windows []*window) (changed []kept) {
	if windows == nil {
		for _, w := range d.windows {
			if !w.retired {
				windows = append(windows, w)
			}
		}
	}
	for _, w := range windows {
		k := kept{w, w.position(), w.encodeProgress(d.status, d.metadata)}
		if k.String() != w.committed {
			changed = append(changed, k)
		}
	}
	return changed
}

func (m *member) commit(ctx context.Context, positions []kept) (failed error) {
	offsets := map[string]map[int32]kgo.EpochOffset{}
	metadata := map[cluster.Partition]string{}
	for _, k := range positions {
		at := k.window.partition
		if offsets[at.Topic] == nil {
			offsets[at.Topic] = map[int32]kgo.EpochOffset{}
		}
		offsets[at.Topic][at.ID] = kgo.EpochOffset{Epoch: -1, Offset: k.offset}
		metadata[at] = k.metadata
	}
	ctx = kgo.PreCommitFnContext(ctx, func(request *kmsg.OffsetCommitRequest) error {
		for i := range request.Topics {
			for j := range request.Topics[i].Partitions {
				p := &request.Topics[i].Partitions[j]
				text := metadata[cluster.Partition{Topic: request.Topics[i].Topic, ID: p.Partition}]
				p.Metadata = &text
			}
		}
		return nil
	})
	m.client.CommitOffsetsSync(ctx, offsets, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, answer *kmsg.OffsetCommitResponse, err error) {
		failed = err
		if err != nil {
			return
		}
		for _, topic := range answer.Topics {
			for _, p := range topic.Partitions {
				failed = errors.Join(failed, kerr.ErrorForCode(p.ErrorCode))
			}
		}
	})
	return failed
}
