package upgrade

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// What the version before reads: the latest versions of the layout of customers and of
// outbox entries.
const (
	customerLayout = 9
	entryLayout    = 5
)

// wantKnownLayouts checks that nothing is stored that the version before cannot read.
func (s *system) wantKnownLayouts(t *testing.T) {
	t.Helper()
	for _, stored := range s.customers(t) {
		if stored[0] > customerLayout {
			t.Fatalf("a customer is stored in version %d, the version before reads %d", stored[0], customerLayout)
		}
	}
	for _, stored := range s.entries(t) {
		if stored[0] > entryLayout {
			t.Fatalf("an entry of the outbox is stored in version %d, the version before reads %d", stored[0], entryLayout)
		}
	}
}

// customers are all that are stored.
func (s *system) customers(t *testing.T) (all []string) {
	t.Helper()
	for _, key := range must(s.redis.Keys(t.Context(), s.config.Namespace+":{*}:customers").Result())(t) {
		all = append(all, must(s.redis.HVals(t.Context(), key).Result())(t)...)
	}
	return all
}

// entries are all that wait in outboxes.
func (s *system) entries(t *testing.T) (all []string) {
	t.Helper()
	for _, key := range must(s.redis.Keys(t.Context(), s.config.Namespace+":{*}:out").Result())(t) {
		for _, entry := range must(s.redis.XRange(t.Context(), key, "-", "+").Result())(t) {
			stored, ok := entry.Values["e"].(string)
			if !ok || stored == "" {
				t.Fatalf("entry %s of the outbox has no bytes", entry.ID)
			}
			all = append(all, stored)
		}
	}
	return all
}

// The version after this one is this one with two extensions more: of customers, the
// version of the customer that it has stored last; of items, that of the change.
const versionAfter = `package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv"
)

func init() {
	customerExtensions = append(customerExtensions, extension[clv.Customer]{
		tag:    mostTag,
		append: func(dst []byte, c *clv.Customer) []byte { return binary.AppendUvarint(dst, c.Version) },
		read:   func(r *reader, _ *clv.Customer) { r.uvarint() },
	})
	itemExtensions = append(itemExtensions, extension[Item]{
		tag:    mostTag,
		append: func(dst []byte, item *Item) []byte {
			if item.Change == nil {
				return dst
			}
			return binary.AppendUvarint(dst, item.Change.Version)
		},
		read: func(r *reader, _ *Item) { r.uvarint() },
	})
}
`

// tagAfter is the tag of what the version after stores.
const tagAfter = 63

// buildVersionAfter compiles the programs with these extensions.
func buildVersionAfter(t *testing.T) (directory string) {
	t.Helper()
	path := must(filepath.Abs("../../state/layout/after.go"))(t)
	dir := t.TempDir()
	added, overlay := filepath.Join(dir, "after.go"), filepath.Join(dir, "overlay.json")
	for file, content := range map[string][]byte{
		added:   []byte(versionAfter),
		overlay: must(json.Marshal(map[string]map[string]string{"Replace": {path: added}}))(t),
	} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return testbed.BuildPrograms(t, "-overlay", overlay)
}

// wantExtensions checks that what the version after has stored of customers is there,
// also of those whom this version has stored since.
func (s *system) wantExtensions(t *testing.T) {
	t.Helper()
	extended, kept := 0, 0
	for _, stored := range s.customers(t) {
		customer := must(layout.DecodeCustomer(stored))(t)
		if customer.Extensions == "" {
			continue // this version has met them first
		}
		extended++
		version, n := binary.Uvarint([]byte(customer.Extensions[2:]))
		if customer.Extensions[0] != tagAfter || n != len(customer.Extensions)-2 || version > customer.Version {
			t.Fatalf("the extensions %x of a customer of version %d are not the version after's", customer.Extensions, customer.Version)
		}
		if version < customer.Version {
			kept++
		}
	}
	if extended == 0 || kept == 0 {
		t.Errorf("%d customers have extensions, %d of them kept by this version: want both", extended, kept)
	}
	for _, entry := range s.entries(t) {
		_ = must(layout.DecodeEntry(entry))(t)
	}
}
