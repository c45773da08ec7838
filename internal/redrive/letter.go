package redrive

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/deadletter"
)

// Letter is a dead letter: where the record was, and why it could not be used.
type Letter struct {
	Reason    string `json:"reason"`
	Detail    string `json:"detail"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Sent      bool   `json:"sent"`
}

// String is the record's coordinates.
func (l *Letter) String() string { return fmt.Sprintf("%s/%d/%d", l.Topic, l.Partition, l.Offset) }

// unwrap restores the original record from a dead letter, and says whether its value was
// cut.
func unwrap(record *kgo.Record) (letter Letter, original *kgo.Record, cut bool, err error) {
	original = &kgo.Record{Key: record.Key, Value: record.Value}
	number := func(text string, bits int) int64 {
		n, failed := strconv.ParseInt(text, 10, bits)
		err = errors.Join(err, failed)
		return n
	}
	var own, coordinates []kgo.RecordHeader
	for _, h := range record.Headers {
		value := string(h.Value)
		if name, isOriginal := strings.CutPrefix(h.Key, deadletter.OriginalPrefix); isOriginal {
			own = append(own, kgo.RecordHeader{Key: name, Value: h.Value})
			continue
		}
		switch h.Key {
		case deadletter.HeaderReason:
			letter.Reason = value
		case deadletter.HeaderDetail:
			letter.Detail = value
		case deadletter.HeaderTopic:
			letter.Topic = value
			coordinates = append(coordinates, h)
		case deadletter.HeaderPartition:
			letter.Partition = int32(number(value, 32))
			coordinates = append(coordinates, h)
		case deadletter.HeaderOffset:
			letter.Offset = number(value, 64)
			coordinates = append(coordinates, h)
		case deadletter.HeaderTimestamp:
			original.Timestamp = time.UnixMilli(number(value, 64))
		case deadletter.HeaderTruncated:
			cut = true
		}
	}
	if letter.Topic == "" || err != nil {
		return letter, nil, false, errors.Join(errors.New("it has no readable coordinates: something else writes to the topic"), err)
	}
	original.Topic, original.Partition = letter.Topic, letter.Partition
	original.Headers = append(own, missingFrom(own, coordinates)...)
	return letter, original, cut, nil
}

// missingFrom are the coordinates that the original does not carry yet: a record
// sent back twice keeps those of the first time.
func missingFrom(own, coordinates []kgo.RecordHeader) []kgo.RecordHeader {
	for _, h := range own {
		if h.Key == deadletter.HeaderTopic {
			return nil
		}
	}
	return coordinates
}
