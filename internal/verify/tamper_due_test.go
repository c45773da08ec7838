package verify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/due"
)

// settledAwakeSystem has fired what was due until its last event, 150 days after
// ada's: she has become cooling and dormant, and will be lost.
func settledAwakeSystem(t *testing.T) *system {
	t.Helper()
	s := newAwakeSystem(t, testbed.EmbeddedPair(t), due.Event)
	return settled(t, s, s.record(&history.Event{
		Kind: history.OrderPlaced, ID: "last", CustomerID: "clock", OrderID: "o", AmountMinor: 1, AtMicros: 1_500_000_000_000_000 + 210*day,
	}, true))
}

const day = int64(24 * time.Hour / time.Microsecond)

// dueIndices finds ada's changes that time caused.
func dueIndices(records []*kgo.Record) (found []int) {
	for i, r := range records {
		if string(r.Key) == "ada" && strings.HasPrefix(idOf(r), change.DueIDPrefix) {
			found = append(found, i)
		}
	}
	return found
}

func idOf(r *kgo.Record) string {
	for _, h := range r.Headers {
		if h.Key == "ce_id" {
			return string(h.Value)
		}
	}
	return ""
}

// rewritten is a change of time with another text in its value, its id included.
func rewritten(r *kgo.Record, old, with string) *kgo.Record {
	changed := *r
	changed.Value = []byte(strings.ReplaceAll(string(r.Value), old, with))
	return headed(&changed, "ce_id", strings.ReplaceAll(idOf(r), old, with))
}

func TestEveryChangeOfTimeIsAccountedFor(t *testing.T) {
	s := settledAwakeSystem(t)
	sound, records := s.topics, s.readAll(t, s.topics.Changes)
	changes := len(indicesOf(records))
	if due := dueIndices(records); len(due) < 2 || due[len(due)-1] != indicesOf(records)[changes-1] {
		t.Fatalf("time caused %d of %d changes of ada, and not the last one", len(due), changes)
	}
	version := changes - 1
	for name, tc := range map[string]struct {
		edit func(records []*kgo.Record, at int) []*kgo.Record // the last but one of ada
		want faults
		text string
	}{
		"one lost": {
			func(r []*kgo.Record, at int) []*kgo.Record { return slices.Delete(r, at, at+1) },
			faults{lost: 1, gaps: 1}, fmt.Sprintf("change %d: want published or waiting, got neither", version),
		},
		"one twice": {
			func(r []*kgo.Record, at int) []*kgo.Record { return append(r, r[at]) },
			faults{duplicated: 1}, fmt.Sprintf("change %d: want once, got again", version),
		},
		"one beyond the state": {
			func(r []*kgo.Record, at int) []*kgo.Record { return append(r, next(r[at], changes)) },
			faults{unfounded: 1}, fmt.Sprintf("change %d: want at most", changes+1),
		},
		"another value": {
			func(r []*kgo.Record, at int) []*kgo.Record { return edited(r, at, `"current":"`, `"current":"1`) },
			faults{differing: 1}, fmt.Sprintf("change %d: clv.current", version),
		},
		"another P(alive)": {
			func(r []*kgo.Record, at int) []*kgo.Record { return edited(r, at, `"p_alive":0.`, `"p_alive":0.0`) },
			faults{differing: 1}, fmt.Sprintf("change %d: p_alive", version),
		},
		"another instant": {
			func(r []*kgo.Record, at int) []*kgo.Record {
				_, instant, _ := strings.Cut(idOf(r[at]), "@")
				instant, _, _ = strings.Cut(instant, "#")
				r[at] = rewritten(r[at], instant, "2019"+instant[4:])
				return r
			},
			faults{differing: 1, unannounced: 1, unfounded: 1}, fmt.Sprintf("change %d: stage", version),
		},
		"an instant that the id does not name": {
			func(r []*kgo.Record, at int) []*kgo.Record { return edited(r, at, `"as_of":"2017`, `"as_of":"2018`) },
			faults{unreadable: 1, lost: 1, gaps: 1}, "another customer_id, version or as_of",
		},
		"an id without an instant": {
			func(r []*kgo.Record, at int) []*kgo.Record {
				r[at] = headed(r[at], "ce_id", "due:ada#2")
				return r
			},
			faults{unreadable: 1, lost: 1, gaps: 1}, "names no due time",
		},
		"an event's id": {
			func(r []*kgo.Record, at int) []*kgo.Record {
				r[at] = headed(r[at], "ce_id", idOf(r[indicesOf(r)[0]]))
				return r
			},
			faults{unreadable: 1, lost: 1, gaps: 1}, "only time has",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.topics.Changes = s.copyTopic(t, sound.Changes, func(r []*kgo.Record) []*kgo.Record {
				return tc.edit(r, indicesOf(r)[changes-2])
			})
			defer func() { s.topics = sound }()
			s.expect(t, tc.want, tc.text)
		})
	}
}

// next is a change of time made to follow the last one.
func next(due *kgo.Record, changes int) *kgo.Record {
	_, version, _ := strings.Cut(idOf(due), "#")
	forged := rewritten(due, "#"+version, fmt.Sprintf("#%d", changes+1))
	forged.Value = []byte(strings.Replace(string(forged.Value), `"version":`+version, fmt.Sprintf(`"version":%d`, changes+1), 1))
	return forged
}

// A change that time is said to have caused needs news, also where the state goes
// along with it: here the last one is told again.
func TestChangeOfTimeWithoutNewsIsFound(t *testing.T) {
	s := settledAwakeSystem(t)
	s.topics.Changes = s.copyTopic(t, s.topics.Changes, lastAgain)
	s.tamper(t, "ada", func(c *clv.Customer) { c.Version++ })
	report := s.verify(t)
	if got := faultsOf(report); got.unfounded != 1 || got.lost != 0 || report.Verified {
		t.Error(report)
	}
}

// lastAgain tells ada's last change, which time caused, once more.
func lastAgain(r []*kgo.Record) []*kgo.Record {
	all := indicesOf(r)
	forged := next(r[all[len(all)-1]], len(all))
	value := string(forged.Value)
	previous, current := between(value, `"previous":"`, `"`), between(value, `"current":"`, `"`)
	value = strings.Replace(value, `"previous":"`+previous, `"previous":"`+current, 1)
	forged.Value = []byte(strings.Replace(value, `"stage":{"previous":"cooling"`, `"stage":{"previous":"dormant"`, 1))
	return append(r, forged)
}

func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}

func TestEveryStandingIsCompared(t *testing.T) {
	s := settledAwakeSystem(t)
	for name, tc := range map[string]struct {
		change func(*clv.Customer)
		text   string
	}{
		"stage":                      {func(c *clv.Customer) { c.Standing.Stage = standing.StageLost }, "stage: want"},
		"stage's beginning":          {func(c *clv.Customer) { c.Standing.StageMicros = c.Value.AsOfMicros + 1 }, "stage_since: want at most"},
		"tier":                       {func(c *clv.Customer) { c.Standing.Tier = 1 }, "tier: want"},
		"no such tier":               {func(c *clv.Customer) { c.Standing.Tier = 9 }, "tier: want"},
		"tier's beginning":           {func(c *clv.Customer) { c.Standing.TierMicros = c.Value.AsOfMicros + 1 }, "tier_since: want at most"},
		"level of P(alive)":          {func(c *clv.Customer) { c.Standing.AliveLevel++ }, "alive_level: want"},
		"worthwhile":                 {func(c *clv.Customer) { c.Standing.Worthwhile = !c.Standing.Worthwhile }, "worthwhile: want"},
		"near":                       {func(c *clv.Customer) { c.Standing.Approaching = !c.Standing.Approaching }, "approaching: want"},
		"due later":                  {func(c *clv.Customer) { c.DueMicros += 900 * day }, "due: want not after"},
		"due never":                  {func(c *clv.Customer) { c.DueMicros = 0 }, "due: want not after"},
		"value after what was fired": {func(c *clv.Customer) { c.Value.AsOfMicros += 70 * day }, "as_of: want"},
		"a change that waits":        {func(c *clv.Customer) { c.Announced.Pending = announce.ReasonPurchase }, "the pending change"},
	} {
		t.Run(name, func(t *testing.T) {
			s.tamper(t, "ada", tc.change)
			s.expect(t, faults{differing: 1, statistics: followCustomers}, tc.text)
		})
	}
}

func TestDueTimesThatArePassedOverAreFound(t *testing.T) {
	s := settledAwakeSystem(t)
	client := s.pair.RedisClient(t)
	shard := state.Shard("ada", shards)
	key := fmt.Sprintf("%s:{s%03d}:due", s.namespace, shard)
	indexed := must[float64](t)(client.ZScore(t.Context(), key, "ada").Result())
	restore := func() { client.ZAdd(context.Background(), key, redis.Z{Score: indexed, Member: "ada"}) }
	t.Run("index later", func(t *testing.T) {
		defer restore()
		client.ZAdd(t.Context(), key, redis.Z{Score: indexed + 1, Member: "ada"})
		s.expect(t, faults{overdue: 1}, `customer "ada": due index: want at most`)
	})
	t.Run("not in the index", func(t *testing.T) {
		defer restore()
		client.ZRem(t.Context(), key, "ada")
		s.expect(t, faults{overdue: 1}, `due index: want at most`)
	})
	t.Run("index earlier", func(t *testing.T) { // somebody looks too early, which is no harm
		defer restore()
		client.ZAdd(t.Context(), key, redis.Z{Score: indexed - 1, Member: "ada"})
		if report := s.verify(t); !report.Verified {
			t.Error(report)
		}
	})
	t.Run("fired past them", func(t *testing.T) {
		src := fmt.Sprintf("%s:{s%03d}:src", s.namespace, shard)
		fired := must[string](t)(client.HGet(t.Context(), src, "fired").Result())
		defer client.HSet(context.Background(), src, "fired", fired)
		client.HSet(t.Context(), src, "fired", int64(indexed)+1)
		report := s.verify(t)
		if report.Verified || report.Overdue == 0 || report.DifferingCustomers != 0 {
			t.Error(report)
		}
	})
}

func TestStatisticsAreCompared(t *testing.T) {
	s := settledSystem(t)
	client := s.pair.RedisClient(t)
	for shard := range shards {
		key := fmt.Sprintf("%s:{s%03d}:stat", s.namespace, shard)
		sums := must[string](t)(client.HGet(t.Context(), key, "sums").Result())
		client.HDel(t.Context(), key, "sums")
		s.expect(t, faults{statistics: 1}, fmt.Sprintf("statistics of shard %d, sums: want", shard))
		client.HSet(t.Context(), key, "sums", sums)
	}
}

// A count that was raised twice, as by a file that was torn inside a transaction, or
// not at all.
func TestCountsByModelAreCompared(t *testing.T) {
	s := settledSystem(t)
	client := s.pair.RedisClient(t)
	key := fmt.Sprintf("%s:{s000}:models", s.namespace)
	for version, count := range must[map[string]string](t)(client.HGetAll(t.Context(), key).Result()) {
		client.HIncrBy(t.Context(), key, version, 1)
		s.expect(t, faults{statistics: 1}, "customers of shard 0 counted by model "+version+": want "+count)
		client.HDel(t.Context(), key, version)
		s.expect(t, faults{statistics: 1}, "customers of shard 0 counted by model "+version+": want "+count+", got 0")
		client.HSet(t.Context(), key, version, count)
	}
	client.HSet(t.Context(), key, "gone", 0) // as versions before leave it
	if report := s.verify(t); !report.Verified {
		t.Error(report)
	}
}
