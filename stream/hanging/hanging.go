package hanging

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

// transaction is one that hangs.
type transaction struct {
	producerID int64
	epoch      int16
	open       []kadm.DescribedProducer // where it hangs
	ended      []cluster.Partition      // where its end may be found
}

const (
	// endTimeout bounds the search for hanging transactions and their end. It is below
	// the time after which a lane's loop counts as stuck: the loop waits for it.
	endTimeout = 50 * time.Second
	// settlingPause is between two questions whether markers are written.
	settlingPause = 50 * time.Millisecond
)

// Lane is a lane of whose transactions none may hang. Its fields are plain facts
// about the lane and its publisher; it keeps nothing.
type Lane struct {
	Access cluster.Access
	Client *kgo.Client // a plain one, for questions
	Store  *state.Store

	ID                 int32 // partition of the progress topic
	Shards             []int
	MostEntries        int      // of an outbox that one transaction publishes
	ProgressTopic      string   // also in Topics
	Topics             []string // all that the lane's transactions write to
	TransactionalID    string
	TransactionTimeout time.Duration
	// Unseen is shared by a publisher's lanes: that hanging transactions cannot be
	// looked for is logged once.
	Unseen *sync.Once
}

// Commits says which transactions are known to be committed.
type Commits func(producerID int64, epoch int16) bool

// OwnCommits are those of an owner that goes on: whatever it did not commit made it
// begin again, and then it looked.
func OwnCommits(int64, int16) bool { return true }

// End ends what earlier transactions of the lane left open. It is called while
// producer is the lane's last and has no transaction under way. Where the cluster
// does not say who writes, it does nothing.
func (l *Lane) End(ctx context.Context, producer *kgo.Client, known Commits) error {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	id, epoch, err := producer.ProducerID(ctx)
	if err != nil {
		return fmt.Errorf("look for hanging transactions of lane %d: %w", l.ID, err)
	}
	hanging, err := l.find(ctx, id, epoch)
	switch {
	case err != nil && !cluster.Passing(err):
		l.Unseen.Do(func() {
			slog.WarnContext(ctx, "cannot look for hanging transactions: the publisher needs read on its output topics", "error", err)
		})
	case err != nil:
		return fmt.Errorf("look for hanging transactions of lane %d: %w", l.ID, err)
	}
	for _, h := range hanging {
		if err := l.endAsDecided(ctx, h, known); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lane) admin() *kadm.Client { return kadm.NewClient(l.Client) }

// endAsDecided writes the missing markers.
func (l *Lane) endAsDecided(ctx context.Context, h transaction, known Commits) error {
	verdict, err := l.judge(ctx, h, known)
	if err != nil {
		return fmt.Errorf("judge hanging transaction of lane %d: %w", l.ID, err)
	}
	if err := l.writeMarkers(ctx, h, verdict); err != nil {
		return fmt.Errorf("end hanging transaction of lane %d: %w", l.ID, refused(h, verdict, err))
	}
	countHanging(ctx, verdict)
	slog.WarnContext(ctx, "ended a hanging transaction", "lane", l.ID, "outcome", verdict.outcome(), "because", verdict.reason,
		"producer_id", h.producerID, "epoch", h.epoch, "partitions", h.places())
	return nil
}

// writeMarkers uses the transaction's own epoch, which the broker refuses where a
// newer owner has written since; the coordinator's epoch may not go back.
func (l *Lane) writeMarkers(ctx context.Context, h transaction, v verdict) error {
	markers := kadm.TxnMarkers{ProducerID: h.producerID, ProducerEpoch: h.epoch, Commit: v.commit, Topics: kadm.TopicsSet{}}
	for _, p := range h.open {
		markers.Topics.Add(p.Topic, p.Partition)
		markers.CoordinatorEpoch = max(markers.CoordinatorEpoch, p.CoordinatorEpoch)
	}
	written, err := l.admin().WriteTxnMarkers(ctx, markers)
	written.EachPartition(func(p kadm.TxnMarkersPartitionResponse) {
		if p.Err != nil && err == nil {
			err = fmt.Errorf("write marker to %s/%d: %w", p.Topic, p.Partition, p.Err)
		}
	})
	return err
}

// refused adds what an operator can do to an error that does not pass by itself.
func refused(h transaction, v verdict, err error) error {
	if cluster.Passing(err) {
		return err
	}
	todo := "allow the publisher ClusterAction on the cluster"
	if v.commit {
		todo += ": nothing else can commit it"
	} else {
		todo += ", or run `kafka-transactions.sh abort --topic T --partition P --start-offset O` for each"
	}
	return fmt.Errorf("%w: producer id %d holds %s open, to be %s: %s", err, h.producerID, h.places(), v.outcome(), todo)
}

// places names where a transaction hangs, and since which offset.
func (h *transaction) places() string {
	var places []string
	for _, p := range h.open {
		places = append(places, fmt.Sprintf("topic %s partition %d start offset %d", p.Topic, p.Partition, p.CurrentTxnStartOffset))
	}
	return strings.Join(places, ", ")
}
