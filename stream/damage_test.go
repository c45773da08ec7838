package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/state/transaction"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/due"
	"github.com/clvstream/clvstream/stream/fetch"
)

// damage changes keys of shard 1 behind the state's back.
type damage func(ctx context.Context, client redis.UniversalClient, namespace string) error

func keyOf(namespace, name string) string { return namespace + ":{s001}:" + name }

func otherType(name string) damage {
	return func(ctx context.Context, client redis.UniversalClient, namespace string) error {
		if err := client.Del(ctx, keyOf(namespace, name)).Err(); err != nil {
			return err
		}
		return client.Set(ctx, keyOf(namespace, name), "not ours", 0).Err()
	}
}

// neverWritten are values that no version writes, by the name of their key.
var neverWritten = map[string]string{
	"customers": "\x08\x00", "models": "gibberish", "src": "gibberish", "stat": "\x02\x80",
}

// garbled sets a field, in whose name TOPIC stands for the input topic.
func garbled(name, field string) damage {
	return func(ctx context.Context, client redis.UniversalClient, namespace string) error {
		return client.HSet(ctx, keyOf(namespace, name), strings.Replace(field, "TOPIC", namespace, 1), neverWritten[name]).Err()
	}
}

func entry(field, value string) damage {
	return func(ctx context.Context, client redis.UniversalClient, namespace string) error {
		return client.XAdd(ctx, &redis.XAddArgs{Stream: keyOf(namespace, "out"), Values: []string{field, value}}).Err()
	}
}

func (d damage) inflict(t *testing.T, pair *testbed.Pair, namespace string) {
	t.Helper()
	if err := d(context.WithoutCancel(t.Context()), pair.RedisClient(t), namespace); err != nil {
		t.Error(err)
	}
}

// wantEndByDamage checks that a process ends, naming the shard and what to do.
func wantEndByDamage(t *testing.T, work func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testbed.Patience)
	defer cancel()
	err := work(ctx)
	if err == nil || state.Judge(err) != state.Damaged || !errors.Is(err, layout.ErrDamaged) {
		t.Fatalf("it ended with %v, want that the state is damaged", err)
	}
	for _, said := range []string{"shard 1", "restore Redis"} {
		if !strings.Contains(err.Error(), said) {
			t.Errorf("it ended with %q, which does not say %q", err, said)
		}
	}
}

// inShard1 is a customer of shard 1 of four.
func inShard1() string {
	for i := 0; ; i++ {
		if id := fmt.Sprint("c", i); state.Shard(id, 4) == 1 {
			return id
		}
	}
}

// Whatever a consumer meets that no program writes ends it: when it claims, when it
// commits, and when it checks its claim while nothing comes.
func TestDamageEndsAConsumer(t *testing.T) {
	for name, c := range map[string]struct {
		damage
		claimed bool // by then
		orders  int  // that come afterwards
	}{
		"claim, mark":         {damage: garbled("src", "mark:TOPIC/0")},
		"claim, epoch":        {damage: garbled("src", "epoch:TOPIC/0")},
		"claim, type":         {damage: otherType("src")},
		"commit, mark":        {garbled("src", "mark:TOPIC/0"), true, 20},
		"commit, fired":       {garbled("src", "fired"), true, 20},
		"commit, model":       {garbled("src", "model"), true, 20},
		"commit, statistics":  {garbled("stat", "sums"), true, 20},
		"commit, customer":    {garbled("customers", inShard1()), true, 20},
		"commit, outbox type": {otherType("out"), true, 20},
		"check, mark":         {garbled("src", "mark:TOPIC/0"), true, 0},
		"check, type":         {otherType("src"), true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			in := newIntake(t, testbed.EmbeddedPair(t), 1)
			consumer := in.consumer(t)
			if !c.claimed {
				c.inflict(t, in.pair, in.topic)
				wantEndByDamage(t, consumer.Run)
				return
			}
			var sending sync.WaitGroup
			sending.Go(func() {
				for consumer.claimOf(cluster.Partition{Topic: in.topic}) == nil {
					time.Sleep(time.Millisecond)
				}
				c.inflict(t, in.pair, in.topic)
				in.send(t, c.orders)
			})
			wantEndByDamage(t, consumer.Run)
			sending.Wait() // a check may end the consumer before the orders are sent
		})
	}
}

// So it is with a publisher, when it fires due times, rolls an activation out, and
// relays.
func TestDamageEndsAPublisher(t *testing.T) {
	for name, c := range map[string]struct {
		damage
		activate bool
	}{
		"fire, due index":      {damage: otherType("due")},
		"fire, mark":           {damage: garbled("src", "fired"), activate: true},
		"fire, customer":       {damage: garbled("customers", inShard1()), activate: true},
		"roll out, how far":    {damage: garbled("src", "enlisted"), activate: true},
		"roll out, customers":  {damage: otherType("customers"), activate: true},
		"roll out, by model":   {damage: garbled("models", "x"), activate: true},
		"relay, type":          {damage: otherType("out")},
		"relay, entry":         {damage: entry("e", "\x02gibberish")},
		"relay, field missing": {damage: entry("f", "gibberish")},
	} {
		t.Run(name, func(t *testing.T) {
			o := newHarness(t, testbed.EmbeddedPair(t))
			o.Orders(t, 20)
			if c.activate {
				o.activate(t, lived)
			}
			c.inflict(t, o.Pair, o.Topics.Changes)
			wantEndByDamage(t, o.waking(t).Run)
		})
	}
}

// activate brings a pushed model into force, due since a minute.
func (o *harness) activate(t *testing.T, model func([]byte) (model.Model, error)) {
	t.Helper()
	var err error
	o.Store, err = state.Open(t.Context(), o.Pair.RedisClient(t), state.Options{Namespace: o.Topics.Changes, Shards: outlet.Shards, Model: model})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Store.PushModel(t.Context(), "longer", []byte("5"), nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Store.Activate(t.Context(), "longer", time.Now().Add(-time.Minute).UnixMicro(), 30*time.Second, false); err != nil {
		t.Fatal(err)
	}
}

// waking is a publisher that fires due times up to now.
func (o *harness) waking(t *testing.T) *Publisher {
	t.Helper()
	head := state.Head{Kind: state.HeadIdle, AtMicros: time.Now().UnixMicro(), SeenMicros: time.Now().UnixMicro()}
	if err := o.Store.SetHead(t.Context(), layout.Source{Topic: "in"}, head); err != nil {
		t.Fatal(err)
	}
	valuation := outlet.Valuation(t)
	return o.publisher(t, func(config *PublisherConfig) {
		config.Due = due.Config{Mode: due.Wall, Topics: []string{"in"}, Valuation: func() *clv.Valuation { return valuation }}
	})
}

// What lanes meet ends the publisher or is waited for, as it is judged. It comes with
// the model in force, and not any more after some tries.
func TestLanesDoWhatIsJudged(t *testing.T) {
	const customers = 20
	for name, met := range map[string]error{
		"passes": errors.New("the file cannot be read"), "newer": layout.ErrNewer, "beaten": transaction.ErrBeaten,
		"damaged": layout.ErrDamaged, "final": state.ErrStateLost,
	} {
		t.Run(name, func(t *testing.T) {
			o := newHarness(t, testbed.EmbeddedPair(t))
			o.Orders(t, customers)
			var asked atomic.Int32
			o.activate(t, func(file []byte) (model.Model, error) {
				if asked.Add(1) <= 2*outlet.Lanes {
					return nil, fmt.Errorf("read model file: %w", met)
				}
				return lived(file)
			})
			if p := o.waking(t); state.Judge(met).Ends() {
				ctx, cancel := context.WithTimeout(t.Context(), testbed.Patience)
				defer cancel()
				if err := p.Run(ctx); !errors.Is(err, met) {
					t.Errorf("it ended with %v", err)
				}
			} else {
				stop := run(t, p.Run)
				o.awaitModel(t, customers)
				if err := stop(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// The log may no longer hold what the state asks for, which no retry heals either.
func TestOffsetOutOfRangeIsFinal(t *testing.T) {
	gone := fmt.Errorf("fetch: %w", &fetch.OffsetOutOfRangeError{Asked: 4})
	if got := verdictOf(gone); got != state.Final {
		t.Errorf("judged %d, want %d", got, state.Final)
	}
	if got := verdictOf(state.ErrFenced); got != state.Fenced {
		t.Errorf("fenced: judged %d, want %d", got, state.Fenced)
	}
}
