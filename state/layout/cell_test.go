package layout

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
)

func TestCellNameRoundTrip(t *testing.T) {
	for _, c := range []struct {
		cell  statistics.Cell
		field string
	}{
		{statistics.Cell{Kind: statistics.CellSums}, "sums"},
		{statistics.Cell{Kind: statistics.CellSums, Group: statistics.Group{Trait: statistics.ByStatus, Key: int32(history.Churned)}}, "sums@status:churned"},
		{statistics.Cell{Kind: statistics.CellSums, Group: statistics.Group{Trait: statistics.ByStatus, Key: int32(history.Prospect)}}, "sums@status:prospect"},
		{statistics.Cell{Kind: statistics.CellSums, Group: statistics.Group{Trait: statistics.ByStage, Key: int32(standing.NoStage)}}, "sums@stage:none"},
		{statistics.Cell{Kind: statistics.CellAlive, Part: 1, Group: statistics.Group{Trait: statistics.ByStage, Key: int32(standing.StageWonBack)}}, "alive:1@stage:won_back"},
		{statistics.Cell{Kind: statistics.CellSums, Group: statistics.Group{Trait: statistics.ByTier, Key: 255}}, "sums@tier:255"},
		{statistics.Cell{Kind: statistics.CellCLV, Part: -2, Group: statistics.Group{Trait: statistics.ByChannel, Channel: "tv@sums: a+b"}}, "clv:-2@channel:tv@sums: a+b"},
		{statistics.Cell{Kind: statistics.CellSums, Group: statistics.Group{Trait: statistics.ByCohort, Key: -7}}, "sums@cohort:-7"},
		{statistics.Cell{Kind: statistics.CellMonth, Key: 657}, "month:657"},
		{statistics.Cell{Kind: statistics.CellMonth, Key: 657, Group: statistics.Group{Trait: statistics.ByCohort, Key: 650}}, "month:657@cohort:650"},
		{statistics.Cell{Kind: statistics.CellReturned, Key: 657, Part: 3}, "returned:657+3"},
		{statistics.Cell{Kind: statistics.CellReturned, Key: 657, Part: 3, Group: statistics.Group{Trait: statistics.ByTier, Key: 2}}, "returned:657+3@tier:2"},
		{statistics.Cell{Kind: statistics.CellReturned, Key: math.MinInt32, Part: math.MaxInt32}, "returned:-2147483648+2147483647"},
		{statistics.Cell{Kind: statistics.CellCLV, Part: -4}, "clv:-4"},
		{statistics.Cell{Kind: statistics.CellAlive, Part: 3}, "alive:3"},
		{statistics.Cell{Kind: statistics.CellWait, Part: 2}, "wait:2"},
	} {
		if got := string(AppendCellName(nil, &c.cell)); got != c.field {
			t.Errorf("%+v is stored as %q, want %q", c.cell, got, c.field)
		}
		if got, err := ParseCellName(c.field); err != nil || got != c.cell {
			t.Errorf("%q is read as %+v, %v", c.field, got, err)
		}
	}
	for want, fields := range map[error][]string{
		ErrDamaged: {
			"", "sums@", "sums@status:active", "sums@stage:active",
			"sums@tier:0", "sums@tier:01", "sums@tier:x", "sums@tier:1@tier:1", "sums@channel:", "sums@cohort:none", "sums@cohort:-2147483648",
			"month:", "month:2147483648", "returned:5", "returned:5+", "returned:5+x", "returned:5+0@cohort:5", "clv:+1", "@tier:1",
		},
		ErrNewer: {"total", "sum", "sums:1", "month", "unknown:1", "margin:3@tier:1", "sums@gone:1", "sums@status:gone", "sums@stage:asleep", "alive:1@stage:"},
	} {
		for _, field := range fields {
			wantError(t, field, errorOf(ParseCellName(field)), want)
		}
	}
}

func TestPlacesRoundTrip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for used := range len(statistics.Places{}) + 1 {
		var want statistics.Places
		for i := range used {
			want[i] = int64(rnd.Uint64()) >> rnd.IntN(64)
		}
		stored := string(AppendPlaces(nil, statistics.CellCLV, &want, ""))
		if got, later, err := DecodePlaces(stored, statistics.CellCLV); err != nil || got != want || later != "" {
			t.Errorf("%v is read as %v, %q, %v", want, got, later, err)
		}
		if _, _, err := DecodePlaces(stored+"\x00", statistics.CellCLV); !errors.Is(err, ErrDamaged) {
			t.Errorf("%v is read with a zero after it: %v", want, err)
		}
	}
	for stored, want := range map[string]error{
		"": errTruncated, "\x00": errForeign, "\x01": ErrOlder, "\x03": ErrNewer, "\x02\x80": errTruncated,
		"\x02" + strings.Repeat("\x02", 17) + "\x80": errTruncated, "\x02" + strings.Repeat("\x02", 17) + "\x00": errForeign,
	} {
		if got, later, err := DecodePlaces(stored, statistics.CellCLV); !errors.Is(err, want) {
			t.Errorf("%x is read as %v, %q, %v; want %v", stored, got, later, err, want)
		}
	}
}

// Places in which only a later version counts stay what they are, also where those
// of this version come and go.
func TestLaterPlacesAreKept(t *testing.T) {
	for kind := statistics.CellSums; int(kind) < len(kindNames); kind++ {
		known := kind.Places()
		stored := "\x02" + strings.Repeat("\x02", known) + "\x80\x01\x00\x04"
		places, later, err := DecodePlaces(stored, kind)
		if err != nil || later != "\x80\x01\x00\x04" {
			t.Errorf("cells of kind %d: later places are %x, %v", kind, later, err)
		}
		for i := known; i < len(places); i++ {
			if places[i] != 0 {
				t.Errorf("cells of kind %d: place %d is a later version's, and is read as %d", kind, i, places[i])
			}
		}
		if again := string(AppendPlaces(nil, kind, &places, later)); again != stored {
			t.Errorf("cells of kind %d: %x is stored again as %x", kind, stored, again)
		}
		want := "\x02" + strings.Repeat("\x00", known) + later
		if emptied := string(AppendPlaces(nil, kind, &statistics.Places{}, later)); emptied != want {
			t.Errorf("cells of kind %d: emptied, %x, want %x", kind, emptied, want)
		}
	}
}

// No customer counts in a place that a kind is not known to have.
func TestCustomersCountInKnownPlaces(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 9))
	v := newValuation(t)
	all := &statistics.Statistics{}
	for range 200 {
		contribution, _ := drawn(rnd, v).Contribution(&v.Rules, nil)
		all.Add(&contribution)
	}
	filled := map[statistics.CellKind]int{}
	for cell, places := range all.Cells() {
		for i, n := range places {
			if n != 0 {
				filled[cell.Kind] = max(filled[cell.Kind], i+1)
			}
		}
	}
	for kind, most := range filled {
		if most > kind.Places() {
			t.Errorf("cells of kind %d have %d places, and are known to have %d", kind, most, kind.Places())
		}
	}
	if len(filled) != len(kindNames)-1 {
		t.Errorf("customers are in cells of %d kinds, want %d: the lives are too tame", len(filled), len(kindNames)-1)
	}
}

// Every kind of cell and every trait has a name, and the names are described.
func TestEveryCellNameIsDescribed(t *testing.T) {
	code, err := os.ReadFile("cell.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Concat(kindNames[1:], traitNames[1:]) {
		if name == "" || !regexp.MustCompile(`(?m)^//\t@?`+name).Match(code) {
			t.Errorf("cell.go does not describe the cells %q", name)
		}
	}
}
