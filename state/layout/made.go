package layout

import "strings"

const (
	// mostMade bounds what is set aside at once by the bytes that are left to read: an order
	// takes ten, and its ids may be two of twenty.
	mostMade = 4
	// idsChunk is how many bytes of ids that are put together are allocated at once in a
	// memory.
	idsChunk = 16 << 10
)

// shortID is the size of what ids are put together in: longer ones are allocated once more.
const shortID = 64

// keep makes a string of an id that was put together; so many more of the same length may
// follow. What was made before keeps its own memory.
func (r *reader) keep(id []byte, more int) string {
	if r.made == nil {
		r.made = new(strings.Builder)
	}
	if r.made.Cap()-r.made.Len() < len(id) {
		room := len(id) + min(len(id)*more, mostMade*len(r.rest))
		if r.memory != nil {
			room = max(room, idsChunk)
		}
		r.made.Reset()
		r.made.Grow(room)
	}
	from := r.made.Len()
	r.made.Write(id)
	return r.made.String()[from:]
}

// put puts three parts of an id together.
func (r *reader) put(begin, middle, end string, more int) string {
	var room [shortID]byte
	return r.keep(append(append(append(room[:0], begin...), middle...), end...), more)
}
