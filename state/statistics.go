package state

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
)

// statisticsSchema is the version of a stored cell: what its places mean.
const statisticsSchema = 1

// cellNames begin the fields of the cells.
var cellNames = [...]string{
	clv.CellTotal: "total", clv.CellStatus: "status:", clv.CellStage: "stage:", clv.CellTier: "tier:", clv.CellChannel: "channel:",
	clv.CellCohort: "cohort:", clv.CellMonth: "month:", clv.CellReturned: "returned:",
	clv.CellCLV: "clv:", clv.CellAlive: "alive:", clv.CellWait: "wait:",
}

// appendField appends the name of a cell's field in stat.
func appendField(dst []byte, cell clv.Cell) []byte {
	dst = append(dst, cellNames[cell.Kind]...)
	switch cell.Kind {
	case clv.CellTotal:
		return dst
	case clv.CellChannel:
		return append(dst, cell.Channel...)
	case clv.CellStatus:
		return append(dst, clv.Status(cell.Key).String()...)
	case clv.CellStage:
		return append(dst, clv.Stage(cell.Key).String()...)
	case clv.CellReturned:
		dst = strconv.AppendInt(dst, int64(cell.Key), 10)
		dst = append(dst, '+')
		return strconv.AppendInt(dst, int64(cell.Part), 10)
	case clv.CellCLV, clv.CellAlive, clv.CellWait:
		return strconv.AppendInt(dst, int64(cell.Part), 10)
	default:
		return strconv.AppendInt(dst, int64(cell.Key), 10)
	}
}

// parseField is the inverse of appendField. It takes no name that appendField does
// not write.
func parseField(field string) (clv.Cell, error) {
	var cell clv.Cell
	var rest string
	for kind := clv.CellTotal; int(kind) < len(cellNames); kind++ {
		if after, ok := strings.CutPrefix(field, cellNames[kind]); ok {
			cell.Kind, rest = kind, after
			break
		}
	}
	var err error
	switch cell.Kind {
	case clv.CellTotal:
	case clv.CellChannel:
		cell.Channel = rest
	case clv.CellStatus:
		cell.Key = int32(clv.Churned)
		for cell.Key > 0 && clv.Status(cell.Key).String() != rest {
			cell.Key--
		}
	case clv.CellStage:
		stage, _ := clv.ParseStage(rest)
		cell.Key = int32(stage)
	case clv.CellReturned:
		cohort, part, _ := strings.Cut(rest, "+")
		var wrong error
		cell.Key, err = parseInt32(cohort)
		cell.Part, wrong = parseInt32(part)
		err = errors.Join(err, wrong)
	case clv.CellCLV, clv.CellAlive, clv.CellWait:
		cell.Part, err = parseInt32(rest)
	default:
		cell.Key, err = parseInt32(rest)
	}
	if err != nil || cell.Kind == 0 || cell.MostShared() || string(appendField(nil, cell)) != field {
		return clv.Cell{}, fmt.Errorf("%w: statistics have a field %q", errDamaged, field)
	}
	return cell, nil
}

func parseInt32(text string) (int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	return int32(n), err
}

// appendPlaces appends a cell's stored form: the schema, then a zigzag varint a
// place, without the zeros at the end.
func appendPlaces(dst []byte, places *clv.Places) []byte {
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
func decodePlaces(stored string) (places clv.Places, err error) {
	r := &reader{rest: []byte(stored)}
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
		return clv.Places{}, fmt.Errorf("%w: statistics: %w", errDamaged, r.err)
	}
	return places, nil
}

// decodeStatistics adds what a shard's hash holds.
func decodeStatistics(to *clv.Statistics, stored map[string]string) error {
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
func (s *Store) Statistics(ctx context.Context) (*clv.Statistics, error) {
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
	all := &clv.Statistics{}
	for i := range asked {
		if err := decodeStatistics(all, asked[i].Val()); err != nil {
			return nil, fmt.Errorf("read statistics of shard %d: %w", i, err)
		}
	}
	return all, nil
}
