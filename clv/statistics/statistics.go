package statistics

import (
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"iter"
	"maps"
)

// Statistics are sums over customers, of everybody and of each group that shares a
// trait:
//
//	            everybody  status stage tier channel   cohort
//	sums            ■        ■      ■    ■      ■        ■
//	months          ■        ■      ■    ■      ■        ■
//	triangle        ■        ■      ■    ■      ■     its row of everybody's
//	histograms      ■        ■      ■    ■      ■        ■
//
// They are kept in cells that can be added to and taken from independently: the
// statistics of two halves of a base add up to those of the whole, and a
// customer's change adds the difference of what they contribute. Of each trait one
// group has no cells: what the others leave of everybody. The zero Statistics are
// those of nobody.
type Statistics struct {
	groups map[Group]*Figures
	spare  []*Figures
	recent [traits]struct { // customers' changes meet the same groups again and again
		group   Group
		figures *Figures
	}
}

// Group is the customers who share a trait; the zero Group is everybody.
type Group struct {
	Trait   Trait
	Key     int32  // the status, stage, tier, or month of the cohort
	Channel string // of ByChannel
}

// Trait is what customers can be told apart by.
type Trait uint8

// The traits.
const (
	OfEverybody Trait = iota
	ByStatus
	ByStage
	ByTier
	ByChannel // of acquisition; empty when none is known
	ByCohort  // the month of the first purchase day; NoCohort without one

	traits = iota
)

// Cell names one vector of the statistics.
type Cell struct {
	Group Group
	Kind  CellKind
	Key   int32 // the month of CellMonth, the cohort of CellReturned
	Part  int32 // of a histogram: which bins; of CellReturned: years since the cohort began
}

// CellKind says what a cell's places hold.
type CellKind uint8

// The kinds of cell. The order of places in each is stored: only add to it.
const (
	CellSums     CellKind = iota + 1 // Sums in the order of their fields
	CellMonth                        // see placeRevenue and those after it
	CellReturned                     // customers of a cohort with a standing purchase day, a place a month
	CellCLV                          // customers and their CLV, two places a bin
	CellAlive                        // customers, a place a bin of P(alive)
	CellWait                         // customers, a place a bin of mean days between orders

	cellKinds = iota + 1
)

// Places is how many places of a kind's cells this version counts in, 1 to 16. A
// later one may count in more.
func (k CellKind) Places() int { return placesOf[k] }

var placesOf = [cellKinds]int{
	CellSums: sumsPlaces, CellMonth: monthPlaces, CellReturned: monthsPerPart,
	CellCLV: binsPerPart, CellAlive: binsPerPart, CellWait: binsPerPart,
}

// Places are the numbers of a cell. Unused ones are 0.
type Places [16]int64

// sumsPlaces are those of CellSums.
const sumsPlaces = 8

// The places of CellMonth.
const (
	placeRevenue = iota
	placeOrders
	placeNew
	placeWonBack
	placeLost
	placeChurned
	placeMargin
	placeCost

	monthPlaces = iota
)

const (
	monthsPerPart  = 12
	binsPerPart    = len(Places{})
	clvBinsPerPart = binsPerPart / 2
)

// mostShared are the groups that most customers of most shops are in. They have no
// cells.
var mostShared = [traits]Group{
	ByStatus:  {Trait: ByStatus, Key: int32(history.Active)},
	ByStage:   {Trait: ByStage, Key: int32(standing.StageActive)},
	ByTier:    {Trait: ByTier},
	ByChannel: {Trait: ByChannel},
	ByCohort:  {Trait: ByCohort, Key: int32(NoCohort)},
}

// Kept says whether there may be such a cell: not of the group of each trait that
// is what the others leave, nor of a cohort's own triangle.
func (c *Cell) Kept() bool {
	return c.Group.kept() && !(c.Kind == CellReturned && c.Group.Trait == ByCohort)
}

// kept says whether the group has cells.
func (g Group) kept() bool { return g.Trait == OfEverybody || g != mostShared[g.Trait] }

// Everybody are the figures of all customers.
func (s *Statistics) Everybody() *Figures { return s.of(Group{}) }

// of are the figures of a group, made if there are none.
func (s *Statistics) of(group Group) *Figures {
	recent := &s.recent[group.Trait]
	if recent.figures != nil && recent.group == group {
		return recent.figures
	}
	figures := s.groups[group]
	if figures == nil {
		if s.groups == nil {
			s.groups = map[Group]*Figures{}
		}
		figures = s.empty()
		s.groups[group] = figures
	}
	recent.group, recent.figures = group, figures
	return figures
}

func (s *Statistics) empty() *Figures {
	last := len(s.spare) - 1
	if last < 0 {
		return &Figures{}
	}
	figures := s.spare[last]
	s.spare = s.spare[:last]
	return figures
}

// Reset makes the statistics those of nobody and keeps the memory.
func (s *Statistics) Reset() {
	for _, figures := range s.groups {
		figures.reset()
		s.spare = append(s.spare, figures)
	}
	clear(s.groups)
	clear(s.recent[:])
}

// Cells are the cells with anything in them, in no order.
func (s *Statistics) Cells() iter.Seq2[Cell, *Places] {
	return func(yield func(Cell, *Places) bool) {
		for group, figures := range s.groups {
			for slot, places := range figures.slots {
				if *places != (Places{}) && !yield(Cell{group, slot.kind, slot.key, slot.part}, places) {
					return
				}
			}
		}
	}
}

// AddCell adds to a cell.
func (s *Statistics) AddCell(cell Cell, places *Places) {
	s.of(cell.Group).places(slot{cell.Kind, cell.Key, cell.Part}).add(places, 1)
}

// AddAll adds other statistics.
func (s *Statistics) AddAll(other *Statistics) {
	for cell, places := range other.Cells() {
		s.AddCell(cell, places)
	}
}

// Different are the cells in which two statistics differ, with what other has
// more.
func (s *Statistics) Different(other *Statistics) map[Cell]Places {
	different := map[Cell]Places{}
	for cell, places := range other.Cells() {
		different[cell] = *places
	}
	for cell, places := range s.Cells() {
		more := different[cell]
		more.add(places, -1)
		different[cell] = more
	}
	maps.DeleteFunc(different, func(_ Cell, more Places) bool { return more == Places{} })
	return different
}
