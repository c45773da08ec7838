package progress

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
)

// Lane is what a lane has published: per shard, what its last record says. A later
// version may add keys, with whole numbers as well: they are kept and written back,
// and decide nothing here.
type Lane map[int]map[string]int64

// duePrefix begins the one key of a shard that is no input partition.
const duePrefix = "due@"

// IsDue says whether a key is that of due times.
func IsDue(key string) bool { return strings.HasPrefix(key, duePrefix) }

// Source names an input partition in progress. The topic id keeps a
// recreated topic apart.
func Source(source layout.Source) string {
	return source.String() + "@" + hex.EncodeToString(source.TopicID[:])
}

// appliedSuffix ends a key of what a shard had applied without a change. Behind it no
// version reads a topic id.
const appliedSuffix = "@applied"

// Applied are the input offsets that a shard has applied for certain, as something was
// published after them, of the topics that are read.
func (p Lane) Applied(shard int, reads func(topic string) bool) state.Applied {
	applied := state.Applied{}
	for key, offset := range p[shard] {
		if source, ok := ParseSource(strings.TrimSuffix(key, appliedSuffix)); ok && reads(source.Topic) {
			applied[source] = max(applied[source], offset)
		}
	}
	return applied
}

// NoteApplied adds to a shard's progress what it has applied without a change.
func NoteApplied(published map[string]int64, applied state.Applied) {
	for source, offset := range applied {
		key := Source(source)
		if at, any := published[key]; any && at >= offset {
			delete(published, key+appliedSuffix)
			continue
		}
		key += appliedSuffix
		published[key] = max(published[key], offset)
	}
}

// ParseSource is the inverse of Source.
func ParseSource(key string) (source layout.Source, ok bool) {
	at := strings.LastIndexByte(key, '@')
	if IsDue(key) || at < 0 || hex.DecodedLen(len(key)-at-1) != len(source.TopicID) {
		return layout.Source{}, false
	}
	source, err := layout.ParseSource(key[:at])
	if err != nil {
		return layout.Source{}, false
	}
	_, err = hex.Decode(source.TopicID[:], []byte(key[at+1:]))
	return source, err == nil
}

// Take takes a record of the topic in.
func (p Lane) Take(record *kgo.Record) error {
	shard, err := strconv.Atoi(string(record.Key))
	if err != nil {
		return fmt.Errorf("at offset %d: key %q names no shard: something else writes to the topic", record.Offset, record.Key)
	}
	published := map[string]int64{}
	if err := json.Unmarshal(record.Value, &published); err != nil {
		return fmt.Errorf("at offset %d: %w", record.Offset, err)
	}
	p[shard] = published
	return nil
}
