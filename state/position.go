package state

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/state/transaction"
)

// position is what src says of a shard to those who write it.
type position struct {
	tip         string
	firedMicros int64 // up to where due times were fired; 0: none was
	inForce     InForce
	layout      uint64 // in force
	fresh       freshness
	orders      orderIndex
	epoch       int64 // of one input partition
	mark        *mark // of one input partition; nil: none
}

// positionFields are the fields of src that make a position, of an input partition
// where one is given.
func positionFields(source ...layout.Source) []string {
	fields := []string{tipField, firedField, modelField, layoutField, refreshedField, ordersField}
	for _, s := range source {
		fields = append(fields, epochField(s), markField(s))
	}
	return fields
}

// parsePosition reads the answers to positionFields.
func parsePosition(answers []any) (p position, err error) {
	text := func(i int) (s string) {
		if i < len(answers) {
			s, _ = answers[i].(string)
		}
		return s
	}
	p.tip = text(0)
	if p.firedMicros, err = parseFired(text(1)); err != nil {
		return position{}, err
	}
	if p.inForce, err = parseInForce(text(2)); err != nil {
		return position{}, err
	}
	if p.layout, err = parseLayout(text(3)); err != nil {
		return position{}, err
	}
	if p.fresh, err = parseFreshness(text(4)); err != nil {
		return position{}, err
	}
	if p.orders, err = parseOrderIndex(text(5)); err != nil {
		return position{}, err
	}
	if len(answers) > 6 {
		if p.epoch, err = parseEpoch(answers[6]); err != nil {
			return position{}, err
		}
	}
	if len(answers) > 7 && answers[7] != nil {
		m, err := parseMark(text(7))
		if err != nil {
			return position{}, err
		}
		p.mark = &m
	}
	return p, nil
}

// parseEpoch reads the epoch of the claim that may write; 0: none ever did.
func parseEpoch(answer any) (int64, error) {
	stored, ok := answer.(string)
	if !ok {
		return 0, nil
	}
	epoch, err := strconv.ParseInt(stored, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: epoch %q", layout.ErrDamaged, stored)
	}
	return epoch, nil
}

// opened is a shard on which a transaction has begun, with the answers to its
// reads.
type opened struct {
	shard      *shard
	involved   *involved   // those missing are to be read; nil of due times
	cells      *cellsRead  // statistics to read; nil: none
	counted    bool        // the counts by model are to be read
	orderReads *orderReads // questions to the index of orders; nil: none
	since      []string    // journal entries to read: those since what is cached

	fields  *redis.SliceCmd           // of the position
	waiting *redis.IntCmd             // entries in the outbox
	missed  *redis.SliceCmd           // customers
	models  *redis.MapStringStringCmd // if counted
	journal *redis.SliceCmd           // if since
	position
}

// reads are what it takes to open the shard.
func (o *opened) reads(ctx context.Context, fields []string) transaction.Reads {
	return func(pipe redis.Pipeliner) {
		o.fields = pipe.HMGet(ctx, o.shard.keys.src, fields...)
		o.waiting = pipe.XLen(ctx, o.shard.keys.out)
		if o.involved != nil && len(o.involved.missing) > 0 {
			o.missed = pipe.HMGet(ctx, o.shard.keys.customers, o.involved.missing...)
		}
		if o.cells != nil {
			o.cells.ask(ctx, pipe, o.shard)
		}
		if len(o.since) > 0 {
			o.journal = pipe.HMGet(ctx, o.shard.keys.src, o.since...)
		}
		if o.orderReads != nil {
			o.orderReads.ask(ctx, pipe, &o.shard.keys)
		}
		if o.counted {
			o.models = pipe.HGetAll(ctx, o.shard.keys.models)
		}
	}
}

// read takes the answers apart.
func (o *opened) read() (err error) {
	o.position, err = parsePosition(o.fields.Val())
	return err
}

// nextTip is "sequence commit": the sequence counts the commits that changed
// customers, the commit makes it unlike any other, also after Redis was restored
// from an older copy. One that only moves a mark leaves it, and with it every
// cache, as it is.
func nextTip(tip, commit string) string {
	return strconv.FormatUint(sequenceOf(tip)+1, 10) + " " + commit
}
