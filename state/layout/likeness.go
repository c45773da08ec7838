package layout

import "encoding/binary"

// likeness is how an id is made of another: of that one with a middle in the place of the
// dropped bytes. They are at the end, or begin behind a prefix: so the same likeness holds
// for ids with more digits.
//
//	o-000000012345 ─► e-000000012345   behind 0, dropped 1, middle e
//	c0000042-o7 ────► c0000042-o7-v1   at the end, dropped 0, middle -v1
type likeness struct {
	prefix  int // atEnd: whatever is not dropped
	dropped int
	middle  string
}

const atEnd = -1

const (
	// mostShared is how long an id may be of which others are made, and what is put into
	// others: as long as ids are by default. So damaged bytes cannot ask for much more memory
	// than they have themselves.
	mostShared = 256
	// leastShared is what two ids must have in common, or the lengths take more.
	leastShared = 3
)

// likenessOf finds the most that two ids have in common, from their beginnings first.
func likenessOf(id, other string) (l likeness, alike bool) {
	if len(other) > mostShared {
		return l, false
	}
	most := min(len(id), len(other))
	prefix, suffix := 0, 0
	for prefix < most && id[prefix] == other[prefix] {
		prefix++
	}
	for most -= prefix; suffix < most && id[len(id)-1-suffix] == other[len(other)-1-suffix]; {
		suffix++
	}
	l = likeness{prefix, len(other) - prefix - suffix, id[prefix : len(id)-suffix]}
	if suffix == 0 {
		l.prefix = atEnd
	}
	return l, prefix+suffix >= leastShared
}

// split is what an id made of another begins and ends with.
func (l *likeness) split(other string) (begin, end string, ok bool) {
	prefix := l.prefix
	if prefix == atEnd {
		prefix = len(other) - l.dropped
	}
	if prefix < 0 || prefix+l.dropped > len(other) || max(len(other), len(l.middle)) > mostShared {
		return "", "", false
	}
	return other[:prefix], other[prefix+l.dropped:], true
}

// makes says whether an id is made of another so.
func (l *likeness) makes(id, other string) bool {
	begin, end, ok := l.split(other)
	behind := len(begin) + len(l.middle)
	return ok && len(id) == behind+len(end) && id[:len(begin)] == begin && id[len(begin):behind] == l.middle && id[behind:] == end
}

// appendLikeness appends uvarint prefix plus 1, 0 at the end; dropped uvarint; middle string.
func appendLikeness(dst []byte, l *likeness) []byte {
	dst = binary.AppendUvarint(dst, uint64(l.prefix+1))
	dst = binary.AppendUvarint(dst, uint64(l.dropped))
	return appendString(dst, l.middle)
}

// alike reads how an id is made of another, and makes it.
func (r *reader) alike(other string, more int) string {
	l := likeness{prefix: r.length() - 1, dropped: r.length(), middle: r.string()}
	id := r.makeAlike(other, &l, more)
	if most, alike := likenessOf(id, other); !alike || most != l {
		r.fail(errForeign)
	}
	return id
}

// length is one of what may be shared.
func (r *reader) length() int {
	n := r.uvarint()
	if n > mostShared+1 {
		r.fail(errForeign)
		return 0
	}
	return int(n)
}

// makeAlike makes an id of another.
func (r *reader) makeAlike(other string, l *likeness, more int) string {
	begin, end, ok := l.split(other)
	if !ok {
		r.fail(errForeign)
		return ""
	}
	return r.put(begin, l.middle, end, more)
}
