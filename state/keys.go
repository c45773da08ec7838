package state

import (
	"fmt"

	"github.com/clvstream/clvstream/state/layout"
)

// keys are the Redis keys of one shard. They share a hash tag, so that a commit
// touches one Redis Cluster slot.
type keys struct {
	customers string // hash: customer id → stored customer
	src       string // hash: the shard's tip, and positions per input partition
	out       string // stream: entries that wait for the publisher
	due       string // sorted set: customer id by the next instant at which to value them, µs
	models    string // hash: model version → customers whose value is by it
	stat      string // hash: cell of the statistics → its places
	orders    string // hashes, by generation: order id → customer id
	unlocated string // string: events without a customer that wait for their orders
	barrier   string // string: written by the durability barrier alone
}

func shardKeys(namespace string, shard int) keys {
	tag := fmt.Sprintf("%s:{s%03d}:", namespace, shard)
	return keys{customers: tag + "customers", src: tag + "src", out: tag + "out", due: tag + "due", models: tag + "models", stat: tag + "stat", orders: tag + "orders:", unlocated: tag + "unlocated", barrier: tag + "barrier"}
}

// metaKey is the hash that holds what was fixed when the namespace was born.
func metaKey(namespace string) string { return namespace + ":meta" }

// modelsKey is the hash of pushed models and their activations.
func modelsKey(namespace string) string { return namespace + ":models" }

// Fields of src. The tip changes with every commit that changes customers; the
// rest is per input partition, named topic/partition.
const (
	tipField   = "tip"
	firedField = "fired" // up to where due times were fired: "µs"
	modelField = "model" // the model in force, as by InForce.String
	// refreshedField is as of when the statistics count values, as by freshness.String.
	refreshedField = "refreshed"
	// ordersField is what the index of orders has come to, as by orderIndex.String.
	ordersField = "orders"
	// layoutField is the number of the layout in force, decimal; absent: 1.
	layoutField = "layout"
	// enlistedField is how many customers a rollout has seen, as by coverage.String.
	enlistedField = "enlisted"
)

func epochField(s layout.Source) string { return "epoch:" + s.String() }
func markField(s layout.Source) string  { return "mark:" + s.String() }
func topicField(s layout.Source) string { return "topic:" + s.String() }

// heldField is the last record that the shard has applied and of which nothing went
// into the outbox: no progress names it.
func heldField(s layout.Source) string { return heldPrefix + s.String() }

const heldPrefix = "held:"

// Shard is the shard of a customer: murmur2, as Kafka's default partitioner
// computes it, modulo the number of shards. Where a topic is keyed by customer
// and its partition count divides the shards, a partition has only its own.
func Shard(customerID string, shards int) int {
	return int(murmur2(customerID)&0x7fffffff) % shards
}

// murmur2 is Austin Appleby's 32-bit MurmurHash2 with the seed of Kafka's
// default partitioner (org.apache.kafka.common.utils.Utils.murmur2).
func murmur2(s string) uint32 {
	const (
		seed = 0x9747b28c
		m    = 0x5bd1e995
		r    = 24
	)
	h := seed ^ uint32(len(s))
	for len(s) >= 4 {
		k := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
		k *= m
		k ^= k >> r
		k *= m
		h = h*m ^ k
		s = s[4:]
	}
	switch len(s) {
	case 3:
		h ^= uint32(s[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(s[1]) << 8
		fallthrough
	case 1:
		h ^= uint32(s[0])
		h *= m
	}
	h ^= h >> 13
	h *= m
	h ^= h >> 15
	return h
}
