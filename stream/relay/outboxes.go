package relay

import (
	"context"
	"time"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
)

// outboxes reads what waits in a lane's outboxes, for one transaction at a time and not
// much more than it takes. What does not fit is not decoded, and is read again for the
// next transaction: nothing is kept from one to the next, since Redis may have gone back
// to an older copy by then.
type outboxes struct {
	store  *state.Store
	shards []int

	memory layout.EntryMemory // of the entry that is being taken
	plan   plan
	first  int       // index of the outbox to begin with: the first of which something was left
	readAt time.Time // of the last reading

	oldest []int64 // per outbox, the wall clock of its head when last read, milliseconds; 0: it was empty
	behind bool    // the last turn was half full at least, and left something
	depth  int64   // entries in all outboxes when last looked
	sized  time.Time
}

const (
	// trustFor is how long it is believed that what waits is like what was read last.
	trustFor = time.Second
	// sizeEvery is how often the depth is asked for while the outboxes are not read to
	// their ends.
	sizeEvery = time.Second
)

func newOutboxes(store *state.Store, shards []int) *outboxes {
	return &outboxes{store: store, shards: shards, oldest: make([]int64, len(shards))}
}

// turn hands entries to take, which does not keep them, until a transaction of so many
// items is full or all outboxes are read to their ends.
func (o *outboxes) turn(ctx context.Context, mostItems int, take func(shard int, entry *layout.Entry)) error {
	if time.Since(o.readAt) > trustFor {
		o.plan.distrust()
	}
	t := turn{outboxes: o, begin: o.first, room: load{items: mostItems, bytes: budgetBytes}, deep: len(o.shards), take: take}
	for t.asked < len(o.shards) && t.room.any() {
		if err := t.read(ctx); err != nil {
			return err
		}
		if t.entries > 0 {
			o.plan.learn(t.entries, t.taken)
		}
	}
	o.plan.learn(t.entries, t.taken)
	o.plan.deep = t.deep
	o.behind = t.deep > 0 && (t.taken.items >= mostItems/2 || t.taken.bytes >= budgetBytes/2)
	return o.size(ctx, t.entries)
}

// oldestMilli is the wall clock of the oldest entry that waited, 0 if none did.
func (o *outboxes) oldestMilli() (oldest int64) {
	for _, at := range o.oldest {
		if at != 0 && (oldest == 0 || at < oldest) {
			oldest = at
		}
	}
	return oldest
}

// size keeps how many entries wait: those that a turn took or, if it left some, as
// many as Redis counts.
func (o *outboxes) size(ctx context.Context, taken int) error {
	if o.plan.deep == 0 {
		o.depth = int64(taken)
		return nil
	}
	if time.Since(o.sized) < sizeEvery {
		return nil
	}
	depths, err := o.store.DepthOf(ctx, o.shards)
	if err != nil {
		return err
	}
	o.depth, o.sized = 0, time.Now()
	for _, depth := range depths {
		o.depth += depth
	}
	return nil
}

// turn is one of outboxes. It reads each outbox once at most, in groups of a round
// trip each: so what it takes of an outbox is its head, also if Redis becomes another
// meanwhile.
type turn struct {
	*outboxes
	take func(shard int, entry *layout.Entry)

	begin   int  // index of the first outbox
	asked   int  // outboxes that were read, from there on
	deep    int  // outboxes that were not read to their ends
	room    load // that is left
	taken   load
	entries int // that were taken
}

// read reads the heads of the next group, and takes what there is room for.
func (t *turn) read(ctx context.Context) error {
	group, count := t.plan.next(t.room, len(t.shards)-t.asked)
	shards := make([]int, group)
	for i := range shards {
		shards[i] = t.shards[t.at(i)]
	}
	heads, err := t.store.OutboxHeads(ctx, shards, int64(count))
	if err != nil {
		return err
	}
	t.readAt = time.Now()
	for i, head := range heads {
		at := t.at(i)
		t.oldest[at] = 0
		if len(head) > 0 {
			t.oldest[at] = head[0].AtMilli()
		}
		left, err := t.takeHead(at, head)
		if err != nil {
			return err
		}
		switch {
		case left > 0:
			t.first = at
			return nil
		case len(head) < count:
			t.deep--
		}
		t.first = t.at(i + 1)
	}
	t.asked += group
	return nil
}

// at is the index of the i-th outbox from where the turn is.
func (t *turn) at(i int) int { return (t.begin + t.asked + i) % len(t.shards) }

// takeHead takes what there is room for, and says how many entries are left.
func (t *turn) takeHead(at int, head []state.StoredEntry) (left int, err error) {
	for e := range head {
		if !t.room.any() {
			return len(head) - e, nil
		}
		entry, err := head[e].Decode(&t.memory)
		if err != nil {
			return 0, err
		}
		t.take(t.shards[at], &entry)
		t.entries++
		is := load{items: len(entry.Items), bytes: head[e].Bytes()}
		t.room, t.taken = t.room.minus(is), t.taken.plus(is)
	}
	return 0, nil
}
