package relay

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/progress"
)

// copied is all that a Redis holds, to be brought back to.
type copied struct {
	hashes  map[string]map[string]string
	zsets   map[string][]redis.Z
	streams map[string][]redis.XMessage
}

func copyOf(t *testing.T, client redis.UniversalClient) *copied {
	t.Helper()
	c := &copied{map[string]map[string]string{}, map[string][]redis.Z{}, map[string][]redis.XMessage{}}
	for _, key := range client.Keys(t.Context(), "*").Val() {
		switch kind := client.Type(t.Context(), key).Val(); kind {
		case "hash":
			c.hashes[key] = client.HGetAll(t.Context(), key).Val()
		case "zset":
			c.zsets[key] = client.ZRangeWithScores(t.Context(), key, 0, -1).Val()
		case "stream":
			c.streams[key] = client.XRange(t.Context(), key, "-", "+").Val()
		default:
			t.Fatalf("%s is a %s", key, kind)
		}
	}
	return c
}

func (c *copied) restore(t *testing.T, client redis.UniversalClient) {
	t.Helper()
	client.FlushAll(t.Context())
	for key, fields := range c.hashes {
		client.HSet(t.Context(), key, fields)
	}
	for key, members := range c.zsets {
		client.ZAdd(t.Context(), key, members...)
	}
	for key, entries := range c.streams {
		for _, entry := range entries {
			client.XAdd(t.Context(), &redis.XAddArgs{Stream: key, ID: entry.ID, Values: entry.Values})
		}
	}
}

// past is a state whose Redis goes back in time, the log of its inputs, and what a
// subscriber sees of it. Records of a partition come in the order of their times, so
// nobody is late.
type past struct {
	t         *testing.T
	client    redis.UniversalClient
	store     *state.Store
	valuation *clv.Valuation
	firer     *state.Firer
	logs      [][]history.Event // per partition
	claims    []*state.Claim
	at        []int64 // next offset to apply
	most      []int64 // what inputs have ever come to: due times may fire by it
	relay     *Relay
	seen      map[string][]string // per customer, changes in order
}

const pastDay = int64(86_400_000_000)

func newPast(t *testing.T, client redis.UniversalClient, absoluteMinor float64, logs [][]history.Event) *past {
	t.Helper()
	client.FlushAll(t.Context())
	store, err := state.Open(t.Context(), client, state.Options{Namespace: "past", Shards: outlet.Shards})
	if err != nil {
		t.Fatal(err)
	}
	p := &past{
		t: t, client: client, store: store, valuation: outlet.Valuation(t), logs: logs,
		claims: make([]*state.Claim, len(logs)), at: make([]int64, len(logs)), most: make([]int64, len(logs)), seen: map[string][]string{},
	}
	p.valuation.Awake.Stages.Dormant.SilenceDays = 30
	p.valuation.Policy.AbsoluteMinor = absoluteMinor
	p.firer = store.NewFirer(func() *clv.Valuation { return p.valuation })
	p.claimAll()
	p.reopen(progress.Lane{})
	return p
}

func pastSource(partition int) layout.Source {
	return layout.Source{Topic: "in", Partition: int32(partition), TopicID: [16]byte{1}}
}

func (p *past) claimAll() {
	p.t.Helper()
	for i := range p.logs {
		claim, err := p.store.Claim(p.t.Context(), pastSource(i), state.Start{}, p.valuation)
		if err != nil {
			p.t.Fatal(err)
		}
		p.claims[i], p.at[i] = claim, claim.Resume()
	}
}

// reopen is another owner of the only lane, who knows what the progress says.
func (p *past) reopen(published progress.Lane) {
	p.t.Helper()
	shards := make([]int, outlet.Shards)
	for shard := range shards {
		shards[shard] = shard
	}
	p.relay = New(Config{MaxItems: 1000, Shards: shards, Store: p.store, Change: rendered(cluster.OutputTopics{})})
	p.relay.progress = progress.Lane{}
	for shard, is := range published {
		record, err := progress.Record("progress", 0, shard, is)
		if err == nil {
			err = p.relay.progress.Take(record)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	p.relay.share(nil)
}

// apply takes records of a partition in, in one batch.
func (p *past) apply(partition int, upTo int64) {
	p.t.Helper()
	batch := &state.Batch{UpTo: upTo}
	for ; p.at[partition] < upTo; p.at[partition]++ {
		e := p.logs[partition][p.at[partition]]
		batch.Work = append(batch.Work, state.Work{Offset: p.at[partition], Shard: state.Shard(e.CustomerID, outlet.Shards), Event: &e})
	}
	if _, err := p.claims[partition].Commit(p.t.Context(), batch); err != nil {
		p.t.Fatal(err)
	}
	if err := p.claims[partition].Advance(p.t.Context(), upTo); err != nil {
		p.t.Fatal(err)
	}
	p.most[partition] = max(p.most[partition], upTo)
}

// streamTime is what the inputs have come to, at any time: Redis may have forgotten
// it, and the processes not.
func (p *past) streamTime() (micros int64, needed state.Applied) {
	needed = state.Applied{}
	for i, log := range p.logs {
		at := p.most[i]
		if at == 0 {
			return 0, nil
		}
		if reached := log[at-1].AtMicros; micros == 0 || reached < micros {
			micros = reached
		}
		needed[layout.Source{Topic: "in", Partition: int32(i)}] = at - 1
	}
	return micros, needed
}

func (p *past) fire(untilMicros int64, needed state.Applied) {
	p.t.Helper()
	for shard := range outlet.Shards {
		for more := true; more; {
			mustHave := p.relay.Published().Load().Applied(shard, func(string) bool { return true })
			for source, offset := range needed {
				mustHave[source] = offset
			}
			fired, err := p.firer.Fire(p.t.Context(), shard, untilMicros, 3, mustHave)
			if err != nil {
				p.t.Fatal(err)
			}
			more = fired.More
		}
	}
}

// publish gathers what waits and takes it for published, as a transaction does.
// A crash before the outboxes are trimmed leaves them.
func (p *past) publish(trim bool) {
	p.t.Helper()
	r := p.relay
	waiting, err := p.store.Waiting(p.t.Context(), r.config.Shards, make([]string, len(r.config.Shards)), mostEntries)
	if err != nil {
		p.t.Fatal(err)
	}
	gathered := gathered(r, waiting)
	if len(gathered.records) > 0 {
		if err := r.noteApplied(p.t.Context(), gathered); err != nil {
			p.t.Fatal(err)
		}
		r.share(gathered.progress)
	}
	for _, record := range gathered.records[:gathered.changes] {
		p.seen[string(record.Key)] = append(p.seen[string(record.Key)], seenAs(p.t, record))
	}
	for shard, is := range gathered.progress {
		r.progress[shard] = is
	}
	if trim {
		if err := p.store.Trim(p.t.Context(), gathered.done); err != nil {
			p.t.Fatal(err)
		}
	}
}

func seenAs(t *testing.T, change *kgo.Record) string {
	t.Helper()
	var read struct {
		Version  int64 `json:"version"`
		CausedAt int64 `json:"caused_at"`
	}
	if err := json.Unmarshal(change.Value, &read); err != nil {
		t.Fatal(err)
	}
	id := outlet.Header(change, "ce_id")
	return fmt.Sprintf("%d %d %t", read.Version, read.CausedAt, strings.HasPrefix(id, "due:"))
}

// end applies, fires and publishes all that is left.
func (p *past) end(untilMicros int64) {
	p.t.Helper()
	for i := range p.logs {
		p.apply(i, int64(len(p.logs[i])))
	}
	p.fire(untilMicros, nil)
	for range 100 {
		p.publish(true)
	}
}

// want is what a subscriber must see: each customer's events in the order of the log,
// and what is due between them.
func (p *past) want(untilMicros int64) map[string][]string {
	customers, want := map[string]*clv.Customer{}, map[string][]string{}
	tell := func(change clv.Change) {
		text := fmt.Sprintf("%d %d %t", change.Version, change.Cause.AtMicros, change.Cause.Kind == history.TimePassed)
		want[change.CustomerID] = append(want[change.CustomerID], text)
	}
	for _, log := range p.logs {
		for i := range log {
			id := log[i].CustomerID
			if customers[id] == nil {
				customers[id] = &clv.Customer{}
			}
			customers[id].Advance(id, clv.Occasion{Event: &log[i]}, p.valuation, tell)
		}
	}
	for id, customer := range customers {
		customer.Advance(id, clv.Occasion{UntilMicros: untilMicros}, p.valuation, tell)
	}
	return want
}

// wrong says of whom a subscriber saw something else.
func (p *past) wrong(untilMicros int64) (wrong []string) {
	want := p.want(untilMicros)
	for id := range want {
		if !slices.Equal(p.seen[id], want[id]) {
			wrong = append(wrong, fmt.Sprintf("%s is told %q, want %q", id, p.seen[id], want[id]))
		}
	}
	return wrong
}

// pastIDs are customers of one shard.
func pastIDs(n int) (ids []string) {
	for i := 0; len(ids) < n; i++ {
		if id := fmt.Sprint("k", i); state.Shard(id, outlet.Shards) == 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

func pastOrder(id string, n int, atMicros int64) history.Event {
	return history.Event{
		Kind: history.OrderPlaced, ID: fmt.Sprint("e", n), OrderID: fmt.Sprint("o", n), CustomerID: id, AtMicros: atMicros, AmountMinor: 1000,
	}
}

// An event is applied that the policy holds back, so that no change of it is published.
// Redis goes back to before it, and due times fire before it is applied again: the
// shard knows that it is behind, by what was published since, or by the head that the
// inputs had come to.
func TestAHeldBackEventIsNotForgottenByARollback(t *testing.T) {
	day := func(n int64) int64 { return (20_000 + n) * pastDay }
	ids := pastIDs(2)
	log := []history.Event{pastOrder(ids[0], 0, day(0)), pastOrder(ids[1], 1, day(1)), pastOrder(ids[0], 2, day(29))}
	for name, c := range map[string]struct {
		firedBefore bool
		needed      state.Applied
	}{
		"a due time was published since": {true, nil},
		"the head names its offset":      {false, state.Applied{{Topic: "in"}: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPast(t, testbed.EmbeddedPair(t).RedisClient(t), 1e12, [][]history.Event{log})
			p.apply(0, 2)
			p.publish(true)
			before := copyOf(t, p.client)
			p.apply(0, 3)
			if c.firedBefore {
				p.fire(day(40), nil)
				p.publish(true)
				p.reopen(p.relay.progress)
			}
			before.restore(t, p.client)
			p.fire(day(40), c.needed)
			p.publish(true)
			p.claimAll()
			p.end(day(100))
			if wrong := p.wrong(day(100)); len(wrong) > 0 {
				t.Error(strings.Join(wrong, "; "))
			}
		})
	}
}

// Redis goes back at random, again and again, to what it was at random, while events are
// applied, due times fire as far as the inputs had ever come, and lanes change owners.
// A subscriber sees of each customer what the log gives, once and in order.
func TestSubscribersSeeTheLogWhateverRedisForgets(t *testing.T) {
	runs := 400
	if testbed.Soaking() {
		runs = 5000
	}
	client := testbed.EmbeddedPair(t).RedisClient(t)
	seed := rand.Uint64()
	for run := range runs {
		random := rand.New(rand.NewPCG(seed, uint64(run)))
		logs, end := pastLogs(random)
		p := newPast(t, client, []float64{0, 1500, 1e12}[random.IntN(3)], logs)
		p.wander(random, 60)
		p.end(end)
		if wrong := p.wrong(end); len(wrong) > 0 {
			t.Fatalf("seed %d, run %d: %s", seed, run, strings.Join(wrong, "; "))
		}
	}
}

// pastLogs are records of a few customers, each of one partition.
func pastLogs(random *rand.Rand) (logs [][]history.Event, endMicros int64) {
	logs = make([][]history.Event, 1+random.IntN(2))
	ids, at := pastIDs(5), 20_000*pastDay
	for n := range 30 {
		at += random.Int64N(12 * pastDay)
		who := random.IntN(len(ids))
		if n < len(logs) {
			who = n // so that no partition is empty
		}
		logs[who%len(logs)] = append(logs[who%len(logs)], pastOrder(ids[who], n, at))
	}
	return logs, at + 70*pastDay
}

func (p *past) wander(random *rand.Rand, steps int) {
	p.t.Helper()
	var copies []*copied
	for range steps {
		switch random.IntN(7) {
		case 0, 1:
			partition := random.IntN(len(p.logs))
			p.apply(partition, min(p.at[partition]+1+random.Int64N(3), int64(len(p.logs[partition]))))
		case 2:
			p.fire(p.streamTime())
		case 3:
			p.publish(random.IntN(4) > 0)
		case 4:
			copies = append(copies, copyOf(p.t, p.client))
		case 5:
			p.reopen(p.relay.progress)
		case 6:
			if len(copies) == 0 || random.IntN(2) == 0 {
				continue
			}
			at := random.IntN(len(copies))
			copies[at].restore(p.t, p.client)
			copies = copies[:at+1]   // what came later is no past of this Redis
			if random.IntN(2) == 0 { // before a consumer has noticed
				p.fire(p.streamTime())
				p.publish(true)
			}
			p.claimAll()
		}
	}
}
