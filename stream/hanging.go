package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A transaction hangs when a partition holds it open and its coordinator is done
// with it. Apache Kafka 4.3.1 leaves one behind when a broker is killed and comes
// back: until it has registered anew it leads by what it last knew, loads the
// transaction that was being ended and begins to send its markers. Registering
// takes its partitions' leaders away for a moment, and the sender of markers
// takes a partition without a leader for deleted:
//
//	coordinator  PrepareCommit ── killed ── loaded ── no leader: left out ── CompleteCommit
//	changes/0    data ───────────────────────────────────────────── open, for ever
//
// Readers of committed records stand still there, and the next transaction of the
// lane that writes to the partition would end both as one. So an owner looks for
// what hangs before it publishes, and ends it as it was decided (see
// hanging_verdict.go).
type hangingTransaction struct {
	producerID int64
	epoch      int16
	open       []kadm.DescribedProducer // where it hangs
	ended      []topicPartition         // where its end may be found
}

type topicPartition struct {
	topic     string
	partition int32
}

const (
	// lookingPatience bounds looking for hanging transactions and ending them. It
	// stays below silentAfter: the lane's loop does not turn meanwhile.
	lookingPatience = 50 * time.Second
	// suspiciousAfter is how long a transaction takes only if something happened to
	// a broker: usually it is hundredths of a second, and a restart takes seconds.
	suspiciousAfter = 3 * time.Second
	// lookBackEvery bounds how long an owner's own transaction hangs unnoticed.
	lookBackEvery = time.Minute
	// settlingPause is between two questions whether markers are written.
	settlingPause = 50 * time.Millisecond
)

// commits tells of which transactions it is known that they were committed.
type commits func(producerID int64, epoch int16) bool

// ownCommits are those of an owner that goes on: whatever it did not commit made
// it begin again, and then it looked.
func ownCommits(int64, int16) bool { return true }

// lookBack looks for hanging transactions of the owner itself, every now and then
// and after a transaction that took suspiciously long.
func (r *relay) lookBack(ctx context.Context) error {
	if !r.suspicious && time.Since(r.lookedBack) < lookBackEvery {
		return nil
	}
	return r.endHanging(ctx, ownCommits)
}

// endHanging ends what earlier transactions of the lane left open. It is called
// while the lane's producer is the lane's last and has no transaction under way.
func (r *relay) endHanging(ctx context.Context, known commits) error {
	ctx, cancel := context.WithTimeout(ctx, lookingPatience)
	defer cancel()
	id, epoch, err := r.producer.ProducerID(ctx)
	if err != nil {
		return fmt.Errorf("look for hanging transactions of lane %d: %w", r.lane, err)
	}
	hanging, err := r.findHanging(ctx, id, epoch)
	switch {
	case err != nil && !passing(err):
		r.publisher.blind.Do(func() {
			slog.WarnContext(ctx, "can not look for hanging transactions: the publisher needs read on its output topics", "error", err)
		})
	case err != nil:
		return fmt.Errorf("look for hanging transactions of lane %d: %w", r.lane, err)
	}
	for _, h := range hanging {
		if err := r.endAsDecided(ctx, h, known); err != nil {
			return err
		}
	}
	r.suspicious, r.lookedBack = false, time.Now()
	return nil
}

// passing says whether an error may be gone the next time. The others mean that
// the broker does not know the question or does not answer it to us.
func passing(err error) bool {
	if failed, ok := errors.AsType[*kadm.ShardErrors](err); ok {
		return slices.ContainsFunc(failed.Errs, func(e kadm.ShardError) bool { return passing(e.Err) })
	}
	return kerr.IsRetriable(err) || kgo.IsRetryableBrokerErr(err) || isFenced(err) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// findHanging asks the partitions first, which is all when nothing is open. What
// is open may still be waiting for its marker; it hangs if it is still open when
// the coordinator has nothing left to do.
func (r *relay) findHanging(ctx context.Context, id int64, epoch int16) ([]hangingTransaction, error) {
	for settled := false; ; settled = true {
		described, err := r.describeOutputs(ctx)
		if err != nil {
			return nil, err
		}
		hanging := r.hangingIn(described, id, epoch)
		if hanging, err = r.withoutOthers(ctx, hanging, id); err != nil || len(hanging) == 0 || settled {
			return hanging, err
		}
		if err := r.awaitSettled(ctx, id, epoch); err != nil {
			return nil, err
		}
	}
}

// describeOutputs asks who writes to the output topics and to the lane's progress.
func (r *relay) describeOutputs(ctx context.Context) (kadm.DescribedProducersTopics, error) {
	asked := kadm.TopicsSet{}
	for topic := range r.publisher.limits {
		asked.Add(topic) // all its partitions
	}
	asked[r.publisher.config.Topics.Progress] = map[int32]struct{}{r.lane: {}}
	described, err := r.publisher.admin().DescribeProducers(ctx, asked)
	described.EachPartition(func(p kadm.DescribedProducersPartition) {
		if p.Err != nil && err == nil {
			err = fmt.Errorf("describe producers of %s/%d: %w", p.Topic, p.Partition, p.Err)
		}
	})
	return described, err
}

// hangingIn picks what earlier transactions of the lane hold open. The lane's
// producer ids are those that write its progress: a producer gets another one
// every 32,767 transactions. A newer epoch than ours is a newer owner's.
func (r *relay) hangingIn(described kadm.DescribedProducersTopics, id int64, epoch int16) []hangingTransaction {
	ours := map[int64]bool{id: true}
	for other := range described[r.publisher.config.Topics.Progress].Partitions[r.lane].ActiveProducers {
		ours[other] = true
	}
	var hanging []hangingTransaction
	described.EachProducer(func(p kadm.DescribedProducer) {
		if p.CurrentTxnStartOffset < 0 || !ours[p.ProducerID] || p.ProducerID == id && p.ProducerEpoch >= epoch {
			return
		}
		at := slices.IndexFunc(hanging, func(h hangingTransaction) bool {
			return h.producerID == p.ProducerID && h.epoch == p.ProducerEpoch
		})
		if at < 0 {
			at = len(hanging)
			hanging = append(hanging, hangingTransaction{producerID: p.ProducerID, epoch: p.ProducerEpoch})
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
func (h *hangingTransaction) complete(described kadm.DescribedProducersTopics) {
	slices.SortFunc(h.open, func(a, b kadm.DescribedProducer) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	described.EachPartition(func(p kadm.DescribedProducersPartition) {
		seen, known := p.ActiveProducers[h.producerID]
		here := seen.CurrentTxnStartOffset >= 0 && seen.ProducerEpoch == h.epoch
		if !known || !here && seen.ProducerEpoch >= h.epoch {
			h.ended = append(h.ended, topicPartition{p.Topic, p.Partition})
		}
	})
}

// withoutOthers leaves out what another transactional id has open: somebody else
// writes to the progress topic, and that transaction is alive.
func (r *relay) withoutOthers(ctx context.Context, hanging []hangingTransaction, id int64) (ours []hangingTransaction, err error) {
	for _, h := range hanging {
		if h.producerID != id {
			listed, err := r.publisher.admin().ListTransactions(ctx, []int64{h.producerID}, nil)
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
func (r *relay) awaitSettled(ctx context.Context, id int64, epoch int16) error {
	for ctx.Err() == nil {
		described, err := r.describeTransaction(ctx)
		switch {
		case err != nil:
			return err
		case described.State == "Ongoing" || strings.HasPrefix(described.State, "Prepare"):
			wait(ctx, settlingPause)
		case described.ProducerID != id || described.ProducerEpoch != epoch:
			return fmt.Errorf("describe transaction of lane %d: %w", r.lane, kerr.ProducerFenced)
		default:
			return nil
		}
	}
	return ctx.Err()
}

func (r *relay) describeTransaction(ctx context.Context) (kadm.DescribedTransaction, error) {
	described, err := r.publisher.admin().DescribeTransactions(ctx, r.transactionalID())
	if err == nil {
		_, err = described.On(r.transactionalID(), func(d *kadm.DescribedTransaction) error { return d.Err })
	}
	if err != nil {
		return kadm.DescribedTransaction{}, fmt.Errorf("describe transaction of lane %d: %w", r.lane, err)
	}
	return described[r.transactionalID()], nil
}

// endAsDecided writes the missing markers.
func (r *relay) endAsDecided(ctx context.Context, h hangingTransaction, known commits) error {
	verdict, err := r.judge(ctx, h, known)
	if err != nil {
		return fmt.Errorf("judge hanging transaction of lane %d: %w", r.lane, err)
	}
	if err := r.writeMarkers(ctx, h, verdict); err != nil {
		return fmt.Errorf("end hanging transaction of lane %d: %w", r.lane, refused(h, verdict, err))
	}
	countHanging(ctx, verdict)
	slog.WarnContext(ctx, "ended a hanging transaction", "lane", r.lane, "outcome", verdict.outcome(), "because", verdict.reason,
		"producer_id", h.producerID, "epoch", h.epoch, "partitions", h.places())
	return nil
}

// writeMarkers uses the transaction's own epoch, which the broker refuses where a
// newer owner has written since; the coordinator's epoch may not go back.
func (r *relay) writeMarkers(ctx context.Context, h hangingTransaction, v verdict) error {
	markers := kadm.TxnMarkers{ProducerID: h.producerID, ProducerEpoch: h.epoch, Commit: v.commit, Topics: kadm.TopicsSet{}}
	for _, p := range h.open {
		markers.Topics.Add(p.Topic, p.Partition)
		markers.CoordinatorEpoch = max(markers.CoordinatorEpoch, p.CoordinatorEpoch)
	}
	written, err := r.publisher.admin().WriteTxnMarkers(ctx, markers)
	written.EachPartition(func(p kadm.TxnMarkersPartitionResponse) {
		if p.Err != nil && err == nil {
			err = fmt.Errorf("write marker to %s/%d: %w", p.Topic, p.Partition, p.Err)
		}
	})
	return err
}

// refused adds what an operator can do to an error that does not pass by itself.
func refused(h hangingTransaction, v verdict, err error) error {
	if passing(err) {
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
func (h *hangingTransaction) places() string {
	var places []string
	for _, p := range h.open {
		places = append(places, fmt.Sprintf("topic %s partition %d start offset %d", p.Topic, p.Partition, p.CurrentTxnStartOffset))
	}
	return strings.Join(places, ", ")
}
