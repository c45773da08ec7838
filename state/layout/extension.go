package layout

import (
	"encoding/binary"
	"slices"

	"github.com/clvstream/clvstream/clv"
)

// extension is a field that a customer or an item may have since some version: how
// stored bytes grow. It is stored behind a tag and its length, so a version before
// passes over it, keeps it as it is, and writes it back.
type extension[T any] struct {
	tag uint64 // 1 to mostTag; never given to another field
	// append appends the value, of mostValueBytes at most, and nothing where there is
	// none. A reader gets what was appended, and must leave nothing of it.
	append func(dst []byte, of *T) []byte
	read   func(r *reader, into *T)
}

// The extensions that this version knows, ascending by tag. Of customers, 1 was the first
// order.
var (
	customerExtensions = []extension[clv.Customer]{
		{tag: 4, append: appendContract, read: readContract},
		{tag: 5, append: appendPartDay, read: readPartDay},
		{tag: 6, append: appendErasure, read: readErasure},
	}
	itemExtensions = []extension[Item]{
		{tag: 1, append: appendFirstChannel, read: readFirstChannel},
		{tag: 4, append: appendOrigin, read: readOrigin},
	}
)

// appendFirstChannel appends the name, if the change has one.
func appendFirstChannel(dst []byte, item *Item) []byte {
	if item.Change != nil {
		dst = append(dst, item.Change.FirstChannel...)
	}
	return dst
}

func readFirstChannel(r *reader, item *Item) {
	if item.Change == nil {
		r.fail(errForeign)
		return
	}
	item.Change.FirstChannel = r.remainder()
}

// Limits of all versions' extensions, so that broken bytes are told from long ones.
const (
	mostTag        = 63
	mostValueBytes = 1024
)

// appendExtensions appends what the known extensions have to store and what was kept
// of unknown ones, ascending by tag: tag uvarint, value string each.
func appendExtensions[T any](dst []byte, known []extension[T], of *T, kept string) []byte {
	r := &reader{rest: kept}
	for i := range known {
		dst = append(dst, r.takeBelow(known[i].tag)...)
		at := len(dst)
		if dst = known[i].append(dst, of); len(dst) > at {
			dst = slices.Insert(dst, at, binary.AppendUvarint(binary.AppendUvarint(nil, known[i].tag), uint64(len(dst)-at))...)
		}
	}
	return append(dst, r.rest...)
}

// takeBelow takes the extensions with a lower tag.
func (r *reader) takeBelow(tag uint64) string {
	all, next := r.rest, *r
	for len(next.rest) > 0 && next.uvarint() < tag {
		_ = next.string()
		*r = next
	}
	return all[:len(all)-len(r.rest)]
}

// readExtensions reads extensions up to the end, at least one. It keeps those that
// are not known here.
func readExtensions[T any](r *reader, known []extension[T], into *T) (kept string) {
	if len(r.rest) == 0 {
		r.fail(errForeign)
	}
	for last := uint64(0); len(r.rest) > 0; {
		from := r.rest
		tag, value := r.uvarint(), r.string()
		if tag <= last || tag > mostTag || len(value) > mostValueBytes {
			r.fail(errForeign)
		}
		if r.err != nil {
			return ""
		}
		last = tag
		at := slices.IndexFunc(known, func(e extension[T]) bool { return e.tag == tag })
		if at < 0 {
			kept += from[:len(from)-len(r.rest)]
			continue
		}
		r.within(value, func() {
			if known[at].read(r, into); len(value) == 0 || len(r.rest) > 0 {
				r.fail(errForeign)
			}
		})
	}
	return kept
}

// within reads a part by the reader of the whole: one of its own would be allocated.
func (r *reader) within(part string, read func()) {
	rest := r.rest
	r.rest = part
	if read(); r.err == nil {
		r.rest = rest
	}
}
