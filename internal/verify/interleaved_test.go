package verify_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/eventtest"
	"github.com/clvstream/clvstream/internal/verify"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/event"
)

// interleaved is a customer without Kafka and Redis. Whoever holds it says
// how events and due times come one after the other: in a system that is chance, and most
// of what it can be is rare.
//
//	record ──► decode ──► Advance ─┬─► stored bytes, changes, dead letters ──► verify.Snapshot
//	due times ──────────► Advance ─┘
type interleaved struct {
	testing.TB
	system   *system
	path     clv.Valuation // by which the customer is valued; verify has that of the system
	lag      int64         // µs by which events take the shard to be behind
	decoder  *event.Decoder
	stored   string // the customer's bytes
	snapshot verify.Snapshot
	steps    []string
}

const lone = "c0"

func newInterleaved(t testing.TB, s *system) *interleaved {
	return &interleaved{
		TB: t, system: s, path: s.valuation, decoder: event.NewDecoder(s.rules),
		snapshot: verify.Snapshot{Partitions: 1, Letters: map[int64]history.RefusalReason{}},
	}
}

// customer is decoded anew each time, as by another process.
func (i *interleaved) customer() *clv.Customer {
	if i.stored == "" {
		return &clv.Customer{}
	}
	return must[*clv.Customer](i)(layout.DecodeCustomer(i.stored))
}

func (i *interleaved) store(c *clv.Customer) {
	i.stored = string(layout.AppendCustomer(nil, c))
	i.note("  as of %s due %s: %+v, P(alive) %.4f, CLV %.2f", instant(c.Value.AsOfMicros), instant(c.DueMicros), c.Standing, c.Value.PAlive, c.Value.CLVMinor)
}

func instant(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano) }

func (i *interleaved) note(format string, values ...any) {
	i.steps = append(i.steps, fmt.Sprintf(format, values...))
}

func (i *interleaved) tell(offset int64) func(clv.Change) {
	return func(c clv.Change) {
		i.note("  change %d, %s, as of %s", c.Version, c.Reason, instant(c.Current.AsOfMicros))
		i.snapshot.Items = append(i.snapshot.Items, layout.Item{Offset: offset, Change: &c})
	}
}

// take takes an event as a commit does: see state/fold.go.
func (i *interleaved) take(drawn *history.Event) {
	r := i.system.record(drawn, true)
	r.Offset, r.Timestamp = int64(len(i.snapshot.Records)), time.Now()
	e, _, refused := i.decoder.Decode(&event.Record{TimestampMillis: r.Timestamp.UnixMilli(), Key: r.Key, Value: r.Value})
	if refused != nil {
		i.Fatal(refused)
	}
	i.note("record %d: %s", r.Offset, r.Value)
	e.Place = history.Place{Input: r.Topic, Offset: r.Offset}
	c := i.customer()
	did := c.Advance(lone, clv.Occasion{Event: &e, UntilMicros: max(0, i.snapshot.FiredMicros-i.lag)}, &i.path, i.tell(r.Offset))
	i.snapshot.Records = append(i.snapshot.Records, r)
	if did.Refused != nil {
		i.note("  refused: %s", did.Refused.Reason)
		i.snapshot.Letters[r.Offset] = did.Refused.Reason
	}
	for _, w := range did.GivenUp {
		i.snapshot.Letters[w.Event.Place.Offset] = history.Unmatched
	}
	if did.Changed {
		i.store(c)
	}
}

// fire fires what is due of the customer until an instant, and of others until another: see
// state/firing.go.
func (i *interleaved) fire(untilMicros, othersMicros int64) {
	for c := i.customer(); c.DueMicros != 0 && c.DueMicros <= untilMicros; c = i.customer() {
		due := c.DueMicros
		i.note("due %s", instant(due))
		i.snapshot.FiredMicros = max(i.snapshot.FiredMicros, due)
		c.Advance(lone, clv.Occasion{UntilMicros: due, Due: true}, &i.path, i.tell(0))
		i.store(c)
	}
	i.snapshot.FiredMicros = max(i.snapshot.FiredMicros, othersMicros)
	i.note("the shard is at %s", instant(i.snapshot.FiredMicros))
}

// refresh has the statistics count what the customer is worth at an instant.
func (i *interleaved) refresh(atMicros int64) {
	c := i.customer()
	if fresh, differs := c.RefreshedAt(atMicros, &i.path); differs {
		c.Refreshed = fresh
		i.store(c)
	}
}

func (i *interleaved) verify() verify.Report {
	if i.snapshot.Customer = nil; i.stored != "" {
		i.snapshot.Customer = i.customer()
	}
	return i.snapshot.Compare(i, lone, verify.Config{
		InputTopics: i.system.inputs, Rules: i.system.rules, Valuation: i.system.valuation, Store: &state.Store{},
	})
}

// live draws a life and an order of events and due times, and verifies now and then, until
// something differs.
func (i *interleaved) live(rnd *rand.Rand) verify.Report {
	rules, latest := &i.system.valuation.Rules, int64(1_500_000_000_000_000)
	events := eventtest.Life{CustomerID: lone, Events: 1 + rnd.IntN(30), Orders: 6, StartMicros: latest, SpanDays: 90, LatenessDays: 7}.Draw(rnd)
	arriving := eventtest.Deliver(rnd, events, rules)
	if rnd.IntN(2) == 0 {
		rnd.Shuffle(len(arriving), func(a, b int) { arriving[a], arriving[b] = arriving[b], arriving[a] })
	}
	eager := rnd.IntN(6) // how often due times come between events
	for _, e := range arriving {
		for rnd.IntN(6) < eager {
			until := latest + rnd.Int64N(int64(1+rnd.IntN(60))*day) - 5*day
			i.fire(until, i.others(rnd, until))
			if rnd.IntN(3) == 0 {
				i.refresh(until)
			}
		}
		i.take(e)
		latest = max(latest, e.AtMicros)
		if rnd.IntN(4) == 0 {
			if report := i.verify(); !report.Verified {
				return report
			}
		}
	}
	i.fire(latest+rnd.Int64N(300*day), 0)
	return i.verify()
}

// others is up to when others are due: midnights, unless the policy has changes wait, or
// an activation has made customers due.
func (i *interleaved) others(rnd *rand.Rand, until int64) int64 {
	calendar, policy := &i.system.valuation.Rules.Calendar, &i.system.valuation.Policy
	at := until - rnd.Int64N(5*day)
	switch {
	case rnd.IntN(3) == 0:
		return 0
	case policy.SpanMicros+policy.CoolDownMicros == 0 && !i.snapshot.Activated || rnd.IntN(4) > 0:
		return calendar.Start(calendar.Day(at))
	default:
		return at
	}
}

func (i *interleaved) String() string { return strings.Join(i.steps, "\n") }
