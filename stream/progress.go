package stream

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/state"
)

// progress is what a lane has published: per shard and input partition, the
// highest offset whose change or dead letter is out, and the last due time. It is
// in the input's coordinates, so outbox entries that Redis forgot and computed
// again are recognised.
type progress map[int]map[string]int64

// duePrefix begins the one key of a shard that is no input partition: the customer
// whose due time was published last, at so many µs. Due times of a shard are fired
// in the order of their instants, and of the customers' ids within one.
const duePrefix = "due@"

func isDue(key string) bool { return strings.HasPrefix(key, duePrefix) }

// progressSource names an input partition in progress. The topic id keeps a
// recreated topic apart.
func progressSource(source state.Source) string {
	return source.String() + "@" + hex.EncodeToString(source.TopicID[:])
}

// applied are a shard's input offsets that are out, of the topics that are read.
func (p progress) applied(shard int, reads func(topic string) bool) state.Applied {
	applied := state.Applied{}
	for key, offset := range p[shard] {
		if source, ok := parseProgressSource(key); ok && reads(source.Topic) {
			applied[source] = offset
		}
	}
	return applied
}

// parseProgressSource is the inverse of progressSource.
func parseProgressSource(key string) (source state.Source, ok bool) {
	at := strings.LastIndexByte(key, '@')
	if isDue(key) || at < 0 || hex.DecodedLen(len(key)-at-1) != len(source.TopicID) {
		return state.Source{}, false
	}
	source, err := state.ParseSource(key[:at])
	if err != nil {
		return state.Source{}, false
	}
	_, err = hex.Decode(source.TopicID[:], []byte(key[at+1:]))
	return source, err == nil
}

// progressRecord is a shard's progress as a record of the progress topic: the
// key names the shard, the value is JSON of its offsets. Compaction keeps the
// last one.
func progressRecord(topic string, lane int32, shard int, published map[string]int64) (*kgo.Record, error) {
	value, err := json.Marshal(published)
	if err != nil {
		return nil, fmt.Errorf("render progress of shard %d: %w", shard, err)
	}
	return &kgo.Record{Topic: topic, Partition: lane, Key: strconv.AppendInt(nil, int64(shard), 10), Value: value}, nil
}

// readProgress reads a lane's progress up to the high watermark. The lane's
// producer is initialised before, so what a predecessor left open is aborted and
// nothing can be added. The high watermark counts: the last stable offset could
// end before the lane's own last record.
func readProgress(ctx context.Context, client KafkaClient, cluster *kgo.Client, topic string, lane int32) (progress, error) {
	read := progress{}
	take := func(record *kgo.Record) error {
		if record.Attrs.IsControl() {
			return nil
		}
		return read.take(record)
	}
	if err := readLane(ctx, client, cluster, topic, lane, take, kgo.FetchIsolationLevel(kgo.ReadCommitted())); err != nil {
		return nil, fmt.Errorf("read progress of lane %d: %w", lane, err)
	}
	return read, nil
}

// readLane shows all records of a lane's progress partition, up to the high
// watermark, and the markers of transactions: the last record is often one.
func readLane(ctx context.Context, client KafkaClient, cluster *kgo.Client, topic string, lane int32, take func(*kgo.Record) error, more ...kgo.Opt) error {
	start, end, err := progressBounds(ctx, kadm.NewClient(cluster), topic, lane)
	if err != nil {
		return fmt.Errorf("list offsets of %s: %w", topic, err)
	}
	if start >= end {
		return nil
	}
	options, err := client.Options()
	if err != nil {
		return err
	}
	reader, err := kgo.NewClient(append(append(options, more...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {lane: kgo.NewOffset().At(start)}}),
		kgo.KeepControlRecords(),
	)...)
	if err != nil {
		return err
	}
	defer reader.Close()
	return readUntil(ctx, reader, end, take)
}

func progressBounds(ctx context.Context, admin *kadm.Client, topic string, lane int32) (start, end int64, err error) {
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return 0, 0, err
	}
	ends, err := admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return 0, 0, err
	}
	start, startErr := offsetOf(starts, topic, lane)
	end, endErr := offsetOf(ends, topic, lane)
	return start, end, errors.Join(startErr, endErr)
}

// progressPatience is how long reading progress waits for the next records. They
// are there: only somebody else's transaction on the topic could hide them.
const progressPatience = 30 * time.Second

func readUntil(ctx context.Context, reader *kgo.Client, end int64, take func(*kgo.Record) error) error {
	for next := int64(0); next < end; {
		fetches, err := poll(ctx, reader)
		if err != nil {
			return err
		}
		var broken error
		fetches.EachRecord(func(record *kgo.Record) {
			next = record.Offset + 1
			if broken == nil {
				broken = take(record)
			}
		})
		if broken != nil {
			return broken
		}
	}
	return nil
}

func poll(ctx context.Context, reader *kgo.Client) (kgo.Fetches, error) {
	ctx, cancel := context.WithTimeout(ctx, progressPatience)
	defer cancel()
	fetches := reader.PollFetches(ctx)
	return fetches, fetches.Err()
}

func (p progress) take(record *kgo.Record) error {
	shard, err := strconv.Atoi(string(record.Key))
	if err != nil {
		return fmt.Errorf("at offset %d: key %q names no shard: something else writes to the topic", record.Offset, record.Key)
	}
	published := map[string]int64{}
	if err := json.Unmarshal(record.Value, &published); err != nil {
		return fmt.Errorf("at offset %d: %w", record.Offset, err)
	}
	p[shard] = published
	return nil
}
