package verify

import (
	"context"
	"errors"
	"hash/crc32"
	"runtime"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

// inputEvent is an input record that the naive decoder accepts.
type inputEvent struct {
	coordinate
	mapped      bool   // by a mapping: its dead letter is the event written anew
	checksum    uint32 // of the record's key and value
	kind        history.Kind
	day         calendar.Day
	atMicros    int64
	toldMicros  int64        // updated_at, else atMicros
	toldDay     calendar.Day // of it
	version     int64        // -1: none
	dated       bool         // it has a version or an updated_at
	id          string       // of the event
	hash        uint64       // of the same
	amountMinor int64
	marginMinor int64 // of an order, given or by rate
	own         *ownAmount
	probability float64
	order       string
	refund      string
	channel     string                // of an order or an acquisition
	refusedNow  history.RefusalReason // by a limit that is set now, which may have been another; 0: it is not
}

// ownAmount is an amount in a currency that is not the business's.
type ownAmount struct {
	currency money.Currency
	minor    int64
}

// refusedRecord is one that it refuses.
type refusedRecord struct {
	coordinate
	checksum uint32
	reason   history.RefusalReason
}

// takeInput files records of one partition under their customers.
func (v *verification) takeInput(ctx context.Context, from cluster.Partition, records []*kgo.Record) error {
	source := v.sources.number(from)
	all, failed := make([][]decoded, len(records)), make([]error, len(records))
	inParallel(len(records), func(i int) { all[i], failed[i] = v.read(ctx, records[i]) })
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if n := len(records); n > 0 {
		v.readUpTo.grow(int(source) + 1)
		v.readUpTo[source] = records[n-1].Offset + 1
	}
	for i, record := range records {
		checksum := checksumOf(record.Key, record.Value)
		for _, read := range all[i] {
			read.event.source, read.event.offset, read.event.checksum = source, record.Offset, checksum
			if from.Topic == v.config.Topics.Repartition {
				v.takeRerouted(record, &read)
			}
			v.file(&read)
		}
	}
	return nil
}

// file puts an event to its customer's, or a refusal to the others.
func (v *verification) file(read *decoded) {
	if read.refused != 0 {
		v.refused = append(v.refused, refusedRecord{coordinate: read.event.coordinate, checksum: read.event.checksum, reason: read.refused})
		return
	}
	if v.config.Topics.Repartition != "" {
		v.located.note(read)
	}
	if read.customer == "" {
		return
	}
	if d := v.dossier(read.customer); d != nil {
		d.events = append(d.events, read.event)
	}
}

// dossier is the customer's, nil when their shard is done.
func (v *verification) dossier(customer string) *dossier {
	dossiers := v.shards[state.Shard(customer, len(v.shards))]
	if dossiers == nil {
		return nil
	}
	d := dossiers[customer]
	if d == nil {
		d = &dossier{}
		dossiers[customer] = d
	}
	return d
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksumOf(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// inParallel calls each with 0 to n−1 on all processors.
func inParallel(n int, each func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	var working sync.WaitGroup
	for w := range workers {
		working.Go(func() {
			for i := n * w / workers; i < n*(w+1)/workers; i++ {
				each(i)
			}
		})
	}
	working.Wait()
}
