package hanging

import "context"

// verdict is how a hanging transaction is to be ended, everywhere.
type verdict struct {
	commit bool
	reason string
}

// The reasons, in the order in which they are looked for. Each is right because:
//
//  1. The coordinator decided, and said so before it forgot, or to this owner.
//  2. Readers have seen the end in another partition.
//  3. No partition has an end, so nobody has seen anything of it. What matters is
//     whether the outboxes can give all of it again. Only who was told of the
//     commit trims, and then the whole transaction is in the log. So one shard that
//     was trimmed says commit, also where a trim came to only some of the shards:
//     the others skip what progress then says is out. With none trimmed, whatever
//     the coordinator decided, aborting loses nothing: all of it waits, or Redis has
//     forgotten it and the consumer makes it again.
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
