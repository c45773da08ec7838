package state

import "github.com/clvstream/clvstream/clv"

// changeSlab holds the changes of one transaction, and then those of the next in the same
// memory: a change is half a kilobyte, and there is one for nearly every event.
type changeSlab struct {
	chunks [][]clv.Change
	used   int
}

const changesPerChunk = 64

// reset ends the use of all changes that were added.
func (s *changeSlab) reset() { s.used = 0 }

// add keeps a change until the next reset.
func (s *changeSlab) add(change *clv.Change) *clv.Change {
	chunk, at := s.used/changesPerChunk, s.used%changesPerChunk
	if chunk == len(s.chunks) {
		s.chunks = append(s.chunks, make([]clv.Change, changesPerChunk))
	}
	s.used++
	kept := &s.chunks[chunk][at]
	*kept = *change
	return kept
}
