package relay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/hanging"
)

// forgetful is a broker that takes transactional records of which it has not
// asked the coordinator, so that a transaction can be made to hang, and a store.
func forgetful(t *testing.T, guard *testbed.KafkaGuard) *testbed.Pair {
	t.Helper()
	broker := testbed.StartKafka(t, testbed.KafkaOptions{Guard: guard, Properties: map[string]string{
		"transaction.partition.verification.enable": "false",
		"broker.session.timeout.ms":                 "60000", // a pause is not to take its partitions away
	}})
	pair := testbed.EmbeddedPair(t)
	pair.Brokers, pair.Kafka = broker.Addrs(), broker
	return pair
}

// stranded is a lane's transaction that is in the log and of which no coordinator
// knows.
type stranded struct {
	*harness
	owner   *Relay // who made it, and is gone
	id      int64
	epoch   int16
	content *transaction
	places  []cluster.Partition
}

// strand writes what lane 0 would publish now.
func strand(t *testing.T, o *harness) *stranded {
	t.Helper()
	s := &stranded{harness: o, owner: o.opened(t, 0, nil)}
	t.Cleanup(s.owner.producer.Close)
	s.id, s.epoch = producerOf(t, s.owner)
	waiting := o.waiting(t, s.owner)
	s.content = gathered(s.owner, waiting)
	if err := s.owner.noteProgress(s.content); err != nil {
		t.Fatal(err)
	}
	s.places = o.writeUnnoticed(t, s.id, s.epoch, s.content.records...)
	if len(s.places) < 3 {
		t.Fatalf("the transaction is in %v only", s.places)
	}
	return s
}

func producerOf(t *testing.T, r *Relay) (id int64, epoch int16) {
	t.Helper()
	id, epoch, err := r.producer.ProducerID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id, epoch
}

// mark ends it in some places as its coordinator would have.
func (s *stranded) mark(t *testing.T, commit bool, places ...cluster.Partition) {
	t.Helper()
	markers := kadm.TxnMarkers{ProducerID: s.id, ProducerEpoch: s.epoch + 1, Commit: commit, Topics: kadm.TopicsSet{}}
	for _, at := range places {
		markers.Topics.Add(at.Topic, at.ID)
		for _, p := range s.openIn(t, at.Topic) {
			markers.CoordinatorEpoch = max(markers.CoordinatorEpoch, p.CoordinatorEpoch)
		}
	}
	written, err := s.Pair.Admin(t).WriteTxnMarkers(t.Context(), markers)
	written.EachPartition(func(p kadm.TxnMarkersPartitionResponse) { err = errors.Join(err, p.Err) })
	if err != nil {
		t.Fatal(err)
	}
}

// committedNow counts the changes that committed readers see.
func (o *harness) committedNow(t *testing.T) int {
	t.Helper()
	return len(o.Committed(t, o.Topics.Changes))
}

// writeUnnoticed appends a transaction's batches and tells no coordinator.
func (o *harness) writeUnnoticed(t *testing.T, id int64, epoch int16, records ...*kgo.Record) (places []cluster.Partition) {
	t.Helper()
	client := o.Pair.KafkaClient(t, kgo.MaxVersions(kversion.V3_6_0())) // newer producers need no AddPartitionsToTxn
	listed, err := kadm.NewClient(client).ListTopics(t.Context(), o.Topics.Changes, o.Topics.Current, o.Topics.DeadLetter, o.Topics.Progress)
	if err != nil {
		t.Fatal(err)
	}
	partitioner := laneOrKey(o.Topics.Progress)
	batches := map[cluster.Partition][]*kgo.Record{}
	for _, record := range records {
		n := len(listed[record.Topic].Partitions)
		at := cluster.Partition{Topic: record.Topic, ID: int32(partitioner.ForTopic(record.Topic).Partition(record, n))}
		batches[at] = append(batches[at], record)
	}
	for at, batch := range batches {
		request := kmsg.NewPtrProduceRequest()
		request.TransactionID = kmsg.StringPtr(o.Topics.Progress + "-lane-0")
		request.Acks, request.TimeoutMillis = -1, 10_000
		partition := kmsg.NewProduceRequestTopicPartition()
		partition.Partition, partition.Records = at.ID, transactionalBatch(id, epoch, batch)
		topic := kmsg.NewProduceRequestTopic()
		topic.Topic, topic.Partitions = at.Topic, []kmsg.ProduceRequestTopicPartition{partition}
		request.Topics = []kmsg.ProduceRequestTopic{topic}
		answer, err := client.Broker(int(listed[at.Topic].Partitions[at.ID].Leader)).Request(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if err := kerr.ErrorForCode(answer.(*kmsg.ProduceResponse).Topics[0].Partitions[0].ErrorCode); err != nil {
			t.Fatalf("write to %v: %v", at, err)
		}
		places = append(places, at)
	}
	return places
}

func transactionalBatch(id int64, epoch int16, records []*kgo.Record) []byte {
	var body []byte
	for i, r := range records {
		record := kmsg.Record{OffsetDelta: int32(i), Key: r.Key, Value: r.Value}
		for _, h := range r.Headers {
			record.Headers = append(record.Headers, kmsg.Header{Key: h.Key, Value: h.Value})
		}
		encoded := record.AppendTo(nil)[1:] // its length, unset, is one byte
		body = append(binary.AppendVarint(body, int64(len(encoded))), encoded...)
	}
	now := time.Now().UnixMilli()
	batch := kmsg.RecordBatch{
		Length: int32(49 + len(body)), PartitionLeaderEpoch: -1, Magic: 2, Attributes: 1 << 4, // transactional

		LastOffsetDelta: int32(len(records) - 1), FirstTimestamp: now, MaxTimestamp: now,
		ProducerID: id, ProducerEpoch: epoch, NumRecords: int32(len(records)), Records: body,
	}
	raw := batch.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	return raw
}

// They share a broker, which takes seconds to start.
func TestHangingTransactions(t *testing.T) {
	guard := &testbed.KafkaGuard{User: "shop", Authority: testbed.NewAuthority(t)}
	pair := forgetful(t, guard)
	for name, test := range map[string]func(*testing.T, *testbed.Pair){
		"are ended as they were decided":    endedAsDecided,
		"of forgotten entries are aborted":  forgottenIsAborted,
		"of its own are ended by an owner":  ownIsCommitted,
		"are not ended by a replaced owner": replacedEndsNothing,
		"are ended by who has the right":    func(t *testing.T, pair *testbed.Pair) { endedByRight(t, pair, guard) },
	} {
		t.Run(name, func(t *testing.T) { test(t, pair) })
	}
}

// A hanging transaction is ended the way it was decided, wherever that can still
// be seen, and every change is published once in the end.
func endedAsDecided(t *testing.T, pair *testbed.Pair) {
	for _, c := range []struct {
		name   string
		before func(t *testing.T, s *stranded)
		commit bool
	}{
		{"committed in a partition of changes", func(t *testing.T, s *stranded) {
			s.mark(t, true, s.place(t, s.Topics.Changes))
		}, true},
		{"committed in progress", func(t *testing.T, s *stranded) {
			s.mark(t, true, s.place(t, s.Topics.Progress))
		}, true},
		{"committed everywhere but in one partition", func(t *testing.T, s *stranded) {
			open := s.place(t, s.Topics.Changes)
			s.mark(t, true, slices.DeleteFunc(slices.Clone(s.places), func(at cluster.Partition) bool { return at == open })...)
		}, true},
		{"aborted in a partition of changes", func(t *testing.T, s *stranded) {
			s.mark(t, false, s.place(t, s.Topics.Changes))
		}, false},
		{"aborted in progress, and trimmed by nobody", func(t *testing.T, s *stranded) {
			s.mark(t, false, s.place(t, s.Topics.Progress))
		}, false},
		{"ended nowhere, trimmed", func(t *testing.T, s *stranded) { s.trim(t, s.owner.config.Shards...) }, true},
		{"ended nowhere, one shard trimmed", func(t *testing.T, s *stranded) { s.trim(t, s.owner.config.Shards[1]) }, true},
		{"ended nowhere, trimmed and more waits", func(t *testing.T, s *stranded) {
			s.trim(t, s.owner.config.Shards...)
			s.Orders(t, 40)
		}, true},
		{"ended nowhere, waits", func(*testing.T, *stranded) {}, false},
		{"ended nowhere, waits and the coordinator committed", func(t *testing.T, s *stranded) {
			s.commitElsewhere(t)
		}, true},
		{"committed in progress, where the next one hangs", func(t *testing.T, s *stranded) {
			s.mark(t, true, s.place(t, s.Topics.Progress))
			s.writeUnnoticed(t, s.id, s.epoch+1, s.content.records[len(s.content.records)-1])
			fencer := laneWriter(t, s.Pair, s.owner.hanging.TransactionalID)
			if _, _, err := fencer.ProducerID(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"ended nowhere, of a producer id of before", func(t *testing.T, s *stranded) {
			s.id += 1_000_000
			s.writeUnnoticed(t, s.id, 7, s.content.records...)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newHarness(t, pair)
			o.Orders(t, 40)
			o.drain(t)
			published := o.committedNow(t)
			o.Orders(t, 40)
			s := strand(t, o)
			c.before(t, s)
			taken := o.opened(t, 0, nil)
			want := published
			if c.commit {
				want += s.content.changes
			}
			if got := o.committedNow(t); got != want {
				t.Errorf("%d changes are published after the takeover, want %d", got, want)
			}
			taken.producer.Close()
			o.drain(t)
			o.WantPublished(t)
		})
	}
}

func (s *stranded) place(t *testing.T, topic string) cluster.Partition {
	t.Helper()
	at := slices.IndexFunc(s.places, func(at cluster.Partition) bool { return at.Topic == topic })
	if at < 0 {
		t.Fatalf("the transaction is not in %s", topic)
	}
	return s.places[at]
}

func (s *stranded) trim(t *testing.T, shards ...int) {
	t.Helper()
	done := map[int][]string{}
	for _, shard := range shards {
		if len(s.content.done[shard]) == 0 {
			t.Fatalf("the transaction has nothing of shard %d", shard)
		}
		done[shard] = s.content.done[shard]
	}
	if err := s.Store.Trim(t.Context(), done); err != nil {
		t.Fatal(err)
	}
}

// commitElsewhere lets the coordinator commit, under the epoch of what hangs, a
// transaction that it does know.
func (s *stranded) commitElsewhere(t *testing.T) {
	t.Helper()
	topic := testbed.Unique(t)
	s.Pair.CreateTopic(t, topic, 1)
	if err := s.owner.producer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	testbed.Produce(t, s.owner.producer, &kgo.Record{Topic: topic})
	if err := s.owner.producer.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
}

// Entries that Redis forgot were not trimmed: the consumer makes them again.
func forgottenIsAborted(t *testing.T, pair *testbed.Pair) {
	o := newHarness(t, pair)
	o.Orders(t, 40)
	strand(t, o)
	if err := o.Pair.RedisClient(t).FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	o.opened(t, 0, nil).producer.Close()
	if n := o.committedNow(t); n != 0 {
		t.Errorf("%d changes of a transaction that nobody was told of are published", n)
	}
}

// A broker may go away between an owner's commit and its markers. The owner
// notices by the time that it took, and commits what was left out.
func ownIsCommitted(t *testing.T, pair *testbed.Pair) {
	o := newHarness(t, pair)
	o.opened(t, 0, nil).producer.Close()
	r := o.opened(t, 0, func(c *Config) { c.TransactionTimeout = testbed.Patience })
	defer r.producer.Close()
	id, epoch := producerOf(t, r)
	o.Orders(t, 40)
	o.Pair.Kafka.Pause()
	resumed := time.AfterFunc(suspectAfter+time.Second, o.Pair.Kafka.Resume)
	defer resumed.Stop()
	if _, err := r.once(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.writeUnnoticed(t, id, epoch-1, &kgo.Record{Topic: o.Topics.DeadLetter, Value: []byte("left out")})
	if _, err := r.once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if letters := o.Committed(t, o.Topics.DeadLetter); len(letters) != 1 {
		t.Errorf("%d dead letters are published, want 1", len(letters))
	}
	if r.suspect {
		t.Error("what was looked into is still suspicious")
	}
}

// An owner that was replaced and does not know it yet ends nothing: not what the
// new owner has under way, and not in its place what hangs.
func replacedEndsNothing(t *testing.T, pair *testbed.Pair) {
	o := newHarness(t, pair)
	o.opened(t, 0, nil).producer.Close()
	replaced := o.opened(t, 0, nil)
	defer replaced.producer.Close()
	id, epoch := producerOf(t, replaced)
	owner := o.opened(t, 0, nil)
	defer owner.producer.Close()
	if err := owner.producer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	progress := &kgo.Record{Topic: o.Topics.Progress, Key: []byte("0"), Value: []byte(`{}`)}
	testbed.Produce(t, owner.producer, progress)
	if err := replaced.endHanging(t.Context(), hanging.OwnCommits); err != nil {
		t.Errorf("with nothing hanging: %v", err)
	}
	o.writeUnnoticed(t, id, epoch-1, &kgo.Record{Topic: o.Topics.DeadLetter})
	if err := owner.producer.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Errorf("the owner cannot end its transaction: %v", err)
	}
	if err := replaced.endHanging(t.Context(), hanging.OwnCommits); !cluster.IsFenced(err) {
		t.Errorf("got %v, want that it is fenced", err)
	}
	if n := len(o.openIn(t, o.Topics.DeadLetter)); n != 1 {
		t.Errorf("%d transactions hang, want 1", n)
	}
}

// The rights of docs/deployment.md are enough, and the one on the cluster is
// needed.
func endedByRight(t *testing.T, pair *testbed.Pair, guard *testbed.KafkaGuard) {
	o := newHarness(t, pair)
	o.Orders(t, 40)
	s := strand(t, o)
	grant := func(rights *kadm.ACLBuilder) {
		t.Helper()
		granted, err := pair.Admin(t).CreateACLs(t.Context(), rights.Allow("User:"+guard.User).AllowHosts())
		for _, g := range granted {
			err = errors.Join(err, g.Err)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	grant(kadm.NewACLs().Topics(strings.TrimSuffix(o.Topics.Changes, "changes")).ResourcePatternType(kadm.ACLPatternPrefixed).
		Operations(kadm.OpRead, kadm.OpWrite, kadm.OpDescribe, kadm.OpDescribeConfigs))
	grant(kadm.NewACLs().TransactionalIDs(s.owner.hanging.TransactionalID).ResourcePatternType(kadm.ACLPatternLiteral).
		Operations(kadm.OpWrite, kadm.OpDescribe))
	takeOver := func() error {
		r := o.relay(t, 0, func(c *Config) {
			c.Access.Brokers = pair.Kafka.AddrsOf(testbed.SASLPlaintext)
			c.Access.Security = cluster.Security{Mechanism: cluster.MechanismPlain, Username: guard.User, Password: guard.Password(cluster.MechanismPlain)}
		})
		err := r.open(t.Context())
		if err == nil {
			r.producer.Close()
		}
		return err
	}
	testbed.Await(t, "the lane to be refused the right on the cluster", func() bool { return errors.Is(takeOver(), kerr.ClusterAuthorizationFailed) })
	grant(kadm.NewACLs().Clusters().ResourcePatternType(kadm.ACLPatternLiteral).Operations(kadm.OpClusterAction))
	testbed.Await(t, "the lane to be served", func() bool { return takeOver() == nil })
	if open := o.openIn(t, o.Topics.Progress); len(open) > 0 {
		t.Errorf("still open: %v", open)
	}
}

// Somebody else's transaction on the progress topic is alive.
func TestForeignTransactionOnProgressIsLeftAlone(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		o := newHarness(t, pair)
		r := o.opened(t, 0, nil)
		defer r.producer.Close()
		foreign := laneWriter(t, pair, testbed.Unique(t))
		if err := foreign.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		testbed.Produce(t, foreign, &kgo.Record{Topic: o.Topics.Progress, Key: []byte("0"), Value: []byte(`{}`)})
		if err := r.endHanging(t.Context(), hanging.OwnCommits); err != nil {
			t.Error(err)
		}
		if n := len(o.openIn(t, o.Topics.Progress)); n != 1 {
			t.Errorf("%d transactions are open, want 1", n)
		}
		if err := foreign.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Error(err)
		}
	})
}

// openIn are the transactions that a topic holds open.
func (o *harness) openIn(t *testing.T, topic string) (open []kadm.DescribedProducer) {
	t.Helper()
	described, err := o.Pair.Admin(t).DescribeProducers(t.Context(), kadm.TopicsSet{topic: nil})
	if err != nil {
		t.Fatal(err)
	}
	described.EachProducer(func(p kadm.DescribedProducer) {
		if p.CurrentTxnStartOffset >= 0 {
			open = append(open, p)
		}
	})
	return open
}

// scripted is a broker in process that answers requests of a kind by a script.
func scripted(t *testing.T) (*harness, *kfake.Cluster) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	pair := testbed.EmbeddedPair(t)
	pair.Brokers = cluster.ListenAddrs()
	return newHarness(t, pair), cluster
}

// describing answers who writes to the output topics: partition by partition.
func describing(cluster *kfake.Cluster, fill func(topic string, p *kmsg.DescribeProducersResponseTopicPartition)) {
	cluster.ControlKey(int16(kmsg.DescribeProducers), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		request := r.(*kmsg.DescribeProducersRequest)
		answer := request.ResponseKind().(*kmsg.DescribeProducersResponse)
		for _, asked := range request.Topics {
			topic := kmsg.NewDescribeProducersResponseTopic()
			topic.Topic = asked.Topic
			for _, number := range asked.Partitions {
				p := kmsg.NewDescribeProducersResponseTopicPartition()
				p.Partition = number
				fill(asked.Topic, &p)
				topic.Partitions = append(topic.Partitions, p)
			}
			answer.Topics = append(answer.Topics, topic)
		}
		return answer, nil, true
	})
}

// Without the right to end it, the error says what is to be done and where.
func TestRefusedMarkersSayWhatToDo(t *testing.T) {
	o, cluster := scripted(t)
	first := o.opened(t, 0, nil)
	id, epoch := producerOf(t, first)
	first.producer.Close()
	describing(cluster, func(topic string, p *kmsg.DescribeProducersResponseTopicPartition) {
		if topic == o.Topics.Progress {
			open := kmsg.NewDescribeProducersResponseTopicPartitionActiveProducer()
			open.ProducerID, open.ProducerEpoch, open.CurrentTxnStartOffset = id, int32(epoch), 41
			p.ActiveProducers = append(p.ActiveProducers, open)
		}
	})
	cluster.ControlKey(int16(kmsg.WriteTxnMarkers), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		request := r.(*kmsg.WriteTxnMarkersRequest)
		answer := request.ResponseKind().(*kmsg.WriteTxnMarkersResponse)
		topic := kmsg.NewWriteTxnMarkersResponseMarkerTopic()
		topic.Topic = o.Topics.Progress
		topic.Partitions = []kmsg.WriteTxnMarkersResponseMarkerTopicPartition{{ErrorCode: kerr.ClusterAuthorizationFailed.Code}}
		marker := kmsg.NewWriteTxnMarkersResponseMarker()
		marker.ProducerID, marker.Topics = id, []kmsg.WriteTxnMarkersResponseMarkerTopic{topic}
		answer.Markers = []kmsg.WriteTxnMarkersResponseMarker{marker}
		return answer, nil, true
	})
	err := o.relay(t, 0, nil).open(t.Context())
	if !errors.Is(err, kerr.ClusterAuthorizationFailed) {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{
		"lane 0", fmt.Sprint("producer id ", id), "topic " + o.Topics.Progress + " partition 0 start offset 41", "aborted", "ClusterAction", "kafka-transactions.sh abort",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

// A broker that does not say who writes is published to as ever.
func TestLaneIsServedWhereHangingTransactionsCanNotBeSeen(t *testing.T) {
	for _, refusal := range []*kerr.Error{kerr.TopicAuthorizationFailed, kerr.UnsupportedVersion} {
		t.Run(refusal.Message, func(t *testing.T) {
			o, cluster := scripted(t)
			describing(cluster, func(_ string, p *kmsg.DescribeProducersResponseTopicPartition) { p.ErrorCode = refusal.Code })
			o.Orders(t, 40)
			o.drain(t)
			o.WantPublished(t)
		})
	}
}

// One that cannot say it now is asked again: going on could tear a transaction.
func TestLaneWaitsUntilHangingTransactionsCanBeSeen(t *testing.T) {
	o, cluster := scripted(t)
	describing(cluster, func(_ string, p *kmsg.DescribeProducersResponseTopicPartition) {
		p.ErrorCode = kerr.UnknownTopicOrPartition.Code
	})
	if err := o.relay(t, 0, nil).open(t.Context()); !errors.Is(err, kerr.UnknownTopicOrPartition) {
		t.Errorf("got %v", err)
	}
}

func laneWriter(t *testing.T, pair *testbed.Pair, id string) *kgo.Client {
	t.Helper()
	return pair.KafkaClient(t, kgo.TransactionalID(id), kgo.RecordPartitioner(kgo.ManualPartitioner()))
}
