package state

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// laterFields is what a later version may store behind a customer or an item.
const laterFields = "\x02\x00\x07\x05later"

// next is the number of a layout after this one.
var next = strconv.Itoa(layout.Number + 1)

// newerThings are what a later version may have written where this one reads: the key
// of shard 0, the field, and its value.
func newerThings(s *Store) map[string][3]string {
	keys := s.shards[0].keys
	return map[string][3]string{
		"customer":       {keys.customers, "c0", "\x7f of a later layout"},
		"statistics":     {keys.stat, "sums", "\x09 of a later layout"},
		"mark":           {keys.src, markField(source(0)), "3 commit and more"},
		"model in force": {keys.src, modelField, "1 x2 loud"},
		"fired":          {keys.src, firedField, "1 and more"},
		"layout":         {keys.src, layoutField, next},
	}
}

// A commit waits for what a later version has written, and goes on once it can be
// read: by a program of that version, or, here, because it is as it was again.
func TestACommitWaitsForTheUpgrade(t *testing.T) {
	for what := range newerThings(embeddedWorld(t).open()) {
		t.Run(what, func(t *testing.T) {
			w := embeddedWorld(t)
			w.shards = 1
			w.commit(w.claim(w.open(), 0), w.batch(0, round(0, 3)...))
			store := w.open()
			claim := w.claim(store, 0)
			key, field, value := newerThings(store)[what][0], newerThings(store)[what][1], newerThings(store)[what][2]
			before, had := w.client.HGetAll(soon(t), key).Val()[field]
			w.set(key, field, value)
			if err := claim.Check(soon(t)); err != nil {
				t.Errorf("what is newer ends the claim: %v", err)
			}
			done := make(chan error, 1)
			go func() {
				_, err := claim.Commit(soon(t), w.batch(3, round(1, 3)...))
				done <- err
			}()
			awaitRetry(t, claim)
			if had {
				w.set(key, field, before)
			} else {
				w.client.HDel(soon(t), key, field)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			w.wantOrders(3, 2)
		})
	}
}

func (w *world) set(key, field, value string) {
	w.t.Helper()
	if err := w.client.HSet(soon(w.t), key, field, value).Err(); err != nil {
		w.t.Fatal(err)
	}
}

// Every reader says of what is newer that it is, and none that it is damaged.
func TestReadersSayThatItIsNewer(t *testing.T) {
	w := embeddedWorld(t)
	w.shards = 1
	w.push(w.open(), "x2")
	w.activate(w.open(), "x2", 0, 0, false)
	w.commit(w.claim(w.open(), 0), w.batch(0, round(0, 3)...))
	s := w.open()
	keys := s.shards[0].keys
	scan := func() error { return s.Scan(soon(t), 0, func(Snapshot) error { return nil }) }
	fire := func() error {
		_, err := s.NewFirer(w.configured).Fire(soon(t), 0, day0*microsPerDay, 1, nil)
		return err
	}
	for _, c := range []struct {
		key, field, value string
		read              map[string]func() error
	}{
		{keys.customers, "c0", "\x7f", map[string]func() error{
			"customer": func() error { _, err := s.Customer(soon(t), "c0"); return err },
			"scan":     scan,
			"audit":    func() error { _, err := s.AuditStatistics(soon(t), 0, &w.valuation.Rules); return err },
			"rollout":  func() error { _, err := s.NewRollout([]int{0}, w.configured).Step(soon(t)); return err },
		}},
		{keys.stat, "sums", "\x09", map[string]func() error{
			"statistics": func() error { _, err := s.Statistics(soon(t)); return err },
		}},
		{keys.src, markField(source(0)), "3 commit and more", map[string]func() error{
			"applied": func() error { _, err := s.Applied(soon(t)); return err },
			"claim":   func() error { _, err := s.Claim(soon(t), source(0), Start{}, w.valuation); return err },
		}},
		{keys.src, firedField, "1 and more", map[string]func() error{"scan": scan, "fire": fire}},
		{keys.src, layoutField, next, map[string]func() error{
			"claim":    func() error { _, err := s.Claim(soon(t), source(0), Start{}, w.valuation); return err },
			"fire":     fire,
			"rollout":  func() error { _, err := s.NewRollout([]int{0}, w.configured).Step(soon(t)); return err },
			"activate": func() error { _, _, err := s.Activate(soon(t), Configured, 0, 0, false); return err },
		}},
		{keys.src, enlistedField, "1 3 all of them", map[string]func() error{
			"moving": func() error { _, err := s.Moving(soon(t), 1); return err },
		}},
		{keys.src, modelField, "1 x2 loud", map[string]func() error{
			"in force": func() error { _, err := s.InForce(soon(t)); return err },
			"fire":     fire,
		}},
		{modelsKey(w.namespace), activeField, "1 2 3 0 1 x2 loud", map[string]func() error{
			"active": func() error { _, err := s.Active(soon(t)); return err },
		}},
		{modelsKey(w.namespace), activationPrefix + "1", "1 2 3 0 1 x2 loud", map[string]func() error{
			"registry": func() error { _, err := s.Registry(soon(t)); return err },
		}},
		{metaKey(w.namespace), metaSchema, next, map[string]func() error{
			"find": func() error { _, err := Find(soon(t), w.client, w.namespace); return err },
			"open": func() error { _, err := Open(soon(t), w.client, s.options); return err },
		}},
	} {
		before, had := w.client.HGetAll(soon(t), c.key).Val()[c.field]
		w.set(c.key, c.field, c.value)
		for what, read := range c.read {
			if err := read(); !errors.Is(err, layout.ErrNewer) || errors.Is(err, layout.ErrDamaged) {
				t.Errorf("%s of %s %q: got %v, want that it is newer", what, c.field, c.value, err)
			}
		}
		if had {
			w.set(c.key, c.field, before)
		} else {
			w.client.HDel(soon(t), c.key, c.field)
		}
	}
	id, err := w.client.XAdd(soon(t), xadd(keys.out, entryField, "\x09")).Result()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Waiting(soon(t), []int{0}, []string{""}, 10); !errors.Is(err, layout.ErrNewer) || !strings.Contains(err.Error(), id) {
		t.Errorf("outbox: got %v, want that entry %s is newer", err, id)
	}
}

// What a later version has added stays where it is, byte for byte, while this one
// commits, fires and makes customers due: fields behind customers, cells and places of
// the statistics, fields of src and of the registry.
func TestWhatALaterVersionAddedIsKept(t *testing.T) {
	w := embeddedWorld(t)
	w.shards = 1
	w.valuation.Awake = watchful()
	first := w.open()
	w.commit(w.claim(first, 0), w.batch(0, round(0, 3)...))
	keys := first.shards[0].keys
	for id, stored := range w.client.HGetAll(soon(t), keys.customers).Val() {
		customer, err := layout.DecodeCustomer(stored)
		if err != nil {
			t.Fatal(err)
		}
		customer.Extensions = laterFields
		w.set(keys.customers, id, string(layout.AppendCustomer(nil, customer)))
	}
	added := map[[2]string]string{
		{keys.stat, "margin:3"}:              "\x02\x02",
		{keys.stat, "sums@region:eu"}:        "\x09 of a later layout",
		{keys.stat, "sums@stage:asleep"}:     "\x02\x08",
		{keys.src, "paused"}:                 "1",
		{keys.src, "mark2:orders/0"}:         "3",
		{modelsKey(w.namespace), "note:x2"}:  "liked",
		{metaKey(w.namespace), "generation"}: "7",
	}
	for at, value := range added {
		w.set(at[0], at[1], value)
	}
	sums := w.client.HGet(soon(t), keys.stat, "sums").Val()
	const laterPlaces = "\x00\x04"
	places, _, err := layout.DecodePlaces(sums, statistics.CellSums)
	if err != nil {
		t.Fatal(err)
	}
	w.set(keys.stat, "sums", string(layout.AppendPlaces(nil, statistics.CellSums, &places, laterPlaces)))

	s := w.open()
	w.push(s, "x2")
	w.activate(s, "x2", (day0+30)*microsPerDay, 0, false)
	claim := w.claim(s, 0)
	w.commit(claim, w.batch(3, round(10, 3)...))
	w.rollOut(s)
	w.fire(s.NewFirer(w.configured), (day0+400)*microsPerDay)
	w.commit(claim, w.batch(6, round(405, 2)...))

	for at, want := range added {
		if got := w.client.HGet(soon(t), at[0], at[1]).Val(); got != want {
			t.Errorf("%s of %s is %q, was %q", at[1], at[0], got, want)
		}
	}
	if _, later, err := layout.DecodePlaces(w.client.HGet(soon(t), keys.stat, "sums").Val(), statistics.CellSums); err != nil || later != laterPlaces {
		t.Errorf("later places of the sums are %x, %v; were %x", later, err, laterPlaces)
	}
	for id := range w.customers() {
		stored := w.client.HGet(soon(t), keys.customers, id).Val()
		if customer, err := layout.DecodeCustomer(stored); err != nil || customer.Extensions != laterFields || customer.Value.ModelVersion != "x2" {
			t.Errorf("%s is stored as %s, %v", id, hex.EncodeToString([]byte(stored)), err)
		}
	}
	audit, err := s.AuditStatistics(soon(t), 0, &w.valuation.Rules)
	if err != nil {
		t.Fatal(err)
	}
	if off := audit.Kept.Different(audit.Scanned); len(off) > 0 {
		t.Errorf("a scan has more by %+v", off)
	}
	if all, err := s.Statistics(soon(t)); err != nil || len(all.Different(audit.Scanned)) > 0 {
		t.Errorf("the statistics are not those of a scan: %v", err)
	}
}

// customers are those of the only shard, as stored.
func (w *world) customers() map[string]string {
	return maps.Clone(w.client.HGetAll(soon(w.t), shardKeys(w.namespace, 0).customers).Val())
}

// An entry that a later version has extended is read, with what it added.
func TestAnExtendedEntryWaits(t *testing.T) {
	w := embeddedWorld(t)
	w.shards = 1
	s := w.open()
	w.commit(w.claim(s, 0), w.batch(0, round(0, 2)...))
	entry := w.entries(s)[0]
	entry.Items[1].Extensions = laterFields
	if _, err := w.client.XAdd(soon(t), xadd(s.shards[0].keys.out, entryField, layout.AppendEntry(nil, entry.Source, entry.Items))).Result(); err != nil {
		t.Fatal(err)
	}
	read := w.entries(s)
	if len(read) != 2 || read[1].Items[0].Extensions != "" || read[1].Items[1].Extensions != laterFields || itemText(read[1].Items[1]) != itemText(entry.Items[1]) {
		t.Errorf("read %s, want %s", fmt.Sprint(read), fmt.Sprint(entry))
	}
}

// A program of a later version opens the namespace while this one is running. What this
// one has under way is not written, nor what comes, of customers old and new; a claim of
// its does not fence the other's. All goes on once that layout is gone again.
func TestARunningProgramStopsWhenANewerLayoutIsInForce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		const customers, rounds, later = 12, 6, layout.Number + 1
		s := w.open()
		claim := w.claim(s, 0)
		w.commit(claim, w.batch(0, round(0, customers)...))
		c := &chain{claim: claim, batch: w.batch(customers, orderOf("c0", 1)), commit: "under way"}
		shard := s.shards[Shard("c0", w.shards)]
		claim.grouped[shard.index] = []int{0}
		o, err := c.take(soon(t), shard)
		if err != nil {
			t.Fatal(err)
		}
		under, err := c.prepare(soon(t), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.open().bringIntoForce(soon(t), later); err != nil {
			t.Fatal(err)
		}
		if err := c.write(soon(t), o, under, nil); Judge(err) != Beaten {
			t.Errorf("what was under way: got %v, want that it is beaten", err)
		}
		shard.mu.Unlock()
		shard.forget()
		c.release()

		before := w.stored()
		done := w.commitAll(claim, customers, rounds)
		awaitRetry(t, claim)
		if _, err := s.Claim(soon(t), claim.source, Start{}, w.valuation); !errors.Is(err, layout.ErrNewer) {
			t.Errorf("claim: got %v, want that the layout is newer", err)
		}
		if _, err := Open(soon(t), w.client, s.options); !errors.Is(err, layout.ErrNewer) {
			t.Errorf("open: got %v, want that the layout is newer", err)
		}
		if after := w.stored(); !maps.Equal(before, after) {
			t.Error("something was written although a newer layout is in force")
		}
		for _, sh := range s.shards {
			w.client.HDel(soon(t), sh.keys.src, layoutField)
		}
		w.set(metaKey(w.namespace), metaSchema, "1")
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		w.wantOrders(customers, rounds)
	})
}

// stored is what the shards hold of customers, positions and statistics.
func (w *world) stored() map[string]string {
	all := map[string]string{}
	for shard := range w.shards {
		keys := shardKeys(w.namespace, shard)
		for _, key := range []string{keys.customers, keys.src, keys.stat, keys.models} {
			all[key] = fmt.Sprint(w.client.HGetAll(soon(w.t), key).Val())
		}
	}
	return all
}
