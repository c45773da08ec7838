package state

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
)

// The shard of a customer is the partition that producers choose for the key.
func TestShardIsTheDefaultPartition(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	balancer := kafka.Murmur2Balancer{}
	topic := kgo.StickyKeyPartitioner(nil).ForTopic("orders")
	for range 20_000 {
		key := make([]byte, 1+rnd.IntN(40))
		for i := range key {
			key[i] = byte(rnd.Uint32())
		}
		n := 1 + rnd.IntN(4096)
		partitions := make([]int, n)
		for i := range partitions {
			partitions[i] = i
		}
		got := Shard(string(key), n)
		if want := balancer.Balance(kafka.Message{Key: key}, partitions...); got != want {
			t.Fatalf("seed %d: key %x of %d: shard %d, kafka-go's partition %d", seed, key, n, got, want)
		}
		if want := topic.Partition(&kgo.Record{Key: key}, n); got != want {
			t.Fatalf("seed %d: key %x of %d: shard %d, franz-go's partition %d", seed, key, n, got, want)
		}
	}
}

// Values of org.apache.kafka.common.utils.Utils.murmur2, from Kafka's own tests.
func TestMurmur2(t *testing.T) {
	for text, want := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"a-little-bit-longer-string": -1486304829, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107,
	} {
		if got := int32(murmur2(text)); got != want {
			t.Errorf("murmur2(%q) = %d, want %d", text, got, want)
		}
	}
}

// A commit must touch one slot of a cluster; different shards should not share
// one.
func TestKeysOfAShardShareASlot(t *testing.T) {
	client := testbed.StartRedisCluster(t).Client(t)
	slots := map[int64]bool{}
	for shard := range 64 {
		k := shardKeys("name:space", shard)
		slot := slotOf(t, client, k.src)
		for _, key := range []string{k.customers, k.out, k.due, k.models, k.stat, k.barrier} {
			if other := slotOf(t, client, key); other != slot {
				t.Errorf("shard %d: %s is in slot %d, %s in %d", shard, k.src, slot, key, other)
			}
		}
		slots[slot] = true
	}
	if len(slots) < 60 {
		t.Errorf("64 shards are in %d slots", len(slots))
	}
}

func slotOf(t *testing.T, client *redis.ClusterClient, key string) int64 {
	t.Helper()
	slot, err := client.ClusterKeySlot(soon(t), key).Result()
	if err != nil {
		t.Fatal(err)
	}
	return slot
}

func TestMarkRoundTrip(t *testing.T) {
	for _, m := range []mark{{0, birthCommit}, {9_223_372_036_854_775_807, "ab-1z"}, {5, ""}} {
		if got, err := parseMark(m.String()); err != nil || got != m {
			t.Errorf("%+v is read as %+v, %v", m, got, err)
		}
	}
	for _, text := range []string{"", "12", " birth", "x birth", "9223372036854775808 a"} {
		if got, err := parseMark(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

// A tip is unlike every other, whatever Redis forgets in between.
func TestTips(t *testing.T) {
	for _, c := range [][3]string{{"", "x", "1 x"}, {"1 x", "y", "2 y"}, {"41 x", "y", "42 y"}, {"damaged", "y", "1 y"}} {
		if got := nextTip(c[0], c[1]); got != c[2] {
			t.Errorf("after %q comes %q, want %q", c[0], got, c[2])
		}
	}
	names := map[string]bool{}
	for range 1000 {
		names[randomName()] = true
	}
	if len(names) != 1000 {
		t.Errorf("1000 claims have %d names", len(names))
	}
	if fmt.Sprint(shardKeys("clv", 7)) != "{clv:{s007}:customers clv:{s007}:src clv:{s007}:out clv:{s007}:due clv:{s007}:models clv:{s007}:stat clv:{s007}:orders: clv:{s007}:unlocated clv:{s007}:barrier}" || metaKey("clv") != "clv:meta" || modelsKey("clv") != "clv:models" {
		t.Errorf("the keys of shard 7 are %v: stored data would not be found", shardKeys("clv", 7))
	}
}
