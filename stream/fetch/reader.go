package fetch

import (
	"context"
	"errors"
	"github.com/clvstream/clvstream/stream/cluster"
	"time"
)

// noLeader stands for an unknown leader.
const noLeader int32 = -1

// Reader hands one partition to one task. Its methods are for the
// task's goroutine alone, except Drop and Bounds.
type Reader struct {
	fetcher   *Fetcher
	partition cluster.Partition
	ready     chan struct{}
	memory    memory // the task's: its batches are made in it

	// The rest is guarded by fetcher.mu, except what answer points to: that is
	// the task's from delivery until it is used up.

	offset     int64   // to ask for next
	generation uint64  // raised by SeekTo, Drop and a new leader: answers to older questions are void
	answer     *cursor // delivered and not used up; while it is there nothing is asked
	err        error   // fatal: nothing is asked until SeekTo
	dropped    bool

	leader    int32
	turn      uint64    // place in the next request: who got something goes behind the others
	attempt   int       // failures since the last good answer
	notBefore time.Time // when to ask again after a failure
	doubted   bool      // the offset was refused as out of range: its bounds are to be asked for
	maxBytes  int32     // PartitionMaxBytes, or more for a batch that came in part

	bounds    cluster.Bounds // as last seen
	seen      bool           // an answer brought bounds
	corruptAt int64          // where a batch was damaged, corrupt times running
	corrupt   int
}

// Partition returns what is read.
func (r *Reader) Partition() cluster.Partition { return r.partition }

// Ready holds a token when Take may have something. A token can be stale: Take
// then says so.
func (r *Reader) Ready() <-chan struct{} { return r.ready }

// Take returns the next batch without waiting; ok is false when there is none
// yet. The records of the last one are gone then. Checksums, decompression and
// parsing happen here. An error is final until SeekTo: see the error types of this
// package for what can happen.
func (r *Reader) Take() (batch Batch, ok bool, err error) {
	f := r.fetcher
	f.mu.Lock()
	answer, err := r.answer, r.err
	f.mu.Unlock()
	if err != nil || answer == nil {
		return Batch{}, false, err
	}
	batch, fault := answer.take(r.partition)

	f.mu.Lock()
	defer f.mu.Unlock()
	if r.dropped {
		return Batch{}, false, ErrDropped
	}
	if fault != nil {
		r.judge(fault, batch.NextOffset)
		return Batch{}, false, r.err
	}
	if !answer.done() {
		leaveToken(r.ready)
		return batch, true, nil
	}
	r.answer, r.corrupt = nil, 0
	f.wake(r.leader)
	return batch, true, nil
}

// Next waits for the next batch.
func (r *Reader) Next(ctx context.Context) (Batch, error) {
	for {
		batch, ok, err := r.Take()
		if ok || err != nil {
			return batch, err
		}
		select {
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		case <-r.ready:
		}
	}
}

// SeekTo goes on at another offset. Nothing read before comes after it, and a
// final error is forgotten.
func (r *Reader) SeekTo(offset int64) {
	f := r.fetcher
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.dropped {
		return
	}
	r.offset = offset
	r.generation++
	r.answer, r.err, r.doubted = nil, nil, false
	r.attempt, r.notBefore, r.corrupt = 0, time.Time{}, 0
	select {
	case <-r.ready:
	default:
	}
	f.wake(r.leader)
	f.wantLeaders()
}

// Bounds returns the partition's bounds as last seen, which go on moving while
// there is nothing to take; ok is false before the first answer. A task whose
// position has reached the last stable offset is caught up.
func (r *Reader) Bounds() (bounds cluster.Bounds, ok bool) {
	r.fetcher.mu.Lock()
	defer r.fetcher.mu.Unlock()
	return r.bounds, r.seen
}

// Drop ends reading. The partition can be assigned again at once.
func (r *Reader) Drop() {
	f := r.fetcher
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.dropped {
		return
	}
	r.dropped = true
	r.generation++
	r.answer, r.err = nil, ErrDropped
	delete(f.readers, r.partition)
	leaveToken(r.ready)
}

// judge decides what a fault inside an answer means: a damaged batch is fetched
// anew, as the damage may have happened on the way.
func (r *Reader) judge(fault error, offset int64) {
	r.answer = nil
	if errors.Is(fault, errUnsupported) {
		r.fail(&UnsupportedBatchError{Partition: r.partition, Offset: offset, Cause: fault})
		return
	}
	if r.corruptAt != offset {
		r.corruptAt, r.corrupt = offset, 0
	}
	r.corrupt++
	if r.corrupt >= corruptReads {
		r.fail(&CorruptBatchError{Partition: r.partition, Offset: offset, Cause: fault})
		return
	}
	r.offset = offset
	r.retry(RetryCorrupt, fault)
	r.fetcher.wake(r.leader)
}

// fail ends reading with an error that the task must see.
func (r *Reader) fail(err error) {
	r.err = err
	leaveToken(r.ready)
}

// retry puts the next question off.
func (r *Reader) retry(reason RetryReason, err error) {
	r.notBefore = time.Now().Add(cluster.Backoff(r.attempt))
	r.attempt++
	r.fetcher.config.OnRetry(r.partition, reason, err)
}

// fetchable says whether the next request may ask for the partition.
func (r *Reader) fetchable(now time.Time) bool {
	return r.answer == nil && r.err == nil && !r.doubted && !now.Before(r.notBefore)
}
