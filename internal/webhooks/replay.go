package webhooks

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/webhook"
)

// Request says which changes are sent once more: the dead ones, or those of the webhook's
// topic since a time or of a customer.
type Request struct {
	Webhook   Webhook
	Since     time.Time // of the topic; zero with a Customer: all that it has
	Customer  string    // of the topic, and only this one's
	FromStart bool      // of the dead ones, those that were replayed included
	Send      bool      // false: they are only listed
}

func (q *Request) fromTopic() bool { return q.Customer != "" || !q.Since.IsZero() }

// Change is one that is sent once more.
type Change struct {
	ID       string `json:"id"`
	Customer string `json:"customer_id"`
	Reason   string `json:"reason,omitempty"` // of which it died
	Status   string `json:"status,omitempty"`
	Tries    int    `json:"tries,omitempty"`
	Died     string `json:"died,omitempty"`
}

// Replayed is what a run found.
type Replayed struct {
	Changes []Change `json:"changes"`
	Sent    int      `json:"sent"`
}

// span is what of a partition is read.
type span struct{ start, end int64 }

// Replay gives changes to the publishers, to be sent once more. A customer's keep their order:
// they stand in one partition, and are written in turn.
func (d *Desk) Replay(ctx context.Context, q Request) (*Replayed, error) {
	q.Since = q.Since.Truncate(time.Millisecond) // as the times of records are
	log, err := cluster.OpenLog(ctx, d.Kafka)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	spans, err := d.spans(ctx, &q)
	if err != nil {
		return nil, err
	}
	ends := map[cluster.Partition]int64{}
	for at, s := range spans {
		if s.start < s.end {
			log.Seek(at, s.start)
			ends[at] = s.end
		}
	}
	found := &Replayed{Changes: []Change{}}
	if len(ends) == 0 {
		return found, nil
	}
	seen := map[string]bool{} // a change may be among the dead more than once
	err = log.ReadTo(ctx, ends, func(_ cluster.Partition, records []*kgo.Record) error {
		return d.again(ctx, &q, records, seen, found)
	}, nil)
	if err != nil || q.fromTopic() || !q.Send {
		return found, err
	}
	return found, d.keepReplayed(ctx, q.Webhook.Name, ends)
}

// again writes some records to the topic of replays.
func (d *Desk) again(ctx context.Context, q *Request, records []*kgo.Record, seen map[string]bool, found *Replayed) error {
	var wanted []*kgo.Record
	for _, record := range records {
		change := changeOf(record)
		key := change.Customer + " " + change.ID
		if q.Customer != "" && change.Customer != q.Customer || record.Timestamp.Before(q.Since) || seen[key] {
			continue
		}
		seen[key] = true
		found.Changes = append(found.Changes, change)
		wanted = append(wanted, &kgo.Record{
			Topic: webhook.ReplayTopic(d.Namespace, q.Webhook.Name), Key: record.Key, Value: record.Value, Headers: webhook.ChangeHeaders(record.Headers),
		})
	}
	if !q.Send {
		return nil
	}
	if err := d.Client.ProduceSync(ctx, wanted...).FirstErr(); err != nil {
		return fmt.Errorf("write what is to be sent once more: %w", err)
	}
	found.Sent += len(wanted)
	return nil
}

func changeOf(record *kgo.Record) Change {
	c := Change{Customer: string(record.Key)}
	for _, h := range record.Headers {
		switch h.Key {
		case "ce_id":
			c.ID = string(h.Value)
		case webhook.HeaderReason:
			c.Reason = string(h.Value)
		case webhook.HeaderStatus:
			c.Status = string(h.Value)
		case webhook.HeaderDied:
			c.Died = string(h.Value)
		case webhook.HeaderTries:
			c.Tries, _ = strconv.Atoi(string(h.Value))
		}
	}
	return c
}

func (d *Desk) spans(ctx context.Context, q *Request) (map[cluster.Partition]span, error) {
	if !q.fromTopic() {
		return d.deadBounds(ctx, q.Webhook.Name, q.FromStart)
	}
	admin := kadm.NewClient(d.Client)
	ends, err := webhook.Ends(ctx, admin, q.Webhook.Source)
	if err != nil {
		return nil, err
	}
	starts, err := admin.ListStartOffsets(ctx, q.Webhook.Source)
	if err == nil && !q.Since.IsZero() {
		starts, err = admin.ListOffsetsAfterMilli(ctx, q.Since.UnixMilli(), q.Webhook.Source)
	}
	if err != nil {
		return nil, fmt.Errorf("list offsets of %s: %w", q.Webhook.Source, err)
	}
	return between(q.Webhook.Source, starts, ends), nil
}

// replayedGroup has how far the dead changes were replayed.
func (d *Desk) replayedGroup(name string) string {
	return webhook.Group(d.Namespace, name) + "-replayed"
}

// deadBounds are the dead changes that were not replayed, or all.
func (d *Desk) deadBounds(ctx context.Context, name string, fromStart bool) (map[cluster.Partition]span, error) {
	topic, admin := webhook.DeadTopic(d.Namespace, name), kadm.NewClient(d.Client)
	ends, err := webhook.Ends(ctx, admin, topic)
	if err != nil {
		return nil, err
	}
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("list offsets of %s: %w", topic, err)
	}
	spans := between(topic, starts, ends)
	if fromStart {
		return spans, nil
	}
	replayed, err := d.offsets(ctx, d.replayedGroup(name))
	if err != nil {
		return nil, err
	}
	for at, s := range spans {
		if o, ok := replayed.Lookup(topic, at.ID); ok {
			s.start = max(s.start, o.At)
			spans[at] = s
		}
	}
	return spans, nil
}

func between(topic string, starts kadm.ListedOffsets, ends []int64) map[cluster.Partition]span {
	spans := map[cluster.Partition]span{}
	for id, end := range ends {
		start, _ := starts.Lookup(topic, int32(id))
		spans[cluster.Partition{Topic: topic, ID: int32(id)}] = span{start.Offset, end}
	}
	return spans
}

// keepReplayed stores that the dead changes before the ends were replayed.
func (d *Desk) keepReplayed(ctx context.Context, name string, ends map[cluster.Partition]int64) error {
	var offsets kadm.Offsets
	for at, end := range ends {
		offsets.AddOffset(at.Topic, at.ID, end, -1)
	}
	group := d.replayedGroup(name)
	if err := cluster.CommitLasting(ctx, d.Kafka, kadm.NewClient(d.Client), group, offsets); err != nil {
		return fmt.Errorf("store how far the dead changes of webhook %s were replayed: %w: the next run sends them again", name, err)
	}
	return nil
}
