package state

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state/layout"
)

// Errors of a claim. Each needs an operator: nothing is skipped or guessed.
var (
	ErrStateLost      = errors.New("the state of an input partition is lost")
	ErrTopicRecreated = errors.New("the input topic was recreated")
)

// birthCommit stands in a mark before anything was committed.
const birthCommit = "birth"

// mark is how far a shard has applied an input partition: everything before
// Offset. It is stored as "offset commit", readable with HGETALL.
type mark struct {
	offset int64
	commit string
}

func (m mark) String() string { return strconv.FormatInt(m.offset, 10) + " " + m.commit }

func parseMark(s string) (mark, error) {
	offset, commit, ok := strings.Cut(s, " ")
	n, err := strconv.ParseInt(offset, 10, 64)
	if !ok || err != nil {
		return mark{}, fmt.Errorf("%w: mark %q: want \"offset commit\"", errDamaged, s)
	}
	if strings.Contains(commit, " ") {
		return mark{}, fmt.Errorf("mark %q is %w", s, layout.ErrNewer)
	}
	return mark{offset: n, commit: commit}, nil
}

// Lane is one input partition's claim on all shards. It belongs to one
// goroutine.
type Lane struct {
	store     *Store
	source    layout.Source
	valuation *clv.Valuation // where no pushed model is in force
	epochs    []int64        // per shard, as this claim left them
	marks     []int64        // per shard, the offset up to which it has applied the partition
	name      string         // random, of this claim: begins every commit id
	commits   uint64         // made so far under this name
	grouped   [][]int        // per shard, indices of the batch's work; kept to be used again
	chains    []*chain       // kept for their buffers
	// retryingSince is when the commit under way failed first (Unix
	// nanoseconds), 0 while all is well.
	retryingSince atomic.Int64
}

// Start says where a partition begins when the state knows nothing of it.
type Start struct {
	LogStart  int64 // the partition's first offset
	Committed bool  // the consumer group has committed offsets for it: it was consumed before
	Rebuild   bool  // begin at LogStart although it was consumed before
}

// Claim takes an input partition: it bumps the partition's epoch in every shard,
// which fences whoever held it, and reads how far each shard has come. The state
// is the truth: a partition that was consumed before and has no mark is refused
// with ErrStateLost, unless Start says to rebuild. The valuation is the configured
// one: a model that was activated takes the place of its own.
func (s *Store) Claim(ctx context.Context, source layout.Source, start Start, valuation *clv.Valuation) (*Lane, error) {
	l := &Lane{store: s, source: source, valuation: valuation, name: randomName(), grouped: make([][]int, len(s.shards))}
	marks, err := l.bump(ctx)
	if err != nil {
		return nil, fmt.Errorf("claim %s: %w", source, err)
	}
	if err := l.settle(ctx, marks, start); err != nil {
		return nil, fmt.Errorf("claim %s: %w", source, err)
	}
	return l, nil
}

// bump raises the epochs and returns the marks as found, nil where there is
// none.
func (l *Lane) bump(ctx context.Context) ([]*mark, error) {
	epochs := make([]*redis.IntCmd, len(l.store.shards))
	fields := make([]*redis.SliceCmd, len(l.store.shards))
	_, err := l.store.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, sh := range l.store.shards {
			epochs[i] = pipe.HIncrBy(ctx, sh.keys.src, epochField(l.source), 1)
			fields[i] = pipe.HMGet(ctx, sh.keys.src, markField(l.source), topicField(l.source))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("raise epochs: %w", err)
	}
	marks := make([]*mark, len(l.store.shards))
	l.epochs = make([]int64, len(l.store.shards))
	for i := range l.store.shards {
		l.epochs[i] = epochs[i].Val()
		if marks[i], err = l.readMark(fields[i].Val()); err != nil {
			return nil, fmt.Errorf("shard %d: %w", i, err)
		}
	}
	return marks, nil
}

func (l *Lane) readMark(fields []any) (*mark, error) {
	stored, ok := fields[0].(string)
	if !ok {
		return nil, nil
	}
	if topicID, ok := fields[1].(string); ok && topicID != hex.EncodeToString(l.source.TopicID[:]) {
		return nil, fmt.Errorf("%w: the state belongs to topic id %s, the cluster has %x: restore the topic, or use another namespace", ErrTopicRecreated, topicID, l.source.TopicID)
	}
	m, err := parseMark(stored)
	return &m, err
}

// settle decides where each shard goes on and writes the marks that a birth, or
// a rebuild, begins with. They are written before anything is applied, so a
// birth cut short is told from a loss: all marks there are still say birth.
func (l *Lane) settle(ctx context.Context, marks []*mark, start Start) error {
	missing, born := 0, true
	for _, m := range marks {
		if m == nil {
			missing++
		} else if m.commit != birthCommit {
			born = false
		}
	}
	if missing > 0 && !start.Rebuild && (start.Committed || !born) {
		return fmt.Errorf("%w: %d of %d shards know nothing of it although it was consumed before: restore Redis, or start once with --rebuild to compute the state again from the log", ErrStateLost, missing, len(marks))
	}
	l.marks = make([]int64, len(marks))
	written := make([]*redis.BoolCmd, len(marks))
	_, err := l.store.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, m := range marks {
			if m != nil {
				l.marks[i] = m.offset
				continue
			}
			l.marks[i] = start.LogStart
			src := l.store.shards[i].keys.src
			pipe.HSetNX(ctx, src, topicField(l.source), hex.EncodeToString(l.source.TopicID[:]))
			written[i] = pipe.HSetNX(ctx, src, markField(l.source), mark{start.LogStart, birthCommit}.String())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write first marks: %w", err)
	}
	for _, w := range written {
		if w != nil && !w.Val() {
			return fmt.Errorf("write first marks: %w", ErrFenced)
		}
	}
	return nil
}

// Resume is the offset to read from: the lowest that any shard has come to.
func (l *Lane) Resume() int64 {
	lowest := l.marks[0]
	for _, offset := range l.marks[1:] {
		lowest = min(lowest, offset)
	}
	return lowest
}

// Check looks whether the claim still holds and Redis still has what the lane
// put there. It answers ErrFenced or ErrRolledBack; that Redis can not be asked
// says nothing and is left to the next commit.
func (l *Lane) Check(ctx context.Context) error {
	fields := make([]*redis.SliceCmd, len(l.store.shards))
	_, err := l.store.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, sh := range l.store.shards {
			fields[i] = pipe.HMGet(ctx, sh.keys.src, tipField, epochField(l.source), markField(l.source), firedField, modelField)
		}
		return nil
	})
	if err != nil {
		return nil //nolint:nilerr // that Redis does not answer says nothing about the claim
	}
	for i := range fields {
		v := &view{fields: fields[i]}
		err := v.read()
		if errors.Is(err, layout.ErrNewer) {
			continue // says nothing about the claim: the next commit waits for the upgrade
		}
		if err != nil {
			return fmt.Errorf("check %s: shard %d: %w", l.source, i, err)
		}
		if err := l.judge(i, v); err != nil {
			return fmt.Errorf("check %s: shard %d: %w", l.source, i, err)
		}
	}
	return nil
}

// Source is the partition that the lane holds.
func (l *Lane) Source() layout.Source { return l.source }

// RetryingFor is for how long the commit under way has been failing; 0 while
// all is well. It may be asked from any goroutine.
func (l *Lane) RetryingFor(now time.Time) time.Duration {
	if since := l.retryingSince.Load(); since != 0 {
		return now.Sub(time.Unix(0, since))
	}
	return 0
}

// randomName tells one claim's commits from any other's, ever.
func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
