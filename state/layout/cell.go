package layout

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
)

// placesSchema is the version of a stored cell: what its places mean.
const placesSchema = 2

// kindNames begin the fields of the cells, and traitNames what follows an @ in those
// of a group.
var (
	kindNames = [...]string{
		statistics.CellSums: "sums", statistics.CellMonth: "month:", statistics.CellReturned: "returned:",
		statistics.CellCLV: "clv:", statistics.CellAlive: "alive:", statistics.CellWait: "wait:",
	}
	traitNames = [...]string{
		statistics.ByStatus: "status:", statistics.ByStage: "stage:", statistics.ByTier: "tier:", statistics.ByChannel: "channel:", statistics.ByCohort: "cohort:",
	}
)

// AppendCellName appends the name that a cell is stored under, such as
// month:657@tier:2.
//
//	sums             of all customers: customers, orders, revenue, margin, CLV,
//	                 predicted, acquisition cost (money in minor units), waiting
//	                 refunds and cancels
//	month:month      revenue, orders, customers new, won back, lost and churned,
//	                 margin, acquisition cost. Months are counted from January 1970
//	returned:month+n of a cohort's customers, those who bought in each month of
//	                 the cohort's n-th year
//	clv:n            customers and their CLV by CLV, eight bins from the 8n-th
//	alive:n          customers by P(alive), sixteen bins
//	wait:n           customers by mean days between orders, sixteen bins
//	                 and each of these of a group, as sums@tier:2:
//	@status:name     of a status other than active
//	@stage:name      of a stage other than active
//	@tier:n          of a tier, counted from 1
//	@channel:name    of an acquisition channel
//	@cohort:month    of who first bought in a month; none is returned: everybody's
//	                 says it
func AppendCellName(dst []byte, cell *statistics.Cell) []byte {
	dst = append(dst, kindNames[cell.Kind]...)
	switch cell.Kind {
	case statistics.CellSums:
	case statistics.CellMonth:
		dst = strconv.AppendInt(dst, int64(cell.Key), 10)
	case statistics.CellReturned:
		dst = strconv.AppendInt(dst, int64(cell.Key), 10)
		dst = append(dst, '+')
		dst = strconv.AppendInt(dst, int64(cell.Part), 10)
	default:
		dst = strconv.AppendInt(dst, int64(cell.Part), 10)
	}
	group := &cell.Group
	if group.Trait == statistics.OfEverybody {
		return dst
	}
	dst = append(append(dst, '@'), traitNames[group.Trait]...)
	switch group.Trait {
	case statistics.ByStatus:
		return append(dst, history.Status(group.Key).String()...)
	case statistics.ByStage:
		return append(dst, standing.Stage(group.Key).String()...)
	case statistics.ByChannel:
		return append(dst, group.Channel...)
	default:
		return strconv.AppendInt(dst, int64(group.Key), 10)
	}
}

// ParseCellName is the inverse of AppendCellName. What begins as no known figure,
// trait, status or stage does is ErrNewer: a later version keeps more. Any other
// name that AppendCellName does not write is ErrDamaged.
func ParseCellName(name string) (statistics.Cell, error) {
	figure, group, ofGroup := strings.Cut(name, "@")
	cell, err := parseFigure(figure)
	if err == nil && ofGroup {
		cell.Group, err = parseGroup(group)
	}
	switch {
	case errors.Is(err, ErrNewer):
		return statistics.Cell{}, fmt.Errorf("the name %q in the statistics is %w", name, ErrNewer)
	case err != nil, cell.Kind == 0, !cell.Kept(), string(AppendCellName(nil, &cell)) != name:
		return statistics.Cell{}, fmt.Errorf("%w: statistics have a field %q", ErrDamaged, name)
	}
	return cell, nil
}

func parseFigure(name string) (cell statistics.Cell, err error) {
	kind, rest := beginning(name, kindNames[:])
	switch cell.Kind = statistics.CellKind(kind); {
	case kind < 0:
		return statistics.Cell{}, ErrNewer
	case cell.Kind == statistics.CellSums:
	case cell.Kind == statistics.CellMonth:
		cell.Key, err = parseInt32(rest)
	case cell.Kind == statistics.CellReturned:
		cohort, part, _ := strings.Cut(rest, "+")
		var wrong error
		cell.Key, err = parseInt32(cohort)
		cell.Part, wrong = parseInt32(part)
		err = errors.Join(err, wrong)
	default:
		cell.Part, err = parseInt32(rest)
	}
	return cell, err
}

func parseGroup(name string) (group statistics.Group, err error) {
	trait, rest := beginning(name, traitNames[:])
	switch group.Trait = statistics.Trait(trait); {
	case trait < 0:
		return statistics.Group{}, ErrNewer
	case group.Trait == statistics.ByStatus:
		for group.Key = 0; history.Status(group.Key).String() != rest; group.Key++ {
			if group.Key == int32(statuses) {
				return statistics.Group{}, ErrNewer
			}
		}
	case group.Trait == statistics.ByStage:
		stage, known := standing.ParseStage(rest)
		if !known {
			return statistics.Group{}, ErrNewer
		}
		group.Key = int32(stage)
	case group.Trait == statistics.ByChannel:
		group.Channel = rest
	default:
		group.Key, err = parseInt32(rest)
	}
	return group, err
}

// beginning is which of the names a text begins with, up to a colon, and what
// follows; −1 if it is none of them.
func beginning(text string, names []string) (which int, rest string) {
	word, rest, colon := strings.Cut(text, ":")
	if colon {
		word += ":"
	}
	return slices.Index(names, word), rest
}

func parseInt32(text string) (int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	return int32(n), err
}

// AppendPlaces appends the stored form of a cell of a kind: the schema, then a
// zigzag varint a place, without the zeros at the end. Later are the places, as
// stored, in which only a later version counts.
func AppendPlaces(dst []byte, kind statistics.CellKind, places *statistics.Places, later string) []byte {
	used := kind.Places()
	for later == "" && used > 0 && places[used-1] == 0 {
		used--
	}
	dst = append(dst, placesSchema)
	for _, n := range places[:used] {
		dst = binary.AppendVarint(dst, n)
	}
	return append(dst, later...)
}

// DecodePlaces is the inverse of AppendPlaces.
func DecodePlaces(stored string, kind statistics.CellKind) (places statistics.Places, later string, err error) {
	r := &reader{rest: stored}
	r.schema(placesSchema, placesSchema)
	last, known := int64(1), places[:kind.Places()]
	for i := 0; i < len(known) && len(r.rest) > 0; i++ {
		last = r.varint()
		known[i] = last
	}
	later = r.rest
	for len(r.rest) > 0 {
		last = r.varint()
	}
	if last == 0 {
		r.fail(errForeign)
	}
	if err := r.end("statistics"); err != nil {
		return statistics.Places{}, "", err
	}
	return places, later, nil
}

// DecodeStatistics adds what a shard's hash holds. Cells of a later version are
// passed over.
func DecodeStatistics(to *statistics.Statistics, stored map[string]string) error {
	for name, bytes := range stored {
		cell, err := ParseCellName(name)
		if errors.Is(err, ErrNewer) {
			continue
		}
		if err != nil {
			return err
		}
		places, _, err := DecodePlaces(bytes, cell.Kind)
		if err != nil {
			return err
		}
		to.AddCell(cell, &places)
	}
	return nil
}
