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

// Add adds a customer.
func (s *Statistics) Add(p *Contribution) { s.Replace(&Contribution{}, p) }

// Replace takes away what a customer contributed and adds what they do now. Most
// of it is the same and is not touched.
func (s *Statistics) Replace(was, now *Contribution) {
	if was.Sums != now.Sums {
		total := s.places(numbered{Kind: CellTotal})
		total.sums(&was.Sums, -1)
		total.sums(&now.Sums, 1)
	}
	s.move(was, now, CellStatus, int32(was.Status), int32(now.Status), int32(Active))
	s.move(was, now, CellStage, int32(was.Stage), int32(now.Stage), int32(StageActive))
	s.move(was, now, CellTier, int32(was.Tier), int32(now.Tier), 0)
	s.move(was, now, CellCohort, int32(was.Cohort), int32(now.Cohort), int32(NoCohort))
	if was.Channel != "" {
		s.channel(was.Channel).sums(&was.Sums, -1)
	}
	if now.Channel != "" {
		s.channel(now.Channel).sums(&now.Sums, 1)
	}
	s.moveValue(was, now)
	s.moveBin(CellAlive, was.bought, was.aliveBin, now.bought, now.aliveBin)
	s.moveBin(CellWait, was.repeated, was.waitBin, now.repeated, now.waitBin)
	s.replaceMonths(was, now)
	s.replaceEntries(was, now)
}

// move moves a customer's sums from one group to another, or to itself. The group
// that most customers share has no cell.
func (s *Statistics) move(was, now *Contribution, kind CellKind, from, to, most int32) {
	if from == to && was.Sums == now.Sums {
		return
	}
	if was.Known && from != most {
		s.places(numbered{kind, from, 0}).sums(&was.Sums, -1)
	}
	if now.Known && to != most {
		s.places(numbered{kind, to, 0}).sums(&now.Sums, 1)
	}
}

func (p *Places) sums(sums *Sums, sign int64) {
	p[0] += sign * sums.Customers
	p[1] += sign * sums.Orders
	p[2] += sign * sums.RevenueMinor
	p[3] += sign * sums.MarginMinor
	p[4] += sign * sums.CLVMinor
	p[5] += sign * sums.PredictedMinor
	p[6] += sign * sums.CostMinor
}

// binCell is the cell of a bin and its place there.
func binCell(kind CellKind, bin, perPart int) (numbered, int) {
	part := int(floorDiv(int64(bin), int64(perPart)))
	return numbered{Kind: kind, Part: int32(part)}, bin - part*perPart
}

func (s *Statistics) moveValue(was, now *Contribution) {
	if was.bought == now.bought && was.Sums.CLVMinor == now.Sums.CLVMinor {
		return
	}
	if was.bought {
		cell, at := binCell(CellCLV, was.clvBin, clvBinsPerPart)
		places := s.places(cell)
		places[2*at]--
		places[2*at+1] -= was.Sums.CLVMinor
	}
	if now.bought {
		cell, at := binCell(CellCLV, now.clvBin, clvBinsPerPart)
		places := s.places(cell)
		places[2*at]++
		places[2*at+1] += now.Sums.CLVMinor
	}
}

func (s *Statistics) moveBin(kind CellKind, wasIn bool, was int, nowIn bool, now int) {
	if wasIn == nowIn && was == now {
		return
	}
	if wasIn {
		cell, at := binCell(kind, was, binsPerPart)
		s.places(cell)[at]--
	}
	if nowIn {
		cell, at := binCell(kind, now, binsPerPart)
		s.places(cell)[at]++
	}
}

// replaceMonths walks both lists of months, which ascend.
func (s *Statistics) replaceMonths(was, now *Contribution) {
	old, next := was.Months, now.Months
	same := was.Cohort == now.Cohort
	for len(old) > 0 || len(next) > 0 {
		switch {
		case len(next) == 0 || len(old) > 0 && old[0].Month < next[0].Month:
			s.month(was, old[0], -1)
			old = old[1:]
		case len(old) == 0 || next[0].Month < old[0].Month:
			s.month(now, next[0], 1)
			next = next[1:]
		default:
			if !same || old[0] != next[0] {
				s.month(was, old[0], -1)
				s.month(now, next[0], 1)
			}
			old, next = old[1:], next[1:]
		}
	}
}

// month adds a customer's month, or takes it away.
func (s *Statistics) month(p *Contribution, sum MonthSum, sign int64) {
	places := s.places(numbered{Kind: CellMonth, Key: int32(sum.Month)})
	places[placeRevenue] += sign * sum.AmountMinor
	places[placeOrders] += sign * int64(sum.Orders)
	if sum.Orders == 0 {
		return
	}
	if sum.Month == p.Cohort {
		places[placeNew] += sign
	}
	since := max(0, int32(sum.Month-p.Cohort)) // a customer's first month is their cohort
	returned := numbered{Kind: CellReturned, Key: int32(p.Cohort), Part: since / monthsPerPart}
	s.places(returned)[since%monthsPerPart] += sign
}

func (s *Statistics) replaceEntries(was, now *Contribution) {
	if was.Status == now.Status && was.Stage == now.Stage && was.Entered == now.Entered && was.Left == now.Left && sameEntries(was.Entries, now.Entries) {
		return
	}
	s.entries(was, -1)
	s.entries(now, 1)
}

func sameEntries(a, b []Entry) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// entries adds the months in which a customer was lost, won back, and left, or
// takes them away.
func (s *Statistics) entries(p *Contribution, sign int64) {
	for _, e := range p.Entries {
		s.entry(e.Stage, e.Month, sign*int64(e.Count))
	}
	s.entry(p.Stage, p.Entered, sign)
	if p.Status == Churned {
		s.places(numbered{Kind: CellMonth, Key: int32(p.Left)})[placeChurned] += sign
	}
}

func (s *Statistics) entry(stage Stage, month Month, times int64) {
	at := placeLost
	switch stage {
	case StageLost:
	case StageWonBack:
		at = placeWonBack
	default:
		return
	}
	s.places(numbered{Kind: CellMonth, Key: int32(month)})[at] += times
}
