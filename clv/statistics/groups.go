package statistics

import (
	"cmp"
	"slices"
)

// Segment is one group of customers among those that a trait tells apart.
type Segment struct {
	Group
	*Figures
}

// By are the groups of a trait that have customers, ascending by what they share.
// Every customer is in exactly one of them, with their whole life: figures of a month
// are those of whoever is in the group now.
func (s *Statistics) By(trait Trait) []Segment {
	var found []Segment
	rest := &Figures{}
	rest.addAll(s.Everybody(), 1)
	for group, figures := range s.groups {
		if group.Trait != trait || !figures.anything() {
			continue
		}
		if trait == ByCohort {
			figures = s.withTriangle(figures, group.Key)
		}
		rest.addAll(figures, -1)
		found = append(found, Segment{group, figures})
	}
	if rest.anything() {
		found = append(found, Segment{mostShared[trait], rest})
	}
	slices.SortFunc(found, func(a, b Segment) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Channel, b.Channel))
	})
	return found
}

// withTriangle adds a cohort's row of everybody's triangle to its figures.
func (s *Statistics) withTriangle(figures *Figures, cohort int32) *Figures {
	whole := &Figures{}
	whole.addAll(figures, 1)
	for at, places := range s.Everybody().slots {
		if at.kind == CellReturned && at.key == cohort {
			whole.places(at).add(places, 1)
		}
	}
	return whole
}
