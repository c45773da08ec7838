package verify

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
)

// change is what a subscriber learns from one change, or will learn from one
// that waits in an outbox.
type change struct {
	cause     coordinate // of the event; unset where time was the cause
	version   uint64     // of the customer since they were erased, if they were
	before    uint64     // the last version before that
	at        int64      // offset in the topic of changes
	sum       uint64     // of the record's value
	partition int32      // of that topic; −1: waiting in an outbox
	model     uint16     // see interned
	due       bool       // time was the cause
	content
}

const waiting = -1

// latestChange is the latest version that the topic of changes has of a customer.
type latestChange struct {
	version uint64
	sum     uint64 // of the value: see verification.sum; tombstone if it says that the customer was erased
	current uint64 // of the value that the topic of current values has; 0: none
	// erasures and tombstones are how many changes say so, and how many tombstones there are.
	erasures, tombstones int
	erased               time.Time // when the last erasure was published
}

// tombstone stands for the sum of no value. No other is even.
const tombstone = 2

// interned keeps a short list of repeated texts.
type interned []string

func (in *interned) number(text string) uint16 {
	for i, known := range *in {
		if known == text {
			return uint16(i)
		}
	}
	*in = append(*in, text)
	return uint16(len(*in) - 1)
}

// readChange is one change, taken apart.
type readChange struct {
	change
	customer, model string
	eventID, cause  string // cause.event_id, and the record's ce_id
	published       time.Time
	odd             []oddity
	err             error
}

var seed = maphash.MakeSeed()

func sumOf(value []byte) uint64 { return maphash.Bytes(seed, value) | 1 } // never 0, which says none

func (v *verification) readChange(r *kgo.Record) (read readChange) {
	if r.Attrs.IsControl() || r.Topic != v.config.Topics.Changes {
		return readChange{}
	}
	read = v.readValue(r.Value)
	read.at, read.partition, read.sum, read.published = r.Offset, r.Partition, v.sum(r.Value), r.Timestamp
	if read.err != nil {
		return read
	}
	var kind string
	for _, h := range r.Headers {
		switch h.Key {
		case "ce_id":
			read.cause = string(h.Value)
		case "ce_type":
			kind = string(h.Value)
		}
	}
	switch {
	case isDue(read.cause):
		read.err = read.takeDue(read.cause, read.customer, read.eventID)
	case read.kind == history.TimePassed || isOfTime(read.reason):
		read.err = errEventOfTime
	}
	if kind != eventType {
		read.err = errors.Join(read.err, fmt.Errorf("ce_type is %q", kind))
	}
	if string(r.Key) != read.customer {
		read.err = errors.Join(read.err, errors.New("customer_id is not the key"))
	}
	return read
}

// readValue reads the JSON of a change.
func (v *verification) readValue(value []byte) (read readChange) {
	w, err := readWire(value, v.currency)
	if err != nil {
		return readChange{err: err}
	}
	read.customer, read.eventID = w.text("customer_id"), w.text("cause.event_id")
	w.read("version", "a count", &read.version)
	read.odd = read.take(&w, v.config.Valuation.Awake.Tiers.Tiers)
	read.model = w.text("model.version")
	if model := v.config.Valuation.Model; read.model == model.Version() && w.text("model.name") != model.Name() {
		read.odd = append(read.odd, oddity{"model.name", model.Name(), w.text("model.name")})
	}
	read.err = w.wrong
	return read
}

// takeOutput files records of one partition of the changes or the dead letters.
func (v *verification) takeOutput(from cluster.Partition, records []*kgo.Record) error {
	if from.Topic == v.config.Topics.DeadLetter {
		for _, record := range records {
			v.takeLetter(record)
		}
		return nil
	}
	all := make([]readChange, len(records))
	inParallel(len(records), func(i int) { all[i] = v.readChange(records[i]) })
	for i, record := range records {
		if all[i].err == nil && !all[i].due {
			var ok bool
			if all[i].change.cause, ok = v.sources.parse(all[i].cause, v.config.InputTopics); !ok {
				all[i].err = fmt.Errorf("ce_id %q names no record of an input topic", all[i].cause)
			}
		}
		if all[i].err != nil {
			v.unreadable(record, all[i].err)
			continue
		}
		v.fileChange(&all[i])
	}
	return nil
}

func (v *verification) unreadable(r *kgo.Record, err error) {
	v.report.note(&v.report.Unreadable, Difference{Record: recordName(r), Field: "record", Want: "what a publisher writes", Got: err.Error()})
}

func recordName(r *kgo.Record) string { return fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset) }

func (v *verification) fileChange(read *readChange) {
	v.intern(read)
	v.expectCurrent(read)
	if d := v.dossier(read.customer); d != nil {
		d.changes = append(d.changes, read.change)
	}
}

// expectCurrent notes what the topic of current values must have of a customer.
func (v *verification) expectCurrent(read *readChange) {
	known, sum := v.announced[read.customer], read.sum
	if read.reason == announce.ReasonErased {
		sum = tombstone
		known.erasures, known.erased = known.erasures+1, read.published
	}
	if v.recent != nil {
		v.recent[read.customer] = append(v.recent[read.customer], sum)
	} else if known.version < read.version {
		known.version, known.sum = read.version, sum
	}
	v.announced[read.customer] = known
}

// intern keeps what is rare, or the same of many, apart from the change.
func (v *verification) intern(read *readChange) {
	read.change.model = v.models.number(read.model)
	for _, odd := range read.odd {
		v.odd[read.customer] = append(v.odd[read.customer], Difference{
			Customer: read.customer, Field: read.name() + ": " + odd.path, Want: odd.want, Got: odd.got,
		})
	}
}

// waitingChange is a change that an outbox holds, as it will be published.
func (v *verification) waitingChange(source layout.Source, item *layout.Item) (change, error) {
	c := item.Change
	read := v.readValue(v.renderer.Append(nil, c))
	if read.err != nil {
		return change{}, fmt.Errorf("read a change that waits: %w", read.err)
	}
	v.intern(&read)
	read.partition, read.due = waiting, c.Cause.Kind == history.TimePassed
	if !read.due {
		read.change.cause = coordinate{v.sources.number(cluster.Partition{Topic: source.Topic, ID: source.Partition}), item.Part, item.Offset}
	}
	return read.change, nil
}

func rounded(minor float64) int64 { return int64(math.Round(minor)) }
