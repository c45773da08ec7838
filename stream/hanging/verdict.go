package hanging

import "context"

// verdict is how a hanging transaction is to be ended, everywhere.
type verdict struct {
	commit bool
	reason string
}

// The reasons, in the order in which they are checked. Each is right because:
//
//  1. The coordinator decided, and said so, before it forgot the transaction or to this
//     owner.
//  2. Readers have seen the end in another partition.
//  3. No partition has an end, so no reader has seen any of it. What matters is whether
//     the outboxes still have all of it. An owner trims only after it has learned of
//     the commit, and then the whole transaction is in the log. So one trimmed shard
//     means commit, even if the trim reached only some of the shards: the others skip
//     what the progress then says is published. If no shard is trimmed, aborting loses
//     nothing, whatever the coordinator decided: all entries still wait or, if Redis
//     was restored from an older copy, the consumer writes them again.
const (
	reasonDecided = "the coordinator committed it"
	reasonMarker  = "another partition has its marker"
	reasonTrimmed = "its changes have left the outbox"
	reasonWaits   = "all its changes can be published again"
)

func (v verdict) outcome() string {
	if v.commit {
		return "committed"
	}
	return "aborted"
}

func (l *Lane) judge(ctx context.Context, h transaction, known Commits) (verdict, error) {
	if known(h.producerID, h.epoch) {
		return verdict{true, reasonDecided}, nil
	}
	if commit, found, err := l.endElsewhere(ctx, h); err != nil || found {
		return verdict{commit, reasonMarker}, err
	}
	trimmed, err := l.trimmed(ctx, h)
	if trimmed {
		return verdict{true, reasonTrimmed}, err
	}
	return verdict{false, reasonWaits}, err
}

// LastCommit asks how the lane's last transaction was decided, which fencing makes
// the coordinator forget. No answer is one too: the other reasons remain.
func (l *Lane) LastCommit(ctx context.Context) Commits {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	last, err := l.describeTransaction(ctx)
	committed := err == nil && (last.State == "PrepareCommit" || last.State == "CompleteCommit")
	return func(producerID int64, epoch int16) bool {
		// A decision raises the epoch (transaction.version 2).
		return committed && producerID == last.ProducerID && epoch == last.ProducerEpoch-1
	}
}
