package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"

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
		err = log.ReadTo(ctx, ends, v.takeCurrent, func(done, total int64) { v.config.Progress(StageCurrent, done, total) })
	}
	if err != nil {
		return fmt.Errorf("read current values: %w", err)
	}
	v.recent = map[string][]uint64{}
	if err := v.extendOutput(ctx, ignoreProgress); err != nil {
		return err
	}
	for _, customer := range slices.Sorted(maps.Keys(v.announced)) {
		known := v.announced[customer]
		if v.unsound[customer] || known.current != 0 && (known.current == known.sum || slices.Contains(v.recent[customer], known.current)) {
			continue
		}
		got := "another value"
		if known.current == 0 {
			got = "none"
		}
		v.report.note(&v.report.StaleCurrent, Difference{
			Customer: customer, Field: v.config.Topics.Current, Want: fmt.Sprintf("the value of change %d", known.version), Got: got,
		})
	}
	return nil
}

func (v *verification) takeCurrent(_ cluster.Partition, records []*kgo.Record) error {
	for _, record := range records {
		known := v.announced[string(record.Key)]
		known.current = sumOf(record.Value)
		v.announced[string(record.Key)] = known
	}
	return nil
}
