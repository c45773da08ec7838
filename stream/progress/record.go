package progress

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
)

// Record is a shard's progress as a record of the progress topic.
func Record(topic string, lane int32, shard int, published map[string]int64) (*kgo.Record, error) {
	value, err := json.Marshal(published)
	if err != nil {
		return nil, fmt.Errorf("render progress of shard %d: %w", shard, err)
	}
	return &kgo.Record{Topic: topic, Partition: lane, Key: strconv.AppendInt(nil, int64(shard), 10), Value: value}, nil
}

// patience is for how long reading waits for the next records. They are there: only
// somebody else's transaction on the topic could hide them.
const patience = 30 * time.Second

// Read reads a lane's progress up to the high watermark. The lane's producer was
// initialised before, so what a predecessor left open is aborted and nothing can be
// added. The high watermark counts: the last stable offset could end before the
// lane's own last record.
func Read(ctx context.Context, access cluster.Access, topic string, lane int32) (Lane, error) {
	read := Lane{}
	return read, readRecords(ctx, access, topic, lane, false, read.Take)
}

// ReadAsWritten shows all records of a lane's progress in their order, those of open
// and aborted transactions and the markers of transactions included.
func ReadAsWritten(ctx context.Context, access cluster.Access, topic string, lane int32, take func(*kgo.Record) error) error {
	return readRecords(ctx, access, topic, lane, true, take)
}

func readRecords(ctx context.Context, access cluster.Access, topic string, lane int32, asWritten bool, take func(*kgo.Record) error) error {
	var isolation []kgo.Opt
	if asWritten {
		isolation = append(isolation, kgo.FetchIsolationLevel(kgo.ReadUncommitted()))
	}
	log, err := cluster.OpenLog(ctx, access, isolation...)
	if err != nil {
		return fmt.Errorf("read progress of lane %d: %w", lane, err)
	}
	defer log.Close()
	log.Markers, log.Patience = asWritten, patience
	end, err := log.End(ctx, cluster.Partition{Topic: topic, ID: lane})
	if err == nil {
		err = log.ReadTo(ctx, end, func(_ cluster.Partition, records []*kgo.Record) error {
			for _, record := range records {
				if err := take(record); err != nil {
					return err
				}
			}
			return nil
		}, nil)
	}
	if err != nil {
		return fmt.Errorf("read progress of lane %d: %w", lane, err)
	}
	return nil
}
