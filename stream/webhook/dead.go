package webhook

import (
	"cmp"
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Headers of a dead change, beside those of the change.
const (
	HeaderReason    = "clv-reason" // the class of the last failure
	HeaderStatus    = "clv-status" // of the last answer; absent: there was none
	HeaderTries     = "clv-tries"
	HeaderTopic     = "clv-topic" // where the change stands
	HeaderPartition = "clv-partition"
	HeaderOffset    = "clv-offset"
	HeaderDied      = "clv-died" // RFC 3339
)

const (
	// writeTimeout bounds the writing of a dead change or a standing; then it is tried again.
	writeTimeout = 10 * time.Second
	buryAgain    = time.Second
)

// bury writes a change to the dead ones. It is finished once Kafka has it: a process that ends
// before leaves it unfinished, and one that ends after writes it twice at worst.
func (d *Delivery) bury(it *item) {
	it.state = burying
	it.window.flying++
	d.gate.forget(it)
	record := d.deadRecord(it)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
		defer cancel()
		err := d.plain.ProduceSync(ctx, record).FirstErr()
		d.post(func() { d.buried(it, err) })
	}()
}

func (d *Delivery) buried(it *item, err error) {
	defer it.window.land()
	switch {
	case err == nil:
		d.counts.died(it.last.Class)
		d.finish(it)
	case it.window.retired:
		d.drop(it)
	default:
		slog.Warn("a change that a webhook's receiver does not take could not be written to the dead ones; it is tried again", "webhook", d.webhook.Name, "error", err)
		time.AfterFunc(buryAgain, func() {
			d.post(func() {
				if it.state == burying && !it.window.retired {
					d.bury(it)
				}
			})
		})
	}
}

func (d *Delivery) deadRecord(it *item) *kgo.Record {
	headers := append(ChangeHeaders(it.headers),
		kgo.RecordHeader{Key: HeaderReason, Value: []byte(cmp.Or(it.last.Class, Failed))},
		kgo.RecordHeader{Key: HeaderTries, Value: strconv.AppendInt(nil, int64(it.tries), 10)},
		kgo.RecordHeader{Key: HeaderTopic, Value: []byte(it.window.partition.Topic)},
		kgo.RecordHeader{Key: HeaderPartition, Value: strconv.AppendInt(nil, int64(it.window.partition.ID), 10)},
		kgo.RecordHeader{Key: HeaderOffset, Value: strconv.AppendInt(nil, it.offset, 10)},
		kgo.RecordHeader{Key: HeaderDied, Value: time.Now().UTC().AppendFormat(nil, time.RFC3339)},
	)
	if it.last.Status > 0 {
		headers = append(headers, kgo.RecordHeader{Key: HeaderStatus, Value: strconv.AppendInt(nil, int64(it.last.Status), 10)})
	}
	return &kgo.Record{Topic: DeadTopic(d.config.Namespace, d.webhook.Name), Key: []byte(it.customer), Value: it.message.Data, Headers: headers}
}

// ChangeHeaders are those that a change has by itself.
func ChangeHeaders(headers []kgo.RecordHeader) []kgo.RecordHeader {
	own := make([]kgo.RecordHeader, 0, len(headers)+7)
	for _, h := range headers {
		switch h.Key {
		case HeaderReason, HeaderStatus, HeaderTries, HeaderTopic, HeaderPartition, HeaderOffset, HeaderDied:
		default:
			own = append(own, h)
		}
	}
	return own
}
