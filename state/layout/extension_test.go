package layout

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// block is extensions as stored.
func block(fields ...any) string {
	var b []byte
	for i := 0; i < len(fields); i += 2 {
		b = appendString(binary.AppendUvarint(b, uint64(fields[i].(int))), fields[i+1].(string))
	}
	return string(b)
}

// unknownTag is the first that no extension of this version has.
const unknownTag = 7

// drawnBlock is what a later version may store: some of its tags, of any bytes.
func drawnBlock(rnd *rand.Rand) string {
	var fields []any
	for tag := unknownTag; tag <= mostTag; tag++ {
		if rnd.IntN(8) == 0 || tag == mostTag && fields == nil {
			value := make([]byte, []int{rnd.IntN(4), rnd.IntN(mostValueBytes + 1)}[rnd.IntN(2)])
			for i := range value {
				value[i] = byte(rnd.Uint32())
			}
			fields = append(fields, tag, string(value))
		}
	}
	return block(fields...)
}

// watchful has due times, stages and tiers that a life goes through.
func watchful(t testing.TB) *clv.Valuation {
	v := newValuation(t)
	v.Awake = standing.Awake{
		Stages: standing.Stages{Cooling: standing.StageEntry{SilenceDays: 5}, Dormant: standing.StageEntry{SilenceDays: 15}, Lost: standing.StageEntry{SilenceDays: 60}, WonBackDays: 10},
		Tiers:  standing.Tiers{Tiers: []standing.Tier{{Name: "one", FromMinor: 500}, {Name: "two", FromMinor: 1500}}, HoldDays: 3},
		Drift:  0.3,
	}
	return v
}

// A customer of whom a later version has stored something goes through a life of
// events and due times here, read and written at every step, and what that version
// stored stays, byte for byte; so does what this version makes of the customer.
func TestLaterExtensionsSurviveALife(t *testing.T) {
	seed := rand.Uint64()
	fired := 0
	for round := range 200 {
		rnd := rand.New(rand.NewPCG(seed, uint64(round)))
		v := watchful(t)
		later := drawnBlock(rnd)
		plain, extended := &clv.Customer{}, &clv.Customer{Extensions: later}
		rewrite := func(c *clv.Customer) (*clv.Customer, []byte) {
			stored := AppendCustomer(nil, c)
			read, err := DecodeCustomer(string(stored))
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			return read, stored
		}
		step := func(what string, change func(*clv.Customer)) {
			change(plain)
			change(extended)
			var without, with []byte
			plain, without = rewrite(plain)
			extended, with = rewrite(extended.Clone())
			without[0] = extendedCustomerSchema // also of a customer without an order
			if want := append(without, later...); !bytes.Equal(with, want) {
				t.Fatalf("seed %d, after %s: stored as\n%x, want\n%x", seed, what, with, want)
			}
		}
		for _, e := range eventtest.Deliver(rnd, eventtest.Life{
			CustomerID: "c", Events: 1 + rnd.IntN(60), Orders: 20, StartMicros: day0 * microsPerDay, SpanDays: 500, LatenessDays: int(v.Rules.LatenessDays),
		}.Draw(rnd), &v.Rules) {
			step("an event, and what was due before it", func(c *clv.Customer) { apply(c, e, v) })
			if due := plain.DueMicros; due != 0 && rnd.IntN(2) == 0 {
				step("a due time", func(c *clv.Customer) {
					c.Advance("c", clv.Occasion{UntilMicros: due, Due: true}, v, func(clv.Change) {})
				})
				fired++
			}
		}
	}
	if fired == 0 {
		t.Error("nothing was due: the test does not cover it")
	}
}

// Of a customer or a change without a field that is an extension, the bytes are those
// of the versions that had none.
func TestWritesNoExtensionWithoutNeed(t *testing.T) {
	v := watchful(t)
	for _, channel := range []string{"", "web"} {
		var c clv.Customer
		announced, _ := apply(&c, &history.Event{Kind: history.CustomerAcquired, ID: "e1", CustomerID: "c", AtMicros: day0 * microsPerDay, AmountMinor: 700, Channel: "search"}, v)
		if stored := AppendCustomer(nil, &c); stored[0] != customerSchema {
			t.Errorf("a customer without an order is stored in version %d", stored[0])
		}
		if stored := AppendEntry(nil, source(0), []Item{{Change: &announced[0]}}); stored[0] != entrySchema {
			t.Errorf("a change before any order is stored in version %d", stored[0])
		}
		announced, _ = apply(&c, &history.Event{Kind: history.OrderPlaced, ID: "e2", OrderID: "o", CustomerID: "c", AtMicros: day0 * microsPerDay, AmountMinor: 900, Channel: channel}, v)
		if stored := AppendCustomer(nil, &c); stored[0] != customerSchema {
			t.Errorf("a customer with an order is stored in version %d", stored[0])
		}
		want := map[string]byte{"": entrySchema, "web": extendedEntrySchema}[channel]
		if stored := AppendEntry(nil, source(0), []Item{{Change: &announced[0]}}); stored[0] != want {
			t.Errorf("a change after an order by channel %q is stored in version %d", channel, stored[0])
		}
	}
}

// A dead letter has no first channel, and no contract is without a period.
func TestForeignKnownExtensionsAreRefused(t *testing.T) {
	items := []Item{{DeadLetter: &DeadLetter{}, Extensions: block(1, "web")}}
	wantError(t, "a dead letter", errorOf(DecodeEntry(string(AppendEntry(nil, source(0), items)))), ErrDamaged)
	stored := AppendCustomer(nil, &clv.Customer{})
	stored[0] = extendedCustomerSchema
	for _, bad := range []string{block(4, ""), block(4, "\x80"), block(4, "\x80\x00\x00\x00\x00\x00\x00"), block(4, "\x01\x00\x00\x00\x00\x00\x00")} {
		wantError(t, fmt.Sprintf("a customer with %x", bad), errorOf(DecodeCustomer(string(stored)+bad)), ErrDamaged)
	}
}

func TestEntryKeepsExtensions(t *testing.T) {
	rnd := rand.New(rand.NewPCG(13, 14))
	for range 50 {
		items := drawnItems(t, rnd)
		for i := range items {
			if items[i].Change != nil {
				items[i].Change.FirstChannel = "" // an extension, too
			}
		}
		plain := AppendEntry(nil, source(7), items)
		for range 1 + rnd.IntN(5) {
			items[rnd.IntN(len(items))].Extensions = drawnBlock(rnd)
		}
		stored := AppendEntry([]byte("before"), source(7), items)[len("before"):]
		if stored[0] != extendedEntrySchema || !bytes.Equal(stored[1:len(plain)], plain[1:]) {
			t.Fatalf("stored as %x, want %x with extensions after it", stored, plain)
		}
		got, err := DecodeEntry(string(stored))
		if err != nil {
			t.Fatal(err)
		}
		for i := range items {
			if got.Items[i].Extensions != items[i].Extensions || itemText(got.Items[i]) != itemText(items[i]) {
				t.Errorf("item %d is read as %+v %x", i, itemText(got.Items[i]), got.Items[i].Extensions)
			}
		}
		if again := AppendEntry(nil, got.Source, got.Items); !bytes.Equal(again, stored) {
			t.Errorf("stored again as\n%x, was\n%x", again, stored)
		}
		for _, cut := range []int{len(plain), len(plain) + 1, len(stored) - 1} {
			_, err := DecodeEntry(string(stored[:cut]))
			wantError(t, fmt.Sprintf("%d of %d bytes", cut, len(stored)), err, ErrDamaged)
		}
	}
}

// thing has fields that came with three versions.
type thing struct{ first, second, third string }

func thingExtensions(version int) []extension[thing] {
	of := func(tag uint64, field func(*thing) *string) extension[thing] {
		return extension[thing]{
			tag:    tag,
			append: func(dst []byte, of *thing) []byte { return append(dst, *field(of)...) },
			read:   func(r *reader, into *thing) { *field(into), r.rest = r.rest, "" },
		}
	}
	return []extension[thing]{
		of(2, func(t *thing) *string { return &t.first }),
		of(3, func(t *thing) *string { return &t.second }),
		of(40, func(t *thing) *string { return &t.third }),
	}[:version]
}

// Versions that know more and fewer of the extensions pass a thing around. Whoever
// knows a field reads it, and whatever is stored is the same bytes.
func TestVersionsPassExtensionsAround(t *testing.T) {
	rnd := rand.New(rand.NewPCG(15, 16))
	for range 500 {
		want := thing{first: strings.Repeat("a", rnd.IntN(3)), second: strings.Repeat("b", 200*rnd.IntN(3)), third: strings.Repeat("c", rnd.IntN(3))}
		stored := appendExtensions(nil, thingExtensions(3), &want, "")
		if len(stored) == 0 {
			continue
		}
		for range 5 {
			version := rnd.IntN(4)
			var got thing
			r := &reader{rest: string(stored)}
			kept := readExtensions(r, thingExtensions(version), &got)
			if err := r.end("thing"); err != nil {
				t.Fatal(err)
			}
			known := want
			for i, field := range []*string{&known.first, &known.second, &known.third} {
				if i >= version {
					*field = ""
				}
			}
			if got != known {
				t.Fatalf("version %d reads %+v, want %+v", version, got, known)
			}
			if again := appendExtensions(nil, thingExtensions(version), &got, kept); !bytes.Equal(again, stored) {
				t.Fatalf("version %d stores %x as %x", version, stored, again)
			}
		}
	}
}

func TestDamagedExtensionsAreRefused(t *testing.T) {
	customer := func(block string) error {
		stored := AppendCustomer(nil, &clv.Customer{})
		stored[0] = extendedCustomerSchema
		return errorOf(DecodeCustomer(string(stored) + block))
	}
	item := func(block string) error {
		items := []Item{{DeadLetter: &DeadLetter{}}, {DeadLetter: &DeadLetter{}, Extensions: block}}
		if block == "" {
			items[1].Extensions = "\x00"
		}
		stored := AppendEntry(nil, source(0), items)
		if block == "" { // of length 0
			stored = append(stored[:len(stored)-2], 0)
		}
		return errorOf(DecodeEntry(string(stored)))
	}
	good := block(unknownTag, "", unknownTag+1, "later", mostTag, strings.Repeat("v", mostValueBytes))
	if err := errors.Join(customer(good), item(good)); err != nil {
		t.Errorf("%x is refused: %v", good, err)
	}
	for what, bad := range map[string]string{
		"none":                       "",
		"tag 0":                      block(0, "v"),
		"a tag beyond the last":      block(mostTag+1, "v"),
		"a tag twice":                block(5, "v", 5, "v"),
		"tags that descend":          block(5, "v", 4, "v"),
		"a value that is too long":   block(5, strings.Repeat("v", mostValueBytes+1)),
		"a value that ends too soon": block(5, "value")[:4],
		"a tag without a value":      "\x05",
		"a tag in two bytes":         "\x85\x00\x01v",
	} {
		wantError(t, "customer with "+what, customer(bad), ErrDamaged)
		wantError(t, "item with "+what, item(bad), ErrDamaged)
	}
	// A known field is read to its end, and is not there empty.
	for _, bad := range []string{block(2, "")} {
		r := &reader{rest: bad}
		readExtensions(r, thingExtensions(1), &thing{})
		wantError(t, fmt.Sprintf("%x", bad), r.end("thing"), ErrDamaged)
	}
	r, half := &reader{rest: block(2, "two")}, thingExtensions(1)
	half[0].read = func(r *reader, _ *thing) { r.byte() }
	readExtensions(r, half, &thing{})
	wantError(t, "a field that is read half", r.end("thing"), ErrDamaged)
}

func TestItemsOfExtensionsAreNamedInOrder(t *testing.T) {
	items := []Item{{DeadLetter: &DeadLetter{}}, {DeadLetter: &DeadLetter{}}}
	stored := AppendEntry(nil, source(0), items)
	stored[0] = extendedEntrySchema
	one := block(unknownTag, "v")
	named := func(numbers ...byte) string {
		var b []byte
		for _, n := range numbers {
			b = appendString(append(b, n), one)
		}
		return string(stored) + string(b)
	}
	if e, err := DecodeEntry(named(1, 2)); err != nil || e.Items[0].Extensions != one || e.Items[1].Extensions != one {
		t.Errorf("%+v, %v", e, err)
	}
	for _, numbers := range [][]byte{{}, {0}, {3}, {1, 1}, {2, 1}} {
		wantError(t, fmt.Sprintf("items %v", numbers), errorOf(DecodeEntry(named(numbers...))), ErrDamaged)
	}
}

// The tables of extensions stay readable: tags ascend, and none is beyond the last.
func TestExtensionTagsAscend(t *testing.T) {
	for what, tags := range map[string][]uint64{"customer": tagsOf(customerExtensions), "item": tagsOf(itemExtensions)} {
		if !slices.IsSorted(tags) || len(slices.Compact(tags)) != len(tags) || len(tags) > 0 && (tags[0] == 0 || slices.Max(tags) > mostTag) {
			t.Errorf("%s: tags %v", what, tags)
		}
	}
}

func tagsOf[T any](known []extension[T]) (tags []uint64) {
	for i := range known {
		tags = append(tags, known[i].tag)
	}
	return tags
}
