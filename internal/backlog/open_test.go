package backlog

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
)

// Records of a transaction that its producer leaves open, and those of others behind it, are
// held: they are counted, and the producer is named, until the transaction has ended.
func TestOpenTransactionsHoldRecords(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		topic := testbed.Unique(t)
		pair.CreateTopic(t, topic, 2)
		redisClient := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: pair.RedisAddrs, MaxRetries: -1, IsClusterMode: pair.Cluster})
		t.Cleanup(func() { redisClient.Close() })
		store, err := state.Open(t.Context(), redisClient, state.Options{Namespace: topic, Shards: 2, OutboxCap: 10, CacheCustomers: 10})
		if err != nil {
			t.Fatal(err)
		}
		admin := pair.Admin(t)
		read := func() (Backlog, []OpenTransaction) {
			t.Helper()
			b, err := Read(t.Context(), admin, store, []string{topic})
			if err != nil {
				t.Fatal(err)
			}
			open, err := OpenTransactions(t.Context(), admin, &b)
			if err != nil {
				t.Fatal(err)
			}
			return b, open
		}
		const timeout = 40 * time.Second
		producer := pair.KafkaClient(t, kgo.TransactionalID(topic+"-shop"), kgo.TransactionTimeout(timeout), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		plain := pair.KafkaClient(t, kgo.RecordPartitioner(kgo.ManualPartitioner()))
		testbed.Produce(t, plain, &kgo.Record{Topic: topic, Partition: 1, Value: []byte("before")})
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for range 20 {
			testbed.Produce(t, producer, &kgo.Record{Topic: topic, Partition: 1, Value: []byte("open")})
		}
		testbed.Produce(t, plain, &kgo.Record{Topic: topic, Partition: 1, Value: []byte("behind")}, &kgo.Record{Topic: topic, Partition: 0, Value: []byte("aside")})
		b, open := read()
		if b.Held != 21 || b.Records != 2 || b.Partitions[0].Held != 0 || b.Partitions[1].Held != 21 {
			t.Errorf("with a transaction of 20 records and one behind it, and two others: %+v", b)
		}
		id, _, err := producer.ProducerID(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(open) != 1 {
			t.Fatalf("open are %+v, want the one", open)
		}
		o := open[0]
		if o.TransactionalID != topic+"-shop" || o.ProducerID != id || o.Partition != 1 || o.StartOffset != 1 || o.State != "Ongoing" ||
			o.TimeoutSeconds != timeout.Seconds() || o.Since.Sub(began).Abs() > 30*time.Second {
			t.Errorf("open is %+v, of producer %d since %s", o, id, began)
		}
		if err := producer.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		testbed.Await(t, "the marker", func() bool {
			b, open = read()
			return b.Held == 0
		})
		if b.Records != 2+21+1 || len(open) != 0 { // the marker counts
			t.Errorf("after its end: %+v, %+v", b, open)
		}
	})
}

// A transaction is its coordinator's if that has it open in the partition, in the same epoch
// while it is under way. Else nobody ends it.
func TestHangingTransactionsAreTold(t *testing.T) {
	here, elsewhere := kadm.TopicsSet{}, kadm.TopicsSet{}
	here.Add("orders", 3)
	elsewhere.Add("orders", 4)
	for _, c := range []struct {
		name string
		said kadm.DescribedTransaction
		want string
	}{
		{"under way", kadm.DescribedTransaction{State: "Ongoing", ProducerEpoch: 7, Topics: here}, "Ongoing"},
		{"under way since, with another epoch", kadm.DescribedTransaction{State: "Ongoing", ProducerEpoch: 8, Topics: here}, Hanging},
		{"being aborted, which raises the epoch", kadm.DescribedTransaction{State: "PrepareAbort", ProducerEpoch: 8, Topics: here}, "PrepareAbort"},
		{"another one, elsewhere", kadm.DescribedTransaction{State: "Ongoing", ProducerEpoch: 7, Topics: elsewhere}, Hanging},
		{"ended", kadm.DescribedTransaction{State: "CompleteAbort", ProducerEpoch: 8}, Hanging},
	} {
		wrote := time.UnixMilli(5000).UTC()
		o := OpenTransaction{Topic: "orders", Partition: 3, epoch: 7, Since: wrote}
		c.said.StartTimestamp, c.said.TimeoutMillis = 1000, 60_000
		o.describe("shop", c.said)
		began := time.UnixMilli(1000).UTC()
		if hangs := c.want == Hanging; o.State != c.want || o.TransactionalID != "shop" || o.Since.Equal(wrote) != hangs || o.Since.Equal(began) == hangs {
			t.Errorf("%s: %+v, want %s", c.name, o, c.want)
		}
	}
}
