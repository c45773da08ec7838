package backlog

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// OpenTransaction is one that holds records of an input partition back.
type OpenTransaction struct {
	Topic       string `json:"topic"`
	Partition   int32  `json:"partition"`
	StartOffset int64  `json:"start_offset"` // its first record there
	ProducerID  int64  `json:"producer_id"`
	// TransactionalID is empty where no coordinator shows a transactional id of this
	// producer, because it has none any more or this user may not describe it.
	TransactionalID string `json:"transactional_id,omitempty"`
	// State is what the coordinator says of it, such as Ongoing, or Hanging: the coordinator
	// has no such transaction any more, and nobody will end it.
	State          string    `json:"state,omitempty"`
	Since          time.Time `json:"since"`                     // when it began; without a coordinator's word, when its producer last wrote
	TimeoutSeconds float64   `json:"timeout_seconds,omitempty"` // its transaction.timeout.ms, after which the coordinator aborts it

	epoch int16
}

// Hanging is the state of a transaction that is open in a partition, but not at its
// coordinator.
const Hanging = "Hanging"

// OpenTransactions finds what holds records back in the partitions of a backlog, the oldest
// of each partition first. It needs the right to read the input topics, and to describe
// the transactional ids.
func OpenTransactions(ctx context.Context, admin *kadm.Client, b *Backlog) ([]OpenTransaction, error) {
	asked := kadm.TopicsSet{}
	for i := range b.Partitions {
		if p := &b.Partitions[i]; p.Held > 0 {
			asked.Add(p.Topic, p.Partition)
		}
	}
	open := []OpenTransaction{}
	if len(asked) == 0 {
		return open, nil
	}
	described, err := admin.DescribeProducers(ctx, asked)
	described.EachPartition(func(p kadm.DescribedProducersPartition) {
		if p.Err != nil && err == nil {
			err = fmt.Errorf("%s/%d: %w", p.Topic, p.Partition, p.Err)
		}
	})
	if err != nil {
		return open, fmt.Errorf("describe producers: %w", err)
	}
	described.EachProducer(func(p kadm.DescribedProducer) {
		if p.CurrentTxnStartOffset >= 0 {
			open = append(open, OpenTransaction{
				Topic: p.Topic, Partition: p.Partition, StartOffset: p.CurrentTxnStartOffset,
				ProducerID: p.ProducerID, epoch: p.ProducerEpoch, Since: time.UnixMilli(p.LastTimestamp).UTC(),
			})
		}
	})
	slices.SortFunc(open, func(a, b OpenTransaction) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.StartOffset, b.StartOffset))
	})
	return open, addCoordinators(ctx, admin, open)
}

// addCoordinators adds what the coordinators of the transactions say.
func addCoordinators(ctx context.Context, admin *kadm.Client, open []OpenTransaction) error {
	if len(open) == 0 { // it has ended meanwhile, and without producers all transactions would be listed
		return nil
	}
	producers := map[int64]bool{}
	for i := range open {
		producers[open[i].ProducerID] = true
	}
	listed, err := admin.ListTransactions(ctx, slices.Collect(maps.Keys(producers)), nil)
	if err != nil {
		return fmt.Errorf("list transactions: %w", err)
	}
	if len(listed) == 0 {
		return nil
	}
	described, err := admin.DescribeTransactions(ctx, listed.TransactionalIDs()...)
	if err != nil {
		return fmt.Errorf("describe transactions: %w", err)
	}
	for i := range open {
		for id, transaction := range described {
			if transaction.Err == nil && transaction.ProducerID == open[i].ProducerID {
				open[i].describe(id, transaction)
			}
		}
	}
	return nil
}

// describe adds what is said of the producer's transactional id. It may be in another
// transaction by now: the epoch tells while one is under way, and once it is being ended,
// by whomever, the partitions that still lack their marker do.
func (t *OpenTransaction) describe(id string, said kadm.DescribedTransaction) {
	t.TransactionalID, t.State = id, Hanging
	if !said.Topics.Lookup(t.Topic, t.Partition) || said.State == "Ongoing" && said.ProducerEpoch != t.epoch {
		return
	}
	t.State = said.State
	t.Since = time.UnixMilli(said.StartTimestamp).UTC()
	t.TimeoutSeconds = float64(said.TimeoutMillis) / 1000
}
