package layout

import (
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// samples are one of everything whose bytes are stored, without what a later version may
// add by an extension.
func samples() (names []string, stored map[string][]byte) {
	stored = map[string][]byte{}
	add := func(name string, bytes []byte) { names, stored[name] = append(names, name), bytes }
	customer := sampleCustomer()
	add("customer", AppendCustomer(nil, &customer))
	add("customer, new", AppendCustomer(nil, &clv.Customer{}))
	customer.Extensions = "\x3f\x02ab"
	add("customer, extended", AppendCustomer(nil, &customer))
	first := clv.Customer{History: history.History{First: history.FirstOrder{Known: true, AtMicros: 7, Channel: "web"}}}
	add("customer, first order", AppendCustomer(nil, &first))
	add("customer, sums of a contract and of a day in part", AppendCustomer(nil, &clv.Customer{History: history.History{Sealed: history.Sealed{
		Days: 3, Part: history.PartDay{Day: 30, Before: 29, UntilMicros: 28},
		Contract: history.Contract{Period: history.Period{Months: 1}, Days: 3, Renewals: 2, Before: 27, Last: 26, Guessed: true},
	}}}))
	add("customer, waiting", AppendCustomer(nil, &clv.Customer{History: history.History{Waiting: []history.Waiting{
		{Day: 31, Event: history.Event{Kind: history.OrderCancelled, ID: "e1", AtMicros: 32, OrderID: "o1", Place: history.Place{Input: "orders", Partition: 1, Offset: 33}}},
		{Day: 34, Event: history.Event{
			Kind: history.OrderRefunded, ID: "e2", AtMicros: 35, OrderID: "o2", RefundID: "r2", AmountMinor: 36, UpdatedMicros: 37, Version: 38, Versioned: true,
			Own: history.Own{Currency: eventtest.Currency("JPY"), Minor: 39},
		}},
	}}}))

	change := sampleChange()
	known := estimate.Estimate{AliveKnown: true}
	letter := DeadLetter{
		Reason: history.TooLate, Detail: "why", TimestampMillis: 5, Key: []byte("k"), Value: []byte("v"), Headers: []Header{{Key: "h", Value: []byte("x")}},
	}
	null := DeadLetter{Reason: history.NullValue, KeyNull: true, ValueNull: true}
	add("entry", AppendEntry(nil, source(7), []Item{
		{Offset: 300, TraceParent: "00-ab", Change: &change}, {Offset: 301, Ahead: true, Change: &clv.Change{Current: known}},
		{Offset: 302, DeadLetter: &letter}, {Offset: 303, DeadLetter: &null},
	}))
	unmatched := DeadLetter{Reason: history.Unmatched, Value: []byte("v"), Origin: history.Place{Input: "orders", Partition: 1, Offset: 33}}
	add("entry, unmatched", AppendEntry(nil, source(7), []Item{{Offset: 304, DeadLetter: &unmatched}}))
	add("entry, due times", AppendEntry(nil, Source{}, []Item{{Change: &clv.Change{CustomerID: "c", Current: known}}}))
	add("entry, extended", AppendEntry(nil, source(7), []Item{{Change: &clv.Change{FirstChannel: "web", Current: known}, Extensions: "\x3f\x02ab"}}))

	for kind := statistics.CellSums; int(kind) < len(kindNames); kind++ {
		var places statistics.Places
		for i := range kind.Places() {
			places[i] = int64(i * i * 100)
		}
		cell := statistics.Cell{Kind: kind, Group: statistics.Group{Trait: statistics.ByChannel, Channel: "tv"}}
		add("cell "+string(AppendCellName(nil, &cell)), AppendPlaces(nil, kind, &places, ""))
	}
	return names, stored
}

// sampleChange has something in every field that every version of the layout has.
func sampleChange() clv.Change {
	return clv.Change{
		CustomerID: "c", Version: 300, Reason: announce.ReasonDormant, PreviousMinor: 1.5, ModelName: "m", ModelVersion: "v1",
		Cause: clv.Cause{EventID: "e", Kind: history.OrderPlaced, OrderID: "o", AtMicros: 8},
		Current: estimate.Estimate{
			AsOfMicros: 9, Status: history.Active, PredictedMinor: 2.5, ResidualMinor: 3.5, ResidualKnown: true,
			PAlive: .5, AliveKnown: true, ExpectedOrders: 4.5, SpendMinor: 5.5, NextOrderDays: 6.5,
			Facts:       history.Facts{Orders: 10, PurchaseDays: 11, RecencyDays: 12, AgeDays: 13, RevenueMinor: 14, MarginMinor: 15, RepeatMeanMinor: 16.5, MarginRatio: .25},
			Acquisition: history.Acquisition{Known: true, AtMicros: 17, EventID: "e18", CostMinor: 19, Channel: "tv"},
		},
		Was:       standing.Standing{Stage: standing.StageActive, StageMicros: 20, Tier: 1, TierMicros: 21, AliveLevel: 2},
		Standing:  standing.Standing{Stage: standing.StageDormant, StageMicros: 22, Tier: 2, TierMicros: 23, AliveLevel: 3, Worthwhile: true, Approaching: true},
		Silence:   standing.Silence{Days: 24, Quantile: .75, LossKnown: true, LossMinor: 25.5, BestDay: 26},
		Tier:      standing.TierMove{Was: "silver", Now: "gold", Next: "platinum", MissingMinor: 27.5},
		BreakEven: estimate.BreakEven{Kind: estimate.BreakEvenExpected, Day: 28},
	}
}

func golden() string { return filepath.Join("testdata", fmt.Sprint(Number)+".golden") }

// What is stored under a number of the layout is stored so for good. Other bytes are
// another number, with golden bytes of its own.
func TestGoldenBytes(t *testing.T) {
	names, stored := samples()
	var text strings.Builder
	for _, name := range names {
		fmt.Fprintf(&text, "%s: %s\n", name, hex.EncodeToString(stored[name]))
	}
	want, err := os.ReadFile(golden())
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("what is stored is not what %s says. Add to what is stored by an extension; or raise Number, see \"Adding to what is stored\" in CONTRIBUTING.md, and write down the bytes of the new number. They are now\n%s", golden(), text.String())
	}
}

// Golden bytes are never written anew: each file is as it was when it was added.
func TestGoldenBytesStayAsTheyWere(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.golden"))
	if err != nil || len(files) != Number {
		t.Fatalf("golden bytes are %q, %v: want those of each number up to %d", files, err, Number)
	}
	for _, file := range files {
		added, err := exec.Command("git", "log", "--diff-filter=A", "--format=%H", "--", file).Output()
		commits := strings.Fields(string(added))
		if err != nil || len(commits) == 0 {
			t.Skipf("the history of %s is not here: %v", file, err) // a copy without it, or not committed yet
		}
		first, err := exec.Command("git", "show", commits[len(commits)-1]+":./"+file).Output()
		if err != nil {
			t.Skipf("the history of %s is not here: %v", file, err)
		}
		now, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(now) != string(first) {
			t.Errorf("%s is not as it was when it was added: raise Number instead, and add a file", file)
		}
	}
}

// Everything that was ever written under a number is read, or refused by its name.
func TestGoldenBytesAreRead(t *testing.T) {
	for number := 1; number <= Number; number++ {
		for name, stored := range goldenOf(t, number) {
			var err error
			switch kindOf(name) {
			case "customer":
				if _, err = DecodeCustomer(string(stored)); stored[0] < formerCustomerSchema {
					wantError(t, fmt.Sprintf("number %d, %s", number, name), err, ErrOlder)
					continue
				}
			case "entry":
				_, err = DecodeEntry(string(stored))
			case "cell":
				var cell statistics.Cell
				if cell, err = ParseCellName(strings.TrimPrefix(name, "cell ")); err == nil {
					_, _, err = DecodePlaces(string(stored), cell.Kind)
				}
			}
			if err != nil {
				t.Errorf("number %d, %s: %v", number, name, err)
			}
		}
	}
}

// goldenOf are the samples that are written down under a number, by name.
func goldenOf(t testing.TB, number int) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", fmt.Sprint(number)+".golden"))
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string][]byte{}
	for line := range strings.Lines(string(text)) {
		at := strings.LastIndex(line, ": ")
		if stored[line[:at]], err = hex.DecodeString(strings.TrimSpace(line[at+2:])); err != nil {
			t.Fatal(err)
		}
	}
	return stored
}

// kindOf is what a sample is of: customer, entry or cell.
func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, " ")
	return strings.TrimSuffix(kind, ",")
}
