package verify

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
)

// compareCurrent compares the compacted topic's latest value of each customer
// with the last change. Both are in one transaction, so all changes that were read have
// their current values before the present end of the topic; a later current value must
// be that of a change that is read next.
func (v *verification) compareCurrent(ctx context.Context) error {
	log, err := cluster.OpenLog(ctx, v.config.Kafka)
	if err != nil {
		return err
	}
	defer log.Close()
	ends, err := log.Ends(ctx, v.config.Topics.Current)
	if err == nil {
		err = log.ReadTo(ctx, ends, func(_ cluster.Partition, records []*kgo.Record) error { return v.takeCurrent(ctx, records) }, func(done, total int64) { v.config.Progress(StageCurrent, done, total) })
	}
	if err != nil {
		return fmt.Errorf("read current values: %w", err)
	}
	v.recent = map[string][]uint64{}
	if err := v.extendOutput(ctx, ignoreProgress); err != nil {
		return err
	}
	kept, err := v.tombstonesKept(ctx)
	if err != nil {
		return err
	}
	for _, customer := range slices.Sorted(maps.Keys(v.announced)) {
		v.compareCurrentOf(customer, kept)
	}
	return nil
}

// compareCurrentOf compares the current value of a customer. A tombstone is there as often as
// one was erased, and while it is kept: compaction takes it away then.
func (v *verification) compareCurrentOf(customer string, kept time.Duration) {
	known := v.announced[customer]
	if v.unsound[customer] || known.version == 0 && known.current == 0 { // of a later change
		return
	}
	stale := func(want, got string) {
		v.report.note(&v.report.StaleCurrent, Difference{Customer: customer, Field: v.config.Topics.Current, Want: want, Got: got})
	}
	want, got := fmt.Sprintf("the value of change %d", known.version), "another value"
	if known.sum == tombstone {
		want = fmt.Sprintf("the tombstone of change %d", known.version)
	}
	switch known.current {
	case 0:
		got = "none"
	case tombstone:
		got = "a tombstone"
	}
	compacted := known.current == 0 && known.sum == tombstone && time.Since(known.erased) > kept
	if !compacted && (known.current == 0 || known.current != known.sum && !slices.Contains(v.recent[customer], known.current)) {
		stale(want, got)
	}
	if known.tombstones > known.erasures {
		stale(fmt.Sprintf("%d tombstones", known.erasures), fmt.Sprint(known.tombstones))
	}
}

// tombstonesKept is for how long the topic of current values keeps tombstones at the least.
func (v *verification) tombstonesKept(ctx context.Context) (time.Duration, error) {
	const key = "delete.retention.ms"
	configs, err := kadm.NewClient(v.output.Client()).DescribeTopicConfigs(ctx, v.config.Topics.Current)
	if err != nil {
		return 0, fmt.Errorf("read for how long %s keeps tombstones: %w", v.config.Topics.Current, err)
	}
	kept := 24 * time.Hour // Kafka's default
	for _, of := range configs {
		for _, c := range of.Configs {
			if millis, err := strconv.ParseInt(c.MaybeValue(), 10, 64); c.Key == key && err == nil {
				kept = time.Duration(min(millis, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
			}
		}
	}
	return kept, nil
}

func (v *verification) takeCurrent(ctx context.Context, records []*kgo.Record) error {
	for _, record := range records {
		sum, err := v.sumOfCurrent(ctx, record)
		if err != nil {
			return err
		}
		known := v.announced[string(record.Key)]
		if known.current = sum; record.Value == nil {
			known.current = tombstone
			known.tombstones++
		}
		v.announced[string(record.Key)] = known
	}
	return nil
}
