package clv

import (
	"iter"
	"maps"
)

// Statistics are sums over customers, kept in cells that can be added to and
// taken from independently: the statistics of two halves of a base add up to
// those of the whole, and a customer's change adds the difference of what they
// contribute. The zero Statistics are those of nobody.
type Statistics struct {
	cells    map[numbered]*Places
	channels map[string]*Places
	spare    []*Places
	recent   [CellWait + 1]struct { // by kind: customers' changes meet the same cells again and again
		numbered
		places *Places
	}
}

// Cell names one vector of the statistics.
type Cell struct {
	numbered
	Channel string // of CellChannel
}

// numbered is a cell by its numbers, which are quicker to find than a name.
type numbered struct {
	Kind CellKind
	Key  int32 // of a status, stage, tier or month; the cohort of CellReturned
	Part int32 // of a histogram: which bins; of CellReturned: years since the cohort began
}

// NewCell is the cell of a kind other than CellChannel.
func NewCell(kind CellKind, key, part int32) Cell { return Cell{numbered: numbered{kind, key, part}} }

// ChannelCell is the cell of an acquisition channel.
func ChannelCell(channel string) Cell {
	return Cell{numbered: numbered{Kind: CellChannel}, Channel: channel}
}

// CellKind says what a cell's places hold.
type CellKind uint8

// The kinds of cell. The order of places in each is stored: only add to it.
const (
	CellTotal    CellKind = iota + 1 // Sums in the order of their fields
	CellStatus                       // likewise
	CellStage                        // likewise
	CellTier                         // likewise
	CellChannel                      // likewise
	CellCohort                       // likewise
	CellMonth                        // revenue, orders, new, won back, lost, churned
	CellReturned                     // customers of a cohort with a standing purchase day, a place a month
	CellCLV                          // customers and their CLV, two places a bin
	CellAlive                        // customers, a place a bin of P(alive)
	CellWait                         // customers, a place a bin of mean days between orders
)

// Places are the numbers of a cell. Unused ones are 0.
type Places [16]int64

// The places of CellMonth.
const (
	placeRevenue = iota
	placeOrders
	placeNew
	placeWonBack
	placeLost
	placeChurned
)

const (
	monthsPerPart  = 12
	binsPerPart    = len(Places{})
	clvBinsPerPart = binsPerPart / 2
)

// mostShared are the groups that most customers of most shops are in. They have no
// cell: they are what the others leave of the total.
var mostShared = map[CellKind]Cell{
	CellStatus:  NewCell(CellStatus, int32(Active), 0),
	CellStage:   NewCell(CellStage, int32(StageActive), 0),
	CellTier:    NewCell(CellTier, 0, 0),
	CellChannel: ChannelCell(""),
	CellCohort:  NewCell(CellCohort, int32(NoCohort), 0),
}

// MostShared says whether the cell's group is one that has no cell.
func (c Cell) MostShared() bool { return mostShared[c.Kind] == c && c != Cell{} }

// places are those of a cell, made if there are none.
func (s *Statistics) places(cell numbered) *Places {
	recent := &s.recent[cell.Kind]
	if recent.places != nil && recent.numbered == cell {
		return recent.places
	}
	places := s.cells[cell]
	if places == nil {
		if s.cells == nil {
			s.cells = map[numbered]*Places{}
		}
		places = s.empty()
		s.cells[cell] = places
	}
	recent.numbered, recent.places = cell, places
	return places
}

// channel are the places of a channel, made if there are none.
func (s *Statistics) channel(name string) *Places {
	if known := s.channels[name]; known != nil {
		return known
	}
	if s.channels == nil {
		s.channels = map[string]*Places{}
	}
	places := s.empty()
	s.channels[name] = places
	return places
}

func (s *Statistics) empty() (places *Places) {
	if last := len(s.spare) - 1; last >= 0 {
		places, s.spare = s.spare[last], s.spare[:last]
		*places = Places{}
	} else {
		places = new(Places)
	}
	return places
}

// Reset makes the statistics those of nobody and keeps the memory.
func (s *Statistics) Reset() {
	for _, places := range s.cells {
		s.spare = append(s.spare, places)
	}
	for _, places := range s.channels {
		s.spare = append(s.spare, places)
	}
	clear(s.cells)
	clear(s.channels)
	clear(s.recent[:])
}

// Cells are the cells with anything in them, in no order.
func (s *Statistics) Cells() iter.Seq2[Cell, *Places] {
	return func(yield func(Cell, *Places) bool) {
		for cell, places := range s.cells {
			if *places != (Places{}) && !yield(Cell{numbered: cell}, places) {
				return
			}
		}
		for channel, places := range s.channels {
			if *places != (Places{}) && !yield(ChannelCell(channel), places) {
				return
			}
		}
	}
}

// AddCell adds to a cell.
func (s *Statistics) AddCell(cell Cell, places *Places) {
	var to *Places
	if cell.Kind == CellChannel {
		to = s.channel(cell.Channel)
	} else {
		to = s.places(cell.numbered)
	}
	for i := range places {
		to[i] += places[i]
	}
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
		for i := range places {
			more[i] -= places[i]
		}
		different[cell] = more
	}
	maps.DeleteFunc(different, func(_ Cell, more Places) bool { return more == Places{} })
	return different
}
