package state

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
)

// statisticsSchema is the version of a stored cell: what its places mean.
const statisticsSchema = 2

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

// appendField appends the name of a cell's field in stat, such as month:657@tier:2.
func appendField(dst []byte, cell *statistics.Cell) []byte {
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

// parseField is the inverse of appendField. It takes no name that appendField does
// not write.
func parseField(field string) (statistics.Cell, error) {
	figure, group, ofGroup := strings.Cut(field, "@")
	cell, err := parseFigure(figure)
	if err == nil && ofGroup {
		cell.Group, err = parseGroup(group)
	}
	if err != nil || cell.Kind == 0 || !cell.Kept() || string(appendField(nil, &cell)) != field {
		return statistics.Cell{}, fmt.Errorf("%w: statistics have a field %q", errDamaged, field)
	}
	return cell, nil
}

func parseFigure(name string) (cell statistics.Cell, err error) {
	kind, rest := prefixed(name, kindNames[:])
	switch cell.Kind = statistics.CellKind(kind); cell.Kind {
	case statistics.CellSums:
	case statistics.CellMonth:
		cell.Key, err = parseInt32(rest)
	case statistics.CellReturned:
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
	trait, rest := prefixed(name, traitNames[:])
	switch group.Trait = statistics.Trait(trait); group.Trait {
	case statistics.ByStatus:
		group.Key = int32(history.Churned)
		for group.Key > 0 && history.Status(group.Key).String() != rest {
			group.Key--
		}
	case statistics.ByStage:
		stage, _ := standing.ParseStage(rest)
		group.Key = int32(stage)
	case statistics.ByChannel:
		group.Channel = rest
	default:
		group.Key, err = parseInt32(rest)
	}
	return group, err
}

// prefixed is which of the names a text begins with, and what follows; 0 if it is
// none.
func prefixed(text string, names []string) (which int, rest string) {
	for i, name := range names {
		if after, ok := strings.CutPrefix(text, name); ok && name != "" {
			return i, after
		}
	}
	return 0, text
}

func parseInt32(text string) (int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	return int32(n), err
}

// appendPlaces appends a cell's stored form: the schema, then a zigzag varint a
// place, without the zeros at the end.
func appendPlaces(dst []byte, places *statistics.Places) []byte {
	used := len(places)
	for used > 0 && places[used-1] == 0 {
		used--
	}
	dst = append(dst, statisticsSchema)
	for _, n := range places[:used] {
		dst = binary.AppendVarint(dst, n)
	}
	return dst
}

// decodePlaces is the inverse of appendPlaces.
func decodePlaces(stored string) (places statistics.Places, err error) {
	r := &reader{rest: stored}
	if schema := r.byte(); r.err == nil && schema != statisticsSchema {
		return places, fmt.Errorf("%w: statistics of layout version %d are not known here (want %d): run the clvstream version that wrote them", errDamaged, schema, statisticsSchema)
	}
	used := 0
	for ; used < len(places) && len(r.rest) > 0; used++ {
		places[used] = r.varint()
	}
	if used > 0 && places[used-1] == 0 || len(r.rest) > 0 {
		r.fail(errForeign)
	}
	if r.err != nil {
		return statistics.Places{}, fmt.Errorf("%w: statistics: %w", errDamaged, r.err)
	}
	return places, nil
}

// decodeStatistics adds what a shard's hash holds.
func decodeStatistics(to *statistics.Statistics, stored map[string]string) error {
	for field, bytes := range stored {
		cell, err := parseField(field)
		if err != nil {
			return err
		}
		places, err := decodePlaces(bytes)
		if err != nil {
			return err
		}
		to.AddCell(cell, &places)
	}
	return nil
}

// Statistics are those of the whole base as they are kept, read in one call. No
// customer is read.
func (s *Store) Statistics(ctx context.Context) (*statistics.Statistics, error) {
	asked := make([]*redis.MapStringStringCmd, len(s.shards))
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, sh := range s.shards {
			asked[i] = pipe.HGetAll(ctx, sh.keys.stat)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read statistics: %w", damagedType(err))
	}
	all := &statistics.Statistics{}
	for i := range asked {
		if err := decodeStatistics(all, asked[i].Val()); err != nil {
			return nil, fmt.Errorf("read statistics of shard %d: %w", i, err)
		}
	}
	return all, nil
}
