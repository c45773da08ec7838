package export

import (
	"context"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/deadletter"
)

// FindLetters looks through the topic of dead letters, from its start to its present end, for
// those that may be of the customer. A letter of reason erased says nothing of whom it is.
func (d *Document) FindLetters(ctx context.Context, kafka cluster.Access, topic string) error {
	log, err := cluster.OpenLog(ctx, kafka)
	if err != nil {
		return err
	}
	defer log.Close()
	ends, err := log.Ends(ctx, topic)
	if err != nil {
		return err
	}
	d.LettersSought = true
	return log.ReadTo(ctx, ends, func(_ cluster.Partition, records []*kgo.Record) error {
		for _, r := range records {
			if mentions(r.Key, r.Value, d.CustomerID) {
				d.Letters = append(d.Letters, letterOf(r))
			}
		}
		return nil
	}, nil)
}

func letterOf(r *kgo.Record) Letter {
	l := Letter{At: &Place{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}}
	number := func(text []byte, bits int) int64 {
		n, _ := strconv.ParseInt(string(text), 10, bits) // a foreign record has none
		return n
	}
	for _, h := range r.Headers {
		switch h.Key {
		case deadletter.HeaderReason:
			l.Reason = string(h.Value)
		case deadletter.HeaderDetail:
			l.Detail = string(h.Value)
		case deadletter.HeaderTopic:
			l.Record.Topic = string(h.Value)
		case deadletter.HeaderPartition:
			l.Record.Partition = int32(number(h.Value, 32))
		case deadletter.HeaderOffset:
			l.Record.Offset = number(h.Value, 64)
		case deadletter.HeaderPart:
			l.Record.Part = int32(number(h.Value, 32))
		}
	}
	return l
}
