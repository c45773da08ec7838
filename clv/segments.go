package clv

import (
	"cmp"
	"slices"
)

// Segment is one group of customers among those that share a trait.
type Segment struct {
	Cell
	Sums
}

// Totals are the sums of all customers.
func (s *Statistics) Totals() (all Sums) {
	if places := s.cells[numbered{Kind: CellTotal}]; places != nil {
		all.add(places, 1)
	}
	return all
}

// Segments are the groups of a kind, CellStatus to CellCohort, that have customers,
// ascending by what they share. Every customer is in one of them, so their sums add
// up to the totals.
func (s *Statistics) Segments(kind CellKind) []Segment {
	var found []Segment
	rest := Segment{Cell: mostShared[kind], Sums: s.Totals()}
	for cell, places := range s.Cells() {
		if cell.Kind == kind {
			segment := Segment{Cell: cell}
			segment.add(places, 1)
			rest.add(places, -1)
			found = append(found, segment)
		}
	}
	if rest.Sums != (Sums{}) {
		found = append(found, rest)
	}
	slices.SortFunc(found, func(a, b Segment) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Channel, b.Channel))
	})
	return found
}

func (s *Sums) add(places *Places, sign int64) {
	s.Customers += sign * places[0]
	s.Orders += sign * places[1]
	s.RevenueMinor += sign * places[2]
	s.MarginMinor += sign * places[3]
	s.CLVMinor += sign * places[4]
	s.PredictedMinor += sign * places[5]
	s.CostMinor += sign * places[6]
}
