package layout

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
)

// wantError holds bytes that no reader takes against one of the three errors, and
// against each of the others.
func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	for _, sentinel := range []error{ErrDamaged, ErrNewer, ErrOlder} {
		if errors.Is(err, sentinel) != errors.Is(want, sentinel) {
			t.Errorf("%s: got %v, want %v alone", what, err, want)
		}
	}
	if errors.Is(want, ErrNewer) && !strings.Contains(fmt.Sprint(err), "finish the upgrade of this process") {
		t.Errorf("%s: %v does not say what to do", what, err)
	}
}

func errorOf(_ any, err error) error { return err }

// A version that is not read is told from damage, and which way.
func TestAnotherLayoutVersion(t *testing.T) {
	customer, entry := AppendCustomer(nil, &clv.Customer{}), AppendEntry(nil, source(0), nil)
	for _, c := range []struct {
		version byte
		want    error
	}{{0, ErrDamaged}, {formerCustomerSchema - 1, ErrOlder}, {extendedCustomerSchema + 1, ErrNewer}, {255, ErrNewer}} {
		customer[0] = c.version
		wantError(t, fmt.Sprint("customer ", c.version), errorOf(DecodeCustomer(string(customer))), c.want)
	}
	for _, c := range []struct {
		version byte
		want    error
	}{{0, ErrDamaged}, {formerEntrySchema - 1, ErrOlder}, {9, ErrNewer}, {255, ErrNewer}} {
		entry[0] = c.version
		wantError(t, fmt.Sprint("entry ", c.version), errorOf(DecodeEntry(string(entry))), c.want)
	}
}

// A value that a later version has given a meaning is told from damage, wherever an
// enum or a reserved flag is stored. This writes one as that version would.
func TestAnUnknownValueIsNewer(t *testing.T) {
	for what, spoil := range map[string]func(*clv.Customer){
		"status":         func(c *clv.Customer) { c.Value.Status = history.Status(statuses) },
		"stage":          func(c *clv.Customer) { c.Standing.Stage = standing.Stage(stages) },
		"settled stage":  func(c *clv.Customer) { c.Settled.Stage = standing.Stage(stages) },
		"announced":      func(c *clv.Customer) { c.Announced.Standing.Stage = standing.Stage(stages) },
		"held reason":    func(c *clv.Customer) { c.Announced.Pending = announce.Reason(reasons) },
		"stage of entry": func(c *clv.Customer) { c.Entries = []standing.Entry{{Stage: standing.Stage(stages)}} },
		"churn":          func(c *clv.Customer) { c.History.Churn.Kind = history.Kind(kinds) },
	} {
		c := clv.Customer{}
		spoil(&c)
		wantError(t, what, errorOf(DecodeCustomer(string(AppendCustomer(nil, &c)))), ErrNewer)
	}
	for what, spoil := range map[string]func(*clv.Change){
		"reason":            func(c *clv.Change) { c.Reason = announce.Reason(reasons) },
		"kind of cause":     func(c *clv.Change) { c.Cause.Kind = history.Kind(kinds) },
		"status":            func(c *clv.Change) { c.Current.Status = history.Status(statuses) },
		"stage before":      func(c *clv.Change) { c.Was.Stage = standing.Stage(stages) },
		"stage":             func(c *clv.Change) { c.Standing.Stage = standing.Stage(stages) },
		"kind of breakeven": func(c *clv.Change) { c.BreakEven.Kind = estimate.BreakEvenKind(breakEvens) },
	} {
		c := clv.Change{}
		spoil(&c)
		wantError(t, what, errorOf(DecodeEntry(string(AppendEntry(nil, source(0), []Item{{Change: &c}})))), ErrNewer)
	}
	letter := DeadLetter{Reason: history.RefusalReason(refusals)}
	wantError(t, "refusal", errorOf(DecodeEntry(string(AppendEntry(nil, source(0), []Item{{DeadLetter: &letter}})))), ErrNewer)
	item := AppendEntry(nil, source(0), []Item{{Change: &clv.Change{}}})
	item[len(AppendEntry(nil, source(0), nil))] = itemRerouted + 1
	wantError(t, "kind of item", errorOf(DecodeEntry(string(item))), ErrNewer)
}

// Only what is whole is newer: behind an unknown value the rest is read as well.
func TestDamageIsNotNewer(t *testing.T) {
	c := clv.Customer{Value: estimate.Valued{Status: history.Status(statuses)}}
	stored := string(AppendCustomer(nil, &c))
	for what, bytes := range map[string]string{
		"cut":        stored[:len(stored)-1],
		"longer":     stored + "\x00",
		"other text": "\x08\x00\x00\x00\x00\x00\x00\x00other text",
	} {
		wantError(t, what, errorOf(DecodeCustomer(bytes)), ErrDamaged)
	}
}

// The same of flags that no version has given a meaning yet, found where they are by
// setting every bit of one byte after the other.
func TestAReservedFlagIsNewer(t *testing.T) {
	order := history.Order{ID: "o", Refunds: []history.Refund{{ID: "r"}}}
	customer := AppendCustomer(nil, &clv.Customer{History: history.History{Orders: []history.Order{order}}})
	entry := AppendEntry(nil, source(0), []Item{{Change: &clv.Change{}}, {DeadLetter: &DeadLetter{}}})
	for _, c := range []struct {
		what   string
		stored []byte
		read   func(string) error
		want   int // of the customer, its instants, its value, a refund; two standings, an estimate, what is null
	}{
		{"customer", customer, func(s string) error { return errorOf(DecodeCustomer(s)) }, 4},
		{"entry", entry, func(s string) error { return errorOf(DecodeEntry(s)) }, 4},
	} {
		flags := 0
		for at := range c.stored {
			spoiled := bytes.Clone(c.stored)
			spoiled[at] = 0x80
			if err := c.read(string(spoiled)); err != nil && strings.Contains(err.Error(), "flags 128") {
				wantError(t, c.what, err, ErrNewer)
				flags++
			}
		}
		if flags != c.want {
			t.Errorf("%s: %d bytes of flags, want %d", c.what, flags, c.want)
		}
	}
}

// What this program knows. A value that is added is read by this version, and may
// be written by the next: see the package document.
func TestKnownValues(t *testing.T) {
	for what, known := range map[string][2]byte{
		"statuses": {statuses, 3}, "stages": {stages, 6}, "kinds": {kinds, 11}, "reasons": {reasons, 13}, "refusals": {refusals, 16}, "breakEvens": {breakEvens, 3},
	} {
		if known[0] != known[1] {
			t.Errorf("%s: %d are known, this test knows %d: does the version before read what is new?", what, known[0], known[1])
		}
	}
}
