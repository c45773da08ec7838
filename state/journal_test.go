package state

import (
	"maps"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

// entryOf is the journal entry of a commit that changes customers.
func entryOf(t *testing.T, before, after string, ids ...string) any {
	t.Helper()
	w := &writes{}
	for _, id := range ids {
		w.changed = append(w.changed, &involvedCustomer{id: id})
	}
	set := appendJournal(nil, before, after, w)
	if len(set) != 2 {
		t.Fatalf("%d customers: %v is set", len(ids), set)
	}
	bytes, _ := set[1].([]byte)
	return string(bytes)
}

// A chain of entries from one tip to another names all that was changed between them, and
// anything else proves nothing.
func TestTheJournalIsAChainOfTips(t *testing.T) {
	first, second := entryOf(t, "7 a-1", "8 b-1", "c1", "c2"), entryOf(t, "8 b-1", "9 a-2", "c3")
	for name, c := range map[string]struct {
		before, after string
		entries       []any
		want          []string // nil: it is not known
	}{
		"one":                        {"7 a-1", "8 b-1", []any{first}, []string{"c1", "c2"}},
		"two":                        {"7 a-1", "9 a-2", []any{first, second}, []string{"c1", "c2", "c3"}},
		"one is missing":             {"7 a-1", "9 a-2", []any{nil, second}, nil},
		"the last is missing":        {"7 a-1", "9 a-2", []any{first, nil}, nil},
		"an older one in its place":  {"8 b-1", "9 a-2", []any{first}, nil},
		"restored, another commit 8": {"7 a-1", "8 c-9", []any{first}, nil},
		"restored, another commit 7": {"7 x-1", "8 b-1", []any{first}, nil},
		"cut":                        {"7 a-1", "8 b-1", []any{"7 a-1\n8 b-1\n1234567"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			changed, ok := changedBetween(c.before, c.after, c.entries)
			want := map[uint64]bool{}
			for _, id := range c.want {
				want[history.HashID(id)] = true
			}
			if ok != (c.want != nil) || ok && !maps.Equal(changed, want) {
				t.Errorf("got %v, %t; want %v", changed, ok, c.want)
			}
		})
	}
}

// More commits than there are entries, or a tip that went back, are not asked for.
func TestWhatTheJournalIsAskedFor(t *testing.T) {
	for _, c := range []struct {
		before, after string
		want          int
	}{{"7 a", "8 b", 1}, {"7 a", "15 b", 8}, {"7 a", "16 b", 0}, {"8 a", "7 b", 0}, {"7 a", "7 b", 0}, {"", "3 b", 0}} {
		if got := journalBetween(c.before, c.after); len(got) != c.want {
			t.Errorf("from %q to %q: %v, want %d", c.before, c.after, got, c.want)
		}
	}
}
