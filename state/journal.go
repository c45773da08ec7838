package state

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/clvstream/clvstream/clv/history"
)

// The journal of a shard says which customers its last commits have changed, so that a
// process in which the others are cached reads these again, and no more:
//
//	journal:k   "before LF after LF", then 8 bytes a customer, of the commit that took the
//	            tip from before to after; k is its number modulo journalCommits
//
// An entry names its tips, so a chain of them from one tip to another proves that nothing
// else came between, whoever wrote the entries beside them, and whatever Redis was restored
// to.
const (
	journalCommits = 8
	// journalCustomers is how many changed customers a commit names at most. Of one with
	// more there is no entry, and every cache of the shard is read again.
	journalCustomers = 4096
	journalPrefix    = "journal:"
)

var journalFieldNames = func() (names [journalCommits]string) {
	for k := range names {
		names[k] = journalPrefix + strconv.Itoa(k)
	}
	return names
}()

func journalField(sequence uint64) string { return journalFieldNames[sequence%journalCommits] }

// appendJournal appends the entry of a commit to the fields of src that it sets, if it has
// one.
func appendJournal(set []any, before, after string, w *writes) []any {
	if len(w.changed) == 0 || len(w.changed) > journalCustomers {
		return set
	}
	entry := make([]byte, 0, len(before)+len(after)+2+8*len(w.changed))
	entry = append(append(append(append(entry, before...), '\n'), after...), '\n')
	for i := range w.changed {
		entry = binary.LittleEndian.AppendUint64(entry, history.HashID(w.changed[i].id))
	}
	return append(set, journalField(sequenceOf(after)), entry)
}

// journalBetween are the entries, in their order, that say what was changed between two
// tips; nil where there cannot be one of each commit.
func journalBetween(before, after string) (fields []string) {
	from, to := sequenceOf(before), sequenceOf(after)
	if from == 0 || to <= from || to-from > journalCommits {
		return nil
	}
	for n := from + 1; n <= to; n++ {
		fields = append(fields, journalField(n))
	}
	return fields
}

// changedBetween are the customers whom commits between two tips have changed, by their
// hashes. Not ok: the entries are not those of all of them.
func changedBetween(before, after string, entries []any) (changed map[uint64]bool, ok bool) {
	changed = map[uint64]bool{}
	for _, answer := range entries {
		entry, _ := answer.(string)
		from, rest, _ := strings.Cut(entry, "\n")
		to, hashes, named := strings.Cut(rest, "\n")
		if !named || from != before || len(hashes)%8 != 0 {
			return nil, false
		}
		for ; hashes != ""; hashes = hashes[8:] {
			changed[binary.LittleEndian.Uint64([]byte(hashes[:8]))] = true
		}
		before = to
	}
	return changed, before == after
}

func sequenceOf(tip string) uint64 {
	sequence, _, _ := strings.Cut(tip, " ")
	n, _ := strconv.ParseUint(sequence, 10, 64)
	return n
}
