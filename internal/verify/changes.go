package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"math"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream"
	"github.com/clvstream/clvstream/stream/cluster"
)

// change is what a subscriber learns from one change, or will learn from one
// that waits in an outbox.
type change struct {
	cause         coordinate // of the event; unset where time was the cause
	version       uint64
	previousMinor int64
	currentMinor  int64
	asOf          int64 // the instant that it holds for
	pAlive        float64
	at            int64  // offset in the topic of changes
	sum           uint64 // of the record's value
	partition     int32  // of that topic; −1: waiting in an outbox
	model         uint16 // see interned
	reason        announce.Reason
	due           bool // time was the cause
	was, now      said // as last announced, and now; of what was before only stage and tier
}

const waiting = -1

// announced is the latest version that the topic of changes has of a customer.
type announced struct {
	version uint64
	sum     uint64 // of the value
	current uint64 // of the value that the topic of current values has; 0: none
}

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

// readChange is one record of the topic of changes, taken apart.
type readChange struct {
	change
	customer, model, cause string
	err                    error
}

var seed = maphash.MakeSeed()

func sumOf(value []byte) uint64 { return maphash.Bytes(seed, value) | 1 } // never 0, which says none

func (v *verification) readChange(r *kgo.Record) (read readChange) {
	if r.Attrs.IsControl() || r.Topic != v.config.Topics.Changes {
		return readChange{}
	}
	var wire wireChange
	read.change = change{at: r.Offset, partition: r.Partition, sum: sumOf(r.Value)}
	if read.err = json.Unmarshal(r.Value, &wire); read.err != nil {
		return read
	}
	read.customer, read.model = wire.CustomerID, wire.Model.Version
	var kind string
	for _, h := range r.Headers {
		switch h.Key {
		case "ce_id":
			read.cause = string(h.Value)
		case "ce_type":
			kind = string(h.Value)
		}
	}
	read.err = read.take(&wire, v.currency, v.config.Valuation.Awake.Tiers.Tiers)
	ofTime := wire.Cause.Type == history.TimePassed.String()
	switch {
	case isDue(read.cause):
		read.err = errors.Join(read.err, read.takeDue(read.cause, &wire))
	case ofTime || isOfTime(read.reason):
		read.err = errors.Join(read.err, errEventOfTime)
	}
	if kind != stream.ChangeType {
		read.err = errors.Join(read.err, fmt.Errorf("ce_type is %q", kind))
	}
	if string(r.Key) != wire.CustomerID {
		read.err = errors.Join(read.err, errors.New("the key is not the customer"))
	}
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
	v.report.note(&v.report.Unreadable, Difference{Record: place(r), Field: "record", Want: "what a publisher writes", Got: err.Error()})
}

func place(r *kgo.Record) string { return fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset) }

func (v *verification) fileChange(read *readChange) {
	read.change.model = v.models.number(read.model)
	if v.recent != nil {
		v.recent[read.customer] = append(v.recent[read.customer], read.sum)
	} else if v.announced[read.customer].version < read.version {
		v.announced[read.customer] = announced{version: read.version, sum: read.sum}
	}
	if d := v.dossier(read.customer); d != nil {
		d.changes = append(d.changes, read.change)
	}
}

// waitingChange is a change that an outbox holds.
func (v *verification) waitingChange(source layout.Source, offset int64, c *clv.Change) change {
	waits := change{
		version:       c.Version,
		previousMinor: rounded(c.PreviousMinor),
		currentMinor:  rounded(c.Current.CLVMinor),
		asOf:          c.Current.AsOfMicros,
		pAlive:        c.Current.PAlive,
		partition:     waiting,
		model:         v.models.number(c.ModelVersion),
		reason:        c.Reason,
		due:           c.Cause.Kind == history.TimePassed,
		was:           saidOf(&c.Was),
		now:           saidOf(&c.Standing),
	}
	if c.Standing.Stage == standing.NoStage {
		waits.was.stage = unsaid
	}
	if !waits.due {
		waits.cause = coordinate{v.sources.number(cluster.Partition{Topic: source.Topic, ID: source.Partition}), offset}
	}
	return waits
}

func saidOf(s *standing.Standing) said {
	return said{stage: s.Stage, tier: s.Tier, approaching: s.Approaching, worthwhile: s.Worthwhile}
}

func rounded(minor float64) int64 { return int64(math.Round(minor)) }
