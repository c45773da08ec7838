package verify

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/cluster"
)

// sources numbers the input partitions, so that an event names its own in four
// bytes.
type sources struct {
	names []cluster.Partition
	index map[cluster.Partition]int32
}

func (s *sources) number(partition cluster.Partition) int32 {
	if n, ok := s.index[partition]; ok {
		return n
	}
	n := int32(len(s.names))
	s.names = append(s.names, partition)
	s.index[partition] = n
	return n
}

// coordinate names an input record, and with it the one change or dead letter
// that it may cause.
type coordinate struct {
	source int32
	part   int32 // of a mapped record that is several events
	offset int64
}

func (s *sources) format(c coordinate) string {
	text := s.names[c.source].String() + "/" + strconv.FormatInt(c.offset, 10)
	if c.part > 0 {
		text += "." + strconv.FormatInt(int64(c.part), 10)
	}
	return text
}

// parse reads topic/partition/offset, or topic/partition/offset.part, of one of the topics.
func (s *sources) parse(text string, topics []string) (coordinate, bool) {
	rest, offset, ok := cutLast(text, '/')
	topic, partition, ok2 := cutLast(rest, '/')
	if !ok || !ok2 {
		return coordinate{}, false
	}
	offset, part, _ := strings.Cut(offset, ".")
	return s.locate(topic, partition, offset, part, topics)
}

func cutLast(text string, separator byte) (before, after string, ok bool) {
	at := strings.LastIndexByte(text, separator)
	if at < 0 {
		return "", "", false
	}
	return text[:at], text[at+1:], true
}

// locate is the coordinate that the texts name, if the topic is one of topics. An empty part
// is the first.
func (s *sources) locate(topic, partition, offset, part string, topics []string) (coordinate, bool) {
	id, err := strconv.ParseInt(partition, 10, 32)
	at, err2 := strconv.ParseInt(offset, 10, 64)
	further, err3 := strconv.ParseInt(cmp.Or(part, "0"), 10, 32)
	if err != nil || err2 != nil || err3 != nil || id < 0 || at < 0 || further < 0 || part == "0" {
		return coordinate{}, false
	}
	for _, known := range topics {
		if known == topic {
			return coordinate{source: s.number(cluster.Partition{Topic: topic, ID: int32(id)}), part: int32(further), offset: at}, true
		}
	}
	return coordinate{}, false
}

// marks say per source up to which offset something is applied; a source beyond
// the end is not applied at all.
type marks []int64

func (v *verification) marks(applied state.Applied) marks {
	var m marks
	for source, offset := range applied {
		n := v.sources.number(cluster.Partition{Topic: source.Topic, ID: source.Partition})
		m.grow(int(n) + 1)
		m[n] = offset
	}
	return m
}

func (m *marks) grow(n int) {
	for len(*m) < n {
		*m = append(*m, 0)
	}
}

func (m marks) cover(c coordinate) bool { return int(c.source) < len(m) && c.offset < m[c.source] }

func (m *marks) raise(other marks) {
	m.grow(len(other))
	for i, offset := range other {
		(*m)[i] = max((*m)[i], offset)
	}
}

// lowest is what all shards have applied.
func lowest(all []marks) marks {
	var low marks
	for i, m := range all {
		if i == 0 {
			low = append(low, m...)
			continue
		}
		low = low[:min(len(low), len(m))]
		for source := range low {
			low[source] = min(low[source], m[source])
		}
	}
	return low
}
