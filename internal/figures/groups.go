package figures

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/stream/change"
)

// Traits are the names of what customers can be grouped by.
var Traits = []string{"channel", "tier", "cohort", "stage", "status"}

var traits = []statistics.Trait{statistics.ByChannel, statistics.ByTier, statistics.ByCohort, statistics.ByStage, statistics.ByStatus} // in the same order

func traitOf(name string) (statistics.Trait, error) {
	at := slices.Index(Traits, name)
	if at < 0 {
		return 0, TraitError(name)
	}
	return traits[at], nil
}

// TraitError is a name that no trait has. Its text lists the traits.
type TraitError string

func (e TraitError) Error() string {
	return fmt.Sprintf("%q: want %s", string(e), strings.Join(Traits, ", "))
}

// Groups are a figure of each group of a trait.
type Groups[V Figure] struct {
	By       string     `json:"by"`
	Segments []Group[V] `json:"segments"` // those with customers
	All      V          `json:"-"`        // of everybody, to compare with
}

// Group is a figure of the customers who share a trait.
type Group[V Figure] struct {
	Name   string
	Figure V
}

// GroupsOf asks for a figure of each group of a trait. The error lists the traits.
func GroupsOf[V Figure](b *Base, by string, of func(*statistics.Figures) V) (Groups[V], error) {
	trait, err := traitOf(by)
	if err != nil {
		return Groups[V]{}, err
	}
	groups := Groups[V]{By: by, Segments: []Group[V]{}, All: of(b.Everybody())}
	for _, segment := range b.By(trait) {
		groups.Segments = append(groups.Segments, Group[V]{b.groupName(segment.Group), of(segment.Figures)})
	}
	return groups, nil
}

// MarshalJSON puts the name first among the fields of the figure.
func (g Group[V]) MarshalJSON() ([]byte, error) {
	name, _ := change.Marshal(g.Name) // any text can be written
	figure, err := change.Marshal(g.Figure)
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte(`{"segment":`), name, []byte{','}, figure[1:]), nil
}

// Sheet puts the name before each row of the figures.
func (g Groups[V]) Sheet() Sheet {
	s := Sheet{Header: slices.Concat([]string{g.By}, g.All.Sheet().Header)}
	for _, group := range g.Segments {
		for _, row := range group.Figure.Sheet().Rows {
			s.Rows = append(s.Rows, slices.Concat([]string{group.Name}, row))
		}
	}
	return s
}

// groupName is what the customers of a group share, "none" for nothing. A tier
// whose name is not configured here has its number: consumers may be configured
// otherwise.
func (b *Base) groupName(group statistics.Group) string {
	name := group.Channel
	switch group.Trait {
	case statistics.ByStatus:
		return history.Status(group.Key).String()
	case statistics.ByStage:
		return standing.Stage(group.Key).String()
	case statistics.ByTier:
		switch tier := int(group.Key); {
		case tier > len(b.Tiers):
			name = fmt.Sprint("tier ", tier)
		case tier > 0:
			name = b.Tiers[tier-1].Name
		}
	case statistics.ByCohort:
		if cohort := calendar.Month(group.Key); cohort != statistics.NoCohort {
			name = cohort.String()
		}
	}
	return cmp.Or(name, "none")
}
