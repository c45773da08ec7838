package hanging

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/clvstream/clvstream/stream/cluster"
)

// find asks the partitions first, which is all when nothing is open. What
// is open may still be waiting for its marker; it hangs if it is still open when
// the coordinator has nothing left to do.
func (l *Lane) find(ctx context.Context, id int64, epoch int16) ([]transaction, error) {
	for settled := false; ; settled = true {
		described, err := l.describe(ctx)
		if err != nil {
			return nil, err
		}
		hanging := l.opened(described, id, epoch)
		if hanging, err = l.withoutOthers(ctx, hanging, id); err != nil || len(hanging) == 0 || settled {
			return hanging, err
		}
		if err := l.awaitSettled(ctx, id, epoch); err != nil {
			return nil, err
		}
	}
}

// describe asks who writes to the output topics and to the lane's progress.
func (l *Lane) describe(ctx context.Context) (kadm.DescribedProducersTopics, error) {
	asked := kadm.TopicsSet{}
	for _, topic := range l.Topics {
		asked.Add(topic) // all its partitions
	}
	asked[l.ProgressTopic] = map[int32]struct{}{l.ID: {}}
	described, err := l.admin().DescribeProducers(ctx, asked)
	described.EachPartition(func(p kadm.DescribedProducersPartition) {
		if p.Err != nil && err == nil {
			err = fmt.Errorf("describe producers of %s/%d: %w", p.Topic, p.Partition, p.Err)
		}
	})
	return described, err
}

// opened picks what earlier transactions of the lane hold open. The lane's
// producer ids are those that write its progress: a producer gets another one
// every 32,767 transactions. A newer epoch than ours is a newer owner's.
func (l *Lane) opened(described kadm.DescribedProducersTopics, id int64, epoch int16) []transaction {
	ours := map[int64]bool{id: true}
	for other := range described[l.ProgressTopic].Partitions[l.ID].ActiveProducers {
		ours[other] = true
	}
	var hanging []transaction
	described.EachProducer(func(p kadm.DescribedProducer) {
		if p.CurrentTxnStartOffset < 0 || !ours[p.ProducerID] || p.ProducerID == id && p.ProducerEpoch >= epoch {
			return
		}
		at := slices.IndexFunc(hanging, func(h transaction) bool {
			return h.producerID == p.ProducerID && h.epoch == p.ProducerEpoch
		})
		if at < 0 {
			at = len(hanging)
			hanging = append(hanging, transaction{producerID: p.ProducerID, epoch: p.ProducerEpoch})
		}
		hanging[at].open = append(hanging[at].open, p)
	})
	for i := range hanging {
		hanging[i].complete(described)
	}
	return hanging
}

// complete puts what is open in order and notes where the end may be: where the
// producer was seen since, or is not known, which may be because a day went by.
func (h *transaction) complete(described kadm.DescribedProducersTopics) {
	slices.SortFunc(h.open, func(a, b kadm.DescribedProducer) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	described.EachPartition(func(p kadm.DescribedProducersPartition) {
		seen, known := p.ActiveProducers[h.producerID]
		here := seen.CurrentTxnStartOffset >= 0 && seen.ProducerEpoch == h.epoch
		if !known || !here && seen.ProducerEpoch >= h.epoch {
			h.ended = append(h.ended, cluster.Partition{Topic: p.Topic, ID: p.Partition})
		}
	})
}

// withoutOthers leaves out open transactions of another transactional id: another program
// writes to the progress topic, and its transaction is not hanging.
func (l *Lane) withoutOthers(ctx context.Context, hanging []transaction, id int64) (ours []transaction, err error) {
	for _, h := range hanging {
		if h.producerID != id {
			listed, err := l.admin().ListTransactions(ctx, []int64{h.producerID}, nil)
			if err != nil {
				return nil, fmt.Errorf("list transactions of producer id %d: %w", h.producerID, err)
			}
			if len(listed) > 0 {
				continue
			}
		}
		ours = append(ours, h)
	}
	return ours, nil
}

// awaitSettled waits until the coordinator has ended what it knows of the lane. It
// fails if the lane has a newer owner.
func (l *Lane) awaitSettled(ctx context.Context, id int64, epoch int16) error {
	for ctx.Err() == nil {
		described, err := l.describeTransaction(ctx)
		switch {
		case err != nil:
			return err
		case described.State == "Ongoing" || strings.HasPrefix(described.State, "Prepare"):
			cluster.Wait(ctx, settlingPause)
		case described.ProducerID != id || described.ProducerEpoch != epoch:
			return fmt.Errorf("describe transaction of lane %d: %w", l.ID, kerr.ProducerFenced)
		default:
			return nil
		}
	}
	return ctx.Err()
}

func (l *Lane) describeTransaction(ctx context.Context) (kadm.DescribedTransaction, error) {
	described, err := l.admin().DescribeTransactions(ctx, l.TransactionalID)
	if err == nil {
		_, err = described.On(l.TransactionalID, func(d *kadm.DescribedTransaction) error { return d.Err })
	}
	if err != nil {
		return kadm.DescribedTransaction{}, fmt.Errorf("describe transaction of lane %d: %w", l.ID, err)
	}
	return described[l.TransactionalID], nil
}
