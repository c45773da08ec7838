package hanging

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/progress"
)

// trimmed says whether an entry that the transaction published has left its
// outbox.
func (l *Lane) trimmed(ctx context.Context, h transaction) (bool, error) {
	history := laneHistory{committed: progress.Lane{}, open: map[int64][]*kgo.Record{}}
	if err := progress.ReadAsWritten(ctx, l.Access, l.ProgressTopic, l.ID, history.take); err != nil {
		return false, err
	}
	noted, err := history.noted(h)
	if err != nil {
		return false, err
	}
	// The marks first: an entry that is applied by then and not found afterwards
	// was there.
	applied, err := l.Store.Applied(ctx)
	if err != nil {
		return false, err
	}
	for _, shard := range l.Shards {
		before, published := history.committed[shard], noted[shard]
		if !raised(before, published) || forgotten(applied[shard], before, published) {
			continue
		}
		waits, err := l.waits(ctx, shard, progress.Lane{shard: before}.Shard(shard), progress.Lane{shard: published}.Shard(shard))
		if err != nil || !waits {
			return !waits, err
		}
	}
	return false, nil
}

// laneHistory is a lane's progress by what is committed and what is open.
type laneHistory struct {
	committed progress.Lane
	open      map[int64][]*kgo.Record // by producer id, in the order of the log
}

func (l *laneHistory) take(record *kgo.Record) error {
	id := record.ProducerID
	if !record.Attrs.IsControl() {
		l.open[id] = append(l.open[id], record)
		return nil
	}
	ended := l.open[id]
	delete(l.open, id)
	if !isCommitMarker(record) {
		return nil
	}
	for _, record := range ended {
		if err := l.committed.Take(record); err != nil {
			return err
		}
	}
	return nil
}

// noted is the progress that an open transaction would bring.
func (l *laneHistory) noted(h transaction) (progress.Lane, error) {
	noted := progress.Lane{}
	for _, record := range l.open[h.producerID] {
		if record.ProducerEpoch != h.epoch {
			continue
		}
		if err := noted.Take(record); err != nil {
			return nil, err
		}
	}
	return noted, nil
}

// raised says whether a transaction published anything of a shard. What a key of a
// later version stands for is not known here.
func raised(before, published map[string]int64) bool {
	for key, at := range published {
		_, isSource := progress.ParseSource(key)
		if known, ok := before[key]; (!ok || at > known) && (isSource || progress.IsDue(key)) {
			return true
		}
	}
	return false
}

// forgotten says whether Redis no longer knows that it applied what was
// published: it was restored from an older copy, and entries went with it.
func forgotten(applied state.Applied, before, published map[string]int64) bool {
	for key, offset := range published {
		source, isSource := progress.ParseSource(key)
		if known, ok := before[key]; ok && offset <= known || !isSource {
			continue
		}
		if applied[source] <= offset { // a mark is behind what is applied
			return true
		}
	}
	return false
}

// waits says whether an entry of a shard that the transaction published is still
// in the outbox. The transaction took its entries from the first MostEntries, and
// trimming a shard is one command: one entry stands for all.
func (l *Lane) waits(ctx context.Context, shard int, before, published *progress.Shard) (bool, error) {
	const page = 4 // entries may be of megabytes
	after := ""
	for range l.MostEntries / page {
		read, err := l.Store.Waiting(ctx, []int{shard}, []string{after}, page)
		if err != nil {
			return false, err
		}
		for e := range read[0] {
			entry := &read[0][e]
			was, is := before.Published(entry, nil), published.Published(entry, nil)
			for i := range entry.Items {
				if item := &entry.Items[i]; is(item) && !was(item) {
					return true, nil
				}
			}
			after = entry.ID
		}
		if len(read[0]) < page {
			break
		}
	}
	return false, nil
}
