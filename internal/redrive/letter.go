package redrive

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/deadletter"
)

// HeaderSentBack is how often a record was sent back. It has it from then on, and so have
// the dead letters that it becomes again.
const HeaderSentBack = "clv-sent-back"

// Letter is a dead letter: where the record was, and why it could not be used.
type Letter struct {
	Reason    string `json:"reason"`
	Detail    string `json:"detail"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	SentBack  int    `json:"sent_back"` // how often the record had gone back before it came as this letter
	New       bool   `json:"new"`       // no run before has sent this letter
	Sent      bool   `json:"sent"`      // this run has
	// Empty says that the letter has nothing to send: its customer was erased, and it only names
	// where the record stands.
	Empty bool `json:"empty"`
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
	letter.SentBack = timesSentBack(own)
	letter.Empty = letter.Reason == history.Erased.String()
	return letter, original, cut, nil
}

// timesSentBack reads the count of a record that has it. What somebody else wrote there is
// no count.
func timesSentBack(headers []kgo.RecordHeader) int {
	for _, h := range headers {
		if h.Key == HeaderSentBack {
			times, _ := strconv.Atoi(string(h.Value))
			return max(0, times)
		}
	}
	return 0
}

// counted puts the count in the place of the one that the headers have.
func counted(headers []kgo.RecordHeader, times int) []kgo.RecordHeader {
	headers = slices.DeleteFunc(headers, func(h kgo.RecordHeader) bool { return h.Key == HeaderSentBack })
	return append(headers, kgo.RecordHeader{Key: HeaderSentBack, Value: strconv.AppendInt(nil, int64(times), 10)})
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
