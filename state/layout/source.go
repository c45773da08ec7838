package layout

import (
	"fmt"
	"strconv"
	"strings"
)

// Source names one input partition. The topic id tells a topic from another of
// the same name.
type Source struct {
	Topic     string
	Partition int32
	TopicID   [16]byte
}

// String is topic/partition.
func (s Source) String() string { return s.Topic + "/" + strconv.Itoa(int(s.Partition)) }

// ParseSource is the inverse of Source.String. The topic id is not in the name.
// Any other text is ErrDamaged.
func ParseSource(name string) (Source, error) {
	at := strings.LastIndexByte(name, '/')
	if at < 0 {
		return Source{}, fmt.Errorf("%w: source %q", ErrDamaged, name)
	}
	partition, err := strconv.ParseInt(name[at+1:], 10, 32)
	if err != nil {
		return Source{}, fmt.Errorf("%w: source %q", ErrDamaged, name)
	}
	return Source{Topic: name[:at], Partition: int32(partition)}, nil
}
