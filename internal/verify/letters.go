package verify

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/deadletter"
)

// letter is what became of an input record that could not be used.
type letter struct {
	reason    history.RefusalReason
	checksum  uint32 // of the original's key and value
	truncated bool   // they are not whole
	waiting   bool   // in an outbox when that was read
	seen      bool   // the record it belongs to was found
	rewritten bool   // it holds the event, and not the record
}

func (v *verification) takeLetter(r *kgo.Record) {
	headers := headersOf(r)
	reason, known := history.ParseRefusalReason(headers[deadletter.HeaderReason])
	at, located := v.named(headers)
	if !known || !located {
		v.unreadable(r, errors.New("its headers name no reason, or no record of an input topic"))
		return
	}
	if l := v.letters[at]; l != nil {
		if !l.waiting {
			v.report.note(&v.report.LettersDuplicated, Difference{Record: v.sources.format(at), Field: "dead letter", Want: "once", Got: "again at " + recordName(r)})
		}
		l.waiting = false
		return
	}
	if reason == history.Erased {
		v.holdsNothing(at, r.Key != nil || r.Value != nil || slices.ContainsFunc(r.Headers, isContent))
	}
	_, truncated := headers[deadletter.HeaderTruncated]
	v.letters[at] = &letter{reason: reason, checksum: checksumOf(r.Key, r.Value), truncated: truncated}
}

// isContent says whether a header of a letter is of the original, or leads to it by more than
// its place.
func isContent(h kgo.RecordHeader) bool {
	return strings.HasPrefix(h.Key, deadletter.OriginalPrefix) || h.Key == "traceparent"
}

// holdsNothing finds a letter that says something of a customer who was erased.
func (v *verification) holdsNothing(at coordinate, content bool) {
	if content {
		v.letterUnfounded(at, "", "dead letter of an erased customer", "no key, value or header of the record", "some")
	}
}

func headersOf(r *kgo.Record) map[string]string {
	headers := map[string]string{}
	for _, h := range r.Headers {
		headers[h.Key] = string(h.Value)
	}
	return headers
}

// named is the record that headers name, if it is of an input topic.
func (v *verification) named(headers map[string]string) (coordinate, bool) {
	return v.sources.locate(headers[deadletter.HeaderTopic], headers[deadletter.HeaderPartition], headers[deadletter.HeaderOffset], headers[deadletter.HeaderPart], v.config.InputTopics)
}

// waitingLetter is a dead letter that an outbox holds. It may be out by now.
func (v *verification) waitingLetter(source layout.Source, item *layout.Item) (coordinate, *letter) {
	d, place := item.DeadLetter, history.Place{Input: source.Topic, Partition: source.Partition, Offset: item.Offset, Part: item.Part}
	if d.Origin.Input != "" {
		place = d.Origin
	}
	at := coordinate{v.sources.number(cluster.Partition{Topic: place.Input, ID: place.Partition}), place.Part, place.Offset}
	if d.Reason == history.Erased {
		v.holdsNothing(at, !d.KeyNull || !d.ValueNull || len(d.Headers) > 0 || item.TraceParent != "")
	}
	return at, &letter{reason: d.Reason, checksum: checksumOf(d.Key, d.Value), waiting: true}
}

// fitsRecord holds a letter against the record that it is of.
func (v *verification) fitsRecord(l *letter, at coordinate, checksum uint32) {
	l.seen = true
	if l.reason == history.Unmatched || l.reason == history.Erased || l.rewritten { // the event written anew
		return
	}
	if !l.truncated && l.checksum != checksum {
		v.letterUnfounded(at, "", "dead letter's key and value", "the record's", "others")
	}
}

func (v *verification) letterUnfounded(at coordinate, customer, field, want, got string) {
	v.report.note(&v.report.LettersUnfounded, Difference{Customer: customer, Record: v.sources.format(at), Field: field, Want: want, Got: got})
}

func (v *verification) letterLost(at coordinate, customer string, reason history.RefusalReason) {
	v.report.note(&v.report.LettersLost, Difference{Customer: customer, Record: v.sources.format(at), Field: "dead letter", Want: reason.String(), Got: "none"})
}

// compareRefused compares the records that the naive decoder refuses with the
// dead letters, and looks for dead letters of records that are not there. A
// refused record may lie in any shard, so it must be a dead letter once every
// shard has applied it.
func (v *verification) compareRefused(context.Context) error {
	applied := lowest(v.last)
	for _, r := range v.refused {
		l := v.letters[r.coordinate]
		switch {
		case l == nil && applied.cover(r.coordinate):
			v.letterLost(r.coordinate, "", r.reason)
			v.report.Records++
			continue
		case l == nil:
			continue // not applied yet, perhaps
		case l.reason != r.reason:
			v.letterUnfounded(r.coordinate, "", "dead letter's reason", r.reason.String(), l.reason.String())
		}
		v.fitsRecord(l, r.coordinate, r.checksum)
		v.report.Records++
		v.report.DeadLetters++
	}
	before := lowest(v.first)
	for at, l := range v.letters {
		givenUpSince := l.reason == history.Unmatched && v.waiting[at]
		if !l.seen && !givenUpSince && before.cover(at) && at.offset >= v.input.Start(v.sources.names[at.source]) {
			v.letterUnfounded(at, "", "dead letter", "a record in the log", "none")
		}
	}
	return nil
}
