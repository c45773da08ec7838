package erasure

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
)

// Request says how a customer is erased.
type Request struct {
	Kafka    cluster.Access
	Store    *state.Store
	Topic    string // of the input, that takes the event
	Current  string // the topic of current values, that gets the tombstone
	Currency money.Currency
}

// Place is where a record stands.
type Place struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// String is topic/partition/offset.
func (p Place) String() string { return fmt.Sprintf("%s/%d/%d", p.Topic, p.Partition, p.Offset) }

// Done is what was done, as far as it was: nil where it was not yet.
type Done struct {
	EventID   string
	ErasedAt  time.Time // of the event
	Event     *Place
	Applied   bool
	Tombstone *Place
}

// Errors of who does not do their part in time. The event stands, and is applied later.
var (
	ErrNotApplied   = errors.New("no consumer has applied the event")
	ErrNotPublished = errors.New("no publisher has published the tombstone")
	ErrNotErased    = errors.New("the consumer has passed the event, and the customer is not erased")
)

// poll is how often the state is looked at.
const poll = 100 * time.Millisecond

// Erase publishes the event and waits until ctx is done for the tombstone. What it did is
// answered with an error, too.
func (q Request) Erase(ctx context.Context, subject *Subject) (done Done, err error) {
	log, err := cluster.OpenLog(ctx, q.Kafka)
	if err != nil {
		return done, err
	}
	defer log.Close()
	ends, err := log.Ends(ctx, q.Current) // the tombstone comes behind them
	if err != nil {
		return done, err
	}
	for partition, end := range ends {
		log.Seek(partition, end)
	}
	if err := q.publish(ctx, subject, &done); err != nil {
		return done, err
	}
	if err := q.applied(ctx, subject, &done); err != nil {
		return done, err
	}
	return done, q.published(ctx, log, subject, &done)
}

// publish writes the event. Its time is not before the customer's latest event, which may be
// ahead of this clock by what is tolerated.
func (q Request) publish(ctx context.Context, subject *Subject, done *Done) error {
	e := history.Event{
		Kind: history.CustomerErased, ID: "erase-" + token(), CustomerID: subject.CustomerID,
		AtMicros: max(time.Now().UnixMicro(), subject.latestMicros),
	}
	client, err := cluster.Connect(ctx, q.Kafka)
	if err != nil {
		return err
	}
	defer client.Close()
	record, err := client.ProduceSync(ctx, &kgo.Record{
		Topic: q.Topic, Key: []byte(e.CustomerID), Value: event.Append(nil, &e, q.Currency),
		Headers: []kgo.RecordHeader{{Key: event.CanonicalHeader, Value: []byte("true")}}, // also where a mapping names the topic
	}).First()
	if err != nil {
		return fmt.Errorf("publish the erasure to %s: %w", q.Topic, err)
	}
	done.EventID, done.ErasedAt = e.ID, time.UnixMicro(e.AtMicros).UTC()
	done.Event = &Place{record.Topic, record.Partition, record.Offset}
	return nil
}

func token() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// applied waits until the customer's shard has applied the event.
func (q Request) applied(ctx context.Context, subject *Subject, done *Done) error {
	shard := state.Shard(subject.CustomerID, q.Store.Shards())
	for {
		all, err := q.Store.Applied(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("%w: it stands at %s, and is applied when a consumer comes to it (`clvstream lag` shows the backlog)", ErrNotApplied, done.Event)
		}
		if err != nil {
			return err
		}
		for source, offset := range all[shard] {
			if source.Topic == done.Event.Topic && source.Partition == done.Event.Partition && offset > done.Event.Offset {
				return q.isErased(ctx, subject, done)
			}
		}
		cluster.Wait(ctx, poll)
	}
}

func (q Request) isErased(ctx context.Context, subject *Subject, done *Done) error {
	c, err := q.Store.Customer(ctx, subject.CustomerID)
	if err != nil {
		return err
	}
	if c == nil || !c.Erasure.Known || c.Erasure.AtMicros < done.ErasedAt.UnixMicro() {
		return fmt.Errorf("%w: look for the dead letter of %s", ErrNotErased, done.Event)
	}
	done.Applied = true
	return nil
}

// published waits for the tombstone.
func (q Request) published(ctx context.Context, log *cluster.Log, subject *Subject, done *Done) error {
	for done.Tombstone == nil {
		ends, err := log.Ends(ctx, q.Current)
		if err == nil {
			err = log.ReadTo(ctx, ends, func(_ cluster.Partition, records []*kgo.Record) error {
				for _, r := range records {
					if r.Value == nil && string(r.Key) == subject.CustomerID {
						done.Tombstone = &Place{r.Topic, r.Partition, r.Offset}
					}
				}
				return nil
			}, nil)
		}
		switch {
		case done.Tombstone != nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%w: the customer is erased, and it waits in the outbox until a publisher is at work", ErrNotPublished)
		case err != nil:
			return err
		}
		cluster.Wait(ctx, poll)
	}
	return nil
}
