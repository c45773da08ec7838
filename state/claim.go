package state

import (
	"context"
	"crypto/rand"
	"encoding/binary"
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
		return mark{}, fmt.Errorf("%w: mark %q: want \"offset commit\"", layout.ErrDamaged, s)
	}
	if strings.Contains(commit, " ") {
		return mark{}, fmt.Errorf("mark %q is %w", s, layout.ErrNewer)
	}
	return mark{offset: n, commit: commit}, nil
}

// Claim is one input partition's claim on all shards. It belongs to one
// goroutine.
type Claim struct {
	store     *Store
	source    layout.Source
	valuation *clv.Valuation // where no pushed model is in force
	fields    []string       // of src that a commit reads
	epoch     int64          // in every shard, of this claim alone
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

// Claim takes an input partition: it writes an epoch of its own into every shard,
// which fences whoever held it, and reads how far each shard has come. The state
// is the truth: a partition that was consumed before and has no mark is refused
// with ErrStateLost, unless Start says to rebuild. The valuation is the configured
// one: a model that was activated takes the place of its own.
func (s *Store) Claim(ctx context.Context, source layout.Source, start Start, valuation *clv.Valuation) (*Claim, error) {
	c := &Claim{
		store: s, source: source, valuation: valuation, fields: positionFields(source),
		name: randomName(), grouped: make([][]int, len(s.shards)),
	}
	if err := s.checkLayouts(ctx); err != nil { // or this program would fence a newer one
		return nil, fmt.Errorf("claim %s: %w", source, err)
	}
	marks, err := c.fence(ctx)
	if err != nil {
		return nil, fmt.Errorf("claim %s: %w", source, err)
	}
	if err := c.settle(ctx, marks, start); err != nil {
		return nil, fmt.Errorf("claim %s: %w", source, err)
	}
	return c, nil
}

// fence writes the epoch and returns the marks as found, nil where there is none. The
// epoch is drawn and not counted, so that it may be written twice, or lost with a
// Redis that is restored from an older copy, and is never another claim's.
func (c *Claim) fence(ctx context.Context) ([]*mark, error) {
	fields := make([]*redis.SliceCmd, len(c.store.shards))
	c.epoch = randomEpoch()
	_, err := ask(ctx, c.store, c.store.shards, func(pipe redis.Pipeliner, sh *shard) *redis.IntCmd {
		fields[sh.index] = pipe.HMGet(ctx, sh.keys.src, markField(c.source), topicField(c.source), epochField(c.source))
		return pipe.HSet(ctx, sh.keys.src, epochField(c.source), c.epoch)
	})
	if err != nil {
		return nil, fmt.Errorf("write epochs: %w", err)
	}
	marks := make([]*mark, len(c.store.shards))
	for i := range c.store.shards {
		if _, err = parseEpoch(fields[i].Val()[2]); err == nil {
			marks[i], err = c.readMark(fields[i].Val())
		}
		if err != nil {
			return nil, fmt.Errorf("shard %d: %w", i, err)
		}
	}
	return marks, nil
}

func (c *Claim) readMark(fields []any) (*mark, error) {
	stored, ok := fields[0].(string)
	if !ok {
		return nil, nil
	}
	if topicID, ok := fields[1].(string); ok && topicID != hex.EncodeToString(c.source.TopicID[:]) {
		return nil, fmt.Errorf("%w: the state belongs to topic id %s, the cluster has %x: restore the topic, or use another namespace", ErrTopicRecreated, topicID, c.source.TopicID)
	}
	m, err := parseMark(stored)
	return &m, err
}

// settle decides where each shard goes on and writes the marks that a birth, or
// a rebuild, begins with. They are written before anything is applied, so a
// birth cut short differs from a loss: all marks there are still say birth.
func (c *Claim) settle(ctx context.Context, marks []*mark, start Start) error {
	var missing []*shard
	born := true
	c.marks = make([]int64, len(marks))
	for i, m := range marks {
		if m == nil {
			missing = append(missing, c.store.shards[i])
			c.marks[i] = start.LogStart
			continue
		}
		c.marks[i] = m.offset
		born = born && m.commit == birthCommit
	}
	if len(missing) > 0 && !start.Rebuild && (start.Committed || !born) {
		return fmt.Errorf("%w: %d of %d shards have no watermark of it although it was consumed before: restore Redis, or start once with --rebuild to recompute the state from the log", ErrStateLost, len(missing), len(marks))
	}
	written, err := ask(ctx, c.store, missing, func(pipe redis.Pipeliner, sh *shard) *redis.BoolCmd {
		pipe.HSetNX(ctx, sh.keys.src, topicField(c.source), hex.EncodeToString(c.source.TopicID[:]))
		return pipe.HSetNX(ctx, sh.keys.src, markField(c.source), mark{start.LogStart, birthCommit}.String())
	})
	if err != nil {
		return fmt.Errorf("write first marks: %w", err)
	}
	for _, w := range written {
		if !w.Val() {
			return fmt.Errorf("write first marks: %w", ErrFenced)
		}
	}
	return nil
}

// Resume is the offset to read from: the lowest that any shard has come to.
func (c *Claim) Resume() int64 {
	lowest := c.marks[0]
	for _, offset := range c.marks[1:] {
		lowest = min(lowest, offset)
	}
	return lowest
}

// Check asks whether the claim still holds and Redis still has what was written
// under it. What may pass says nothing of that and is left to the next commit.
func (c *Claim) Check(ctx context.Context) error {
	answers, err := ask(ctx, c.store, c.store.shards, func(pipe redis.Pipeliner, sh *shard) *redis.SliceCmd {
		return pipe.HMGet(ctx, sh.keys.src, c.fields...)
	})
	if err != nil && !Judge(err).Waits() {
		return fmt.Errorf("check %s: %w", c.source, err)
	}
	for i := range answers {
		p, err := parsePosition(answers[i].Val())
		if err == nil {
			err = c.compare(i, &p)
		}
		if err != nil && !Judge(err).Waits() {
			return fmt.Errorf("check %s: shard %d: %w", c.source, i, err)
		}
	}
	return nil
}

// compare compares what src says with what the claim expects.
func (c *Claim) compare(shard int, p *position) error {
	switch {
	case p.epoch != c.epoch:
		return ErrFenced
	case p.mark == nil, p.mark.offset < c.marks[shard]:
		return ErrRolledBack
	default:
		// Beyond what is expected: this claim's own commit whose answer was lost.
		c.marks[shard] = p.mark.offset
		return nil
	}
}

// Source is the partition that the claim holds.
func (c *Claim) Source() layout.Source { return c.source }

// RetryingFor is for how long the commit under way has been failing; 0 while
// all is well. It may be asked from any goroutine.
func (c *Claim) RetryingFor(now time.Time) time.Duration {
	if since := c.retryingSince.Load(); since != 0 {
		return now.Sub(time.Unix(0, since))
	}
	return 0
}

// randomEpoch is above 0, and far enough below the largest that a program which counts
// epochs on can.
func randomEpoch() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return int64(binary.LittleEndian.Uint64(b[:])>>2) + 1
}

// randomName makes one claim's commits unlike any other's, ever.
func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
