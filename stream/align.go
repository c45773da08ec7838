package stream

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
)

// aligner keeps one task from running ahead of the others in event time.
//
//	orders/0  ────────────────●              head: latest event time so far
//	orders/1  ──────────●     ┊
//	churn/0   ──────────┊─────┊────▲ waits   ▲ may go up to lowest head + slack
//	                    └ slack ───┘
//
// Live, all heads are near now and no partition waits. In a replay, a rebuild or after
// an outage, a partition with few records would otherwise be read to its end
// before the others have begun, and all earlier events in them would be too late. The
// task with the lowest head never waits, so one always makes progress; an idle partition holds back no other.
type aligner struct {
	store  *state.Store
	source layout.Source
	others map[string]bool // the input partitions that count, this one included
	slack  int64           // microseconds; 0: never wait, and hold nobody back

	head     int64     // microseconds: the latest of what was applied and the next record
	active   time.Time // when a record was last applied
	furthest state.Sighting
	stored   state.Sighting // as Redis has it
	shared   state.Head     // the head that the others know
	sharedAt time.Time      // when it was shared
	allowed  int64          // records up to this event time may be applied
	readAt   time.Time      // when the others' heads were read
	flight   *inFlight      // events that were rerouted and have not landed
}

// slackPart is the part of the lateness that tasks may be apart. Two tasks may
// see each other a slack late, and the input may be disordered itself: all of it
// together stays below the lateness.
const slackPart = 3

// alignPoll is how often a task that waits compares again, and how often one that
// was cut short may.
const alignPoll = 10 * time.Millisecond

func newAligner(store *state.Store, source layout.Source, partitions map[cluster.Partition]cluster.Bounds, latenessDays int32, flight *inFlight) *aligner {
	a := &aligner{
		store: store, source: source, others: map[string]bool{}, flight: flight,
		slack:   int64(latenessDays) * int64(24*time.Hour/time.Microsecond) / slackPart,
		head:    math.MinInt64,
		allowed: math.MinInt64,
	}
	for partition := range partitions {
		a.others[partition.String()] = true
	}
	if !a.others[source.String()] {
		a.slack = 0
	}
	return a
}

// begin takes over how far the partition has come in the hands of the task before. If
// records wait, the head is unknown until the first is read: what the others know may be
// of long ago.
func (a *aligner) begin(ctx context.Context, waiting bool) error {
	a.active = time.Now()
	if a.slack == 0 {
		return nil
	}
	heads, err := a.store.Heads(ctx)
	if err != nil {
		return err
	}
	before := heads[a.source.String()]
	a.furthest, a.stored = before.Furthest, before.Furthest
	if waiting {
		a.shared = state.Head{Kind: state.HeadIdle}
		a.share(ctx, state.Head{Kind: state.HeadUnknown})
		return nil
	}
	if before.Kind == state.HeadIdle && before.ActiveMicros != 0 {
		a.active = time.UnixMicro(before.ActiveMicros)
	}
	if before.AtMicros != 0 {
		a.head = max(a.head, before.AtMicros)
	}
	return nil
}

// admit says how many of the leading records may be applied now. It waits until
// one may, or ctx is done (0), or no retry heals what Redis answers. Refused records
// do not matter.
func (a *aligner) admit(ctx context.Context, work []state.Work, waiting func()) (int, error) {
	if a.slack == 0 {
		return len(work), nil
	}
	for since := time.Now(); ctx.Err() == nil; {
		n := a.leading(work)
		if n < len(work) && time.Since(a.readAt) > alignPoll {
			if err := a.compare(ctx, work); err != nil {
				return 0, err
			}
			n = a.leading(work)
		}
		if n > 0 || len(work) == 0 {
			a.pass(ctx, work[:n])
			return n, nil
		}
		waiting()
		if time.Since(since) > stuckAfter {
			since = time.Now()
			slog.InfoContext(ctx, "waiting for partitions that are behind in event time", "partition", a.source.String())
		}
		cluster.Wait(ctx, alignPoll)
	}
	return 0, nil
}

// leading counts the records before the first that is not allowed. The first event of a record
// decides for all of its events: they are applied together, and one of them may be far ahead.
func (a *aligner) leading(work []state.Work) int {
	for i := range work {
		if e := work[i].Event; e != nil && work[i].Part == 0 && e.AtMicros > a.allowed {
			return i
		}
	}
	return len(work)
}

// compare shares this task's head and works out from the others' how far it may go.
func (a *aligner) compare(ctx context.Context, work []state.Work) error {
	a.readAt = time.Now()
	a.flight.landed(ctx)
	for i := range work {
		if e := work[i].Event; e != nil {
			a.head = max(a.head, e.AtMicros)
			break
		}
	}
	if a.head > math.MinInt64 {
		a.share(ctx, state.Head{Kind: state.HeadAt, AtMicros: a.head})
	}
	heads, err := a.store.Heads(ctx)
	switch {
	case err == nil:
		a.allowed = a.lowest(heads)
	case state.Judge(err).Ends():
		return err
	}
	return nil // where Redis is away the commit would not go either
}

// lowest is the lowest head of all partitions that have records waiting, this
// one included, and the slack.
func (a *aligner) lowest(heads map[string]state.Head) int64 {
	lowest := min(a.head, a.flight.earliest)
	for source, head := range heads {
		if !a.others[source] || source == a.source.String() {
			continue
		}
		switch head.Kind {
		case state.HeadUnknown:
			return math.MinInt64
		case state.HeadAt:
			lowest = min(lowest, head.AtMicros)
		}
	}
	if lowest == math.MinInt64 {
		return lowest
	}
	return lowest + a.slack
}

// pass moves the head with what is applied now.
func (a *aligner) pass(ctx context.Context, work []state.Work) {
	latest := int64(math.MinInt64)
	for i := range work {
		if e := work[i].Event; e != nil {
			latest = max(latest, e.AtMicros)
		}
	}
	a.active = time.Now()
	if latest == math.MinInt64 {
		return
	}
	a.head = max(a.head, latest)
	if seen := (state.Sighting{AtMicros: latest, SeenMicros: a.active.UnixMicro()}); seen.Beyond(a.furthest) {
		a.furthest = seen
		a.keepSighting(ctx)
	}
}

// rerouted notes that events were rerouted, from an event time on: the task may be a slack
// ahead of them until their customers have them.
func (a *aligner) rerouted(ctx context.Context, earliestMicros int64) {
	if a.slack == 0 {
		return
	}
	a.flight.note(ctx, earliestMicros)
	a.allowed = min(a.allowed, earliestMicros+a.slack)
}

// come is the event time that the partition has come to, µs.
func (a *aligner) come() int64 {
	if a.furthest == (state.Sighting{}) {
		return a.head
	}
	return max(a.head, a.furthest.By(time.Now().UnixMicro()))
}

// keepSighting stores the furthest sighting before what it is of is applied, where it is
// much further than the one that is stored: a task that is killed right after its last
// commit would leave the partition behind its own events. Live it is hardly ever.
func (a *aligner) keepSighting(ctx context.Context) {
	if a.stored != (state.Sighting{}) && a.furthest.AtMicros-a.stored.By(a.furthest.SeenMicros) < sightingStep.Microseconds() {
		return
	}
	if err := a.store.SetSighting(ctx, a.source, a.furthest); err == nil {
		a.stored = a.furthest
	}
}

// sightingStep is well below a day, by which due times come.
const sightingStep = time.Minute

// shareEvery is how often a head is shared that has moved less than matters to the
// other tasks: due times wait for it.
const shareEvery = 250 * time.Millisecond

// follow shares the head after a commit, if it has moved enough to matter to the
// others, or was not shared for a while.
func (a *aligner) follow(ctx context.Context) {
	const part = 10 // of the slack
	moved := a.shared.Kind != state.HeadAt || a.head-a.shared.AtMicros > a.slack/part || time.Since(a.sharedAt) > shareEvery
	if a.slack > 0 && a.head > math.MinInt64 && moved {
		a.share(ctx, state.Head{Kind: state.HeadAt, AtMicros: a.head})
	}
}

// rest lets the others know that nothing waits here, as every shard has applied
// everything before an offset.
func (a *aligner) rest(ctx context.Context, upTo int64) {
	if a.slack == 0 || a.shared.Kind == state.HeadIdle && time.Since(a.sharedAt) < shareEvery {
		return
	}
	if !a.flight.landed(ctx) { // what it rerouted may hold the others back as records that wait here would
		a.share(ctx, state.Head{Kind: state.HeadAt, AtMicros: min(a.head, a.flight.earliest)})
		return
	}
	idle := state.Head{Kind: state.HeadIdle, SeenMicros: time.Now().UnixMicro(), ActiveMicros: a.active.UnixMicro(), UpTo: upTo, Furthest: a.furthest}
	if a.head > math.MinInt64 {
		idle.AtMicros = a.head
	}
	a.share(ctx, idle)
}

func (a *aligner) share(ctx context.Context, head state.Head) {
	if head == a.shared {
		return
	}
	if err := a.store.SetHead(ctx, a.source, head); err == nil {
		a.shared, a.sharedAt = head, time.Now()
	}
}
