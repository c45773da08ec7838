package state

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/state/layout"
)

// Audit is what a shard's statistics are and what its customers come to, both as of
// one and the same commit.
type Audit struct {
	Kept      *statistics.Statistics
	Scanned   *statistics.Statistics
	Customers int64
	// How many customers are valued by which model, as kept and by what is stored of them.
	KeptModels, ScannedModels map[string]int64
}

// ErrMoving says that a shard changes faster than its customers can be scanned, and
// holds too many to read them at once.
var ErrMoving = errors.New("the shard changes while it is scanned")

const (
	// auditScans is how often a shard is scanned in the hope that it rests.
	auditScans = 3
	// auditAtOnce is how many customers are read in one transaction if it does not:
	// some 25 MB, for which Redis serves nobody else for about 50 ms.
	auditAtOnce = 50_000
)

// AuditStatistics compares, on a system that may be at work. It scans the shard
// and begins anew when a commit comes in between; one that never rests is read at
// once if it is small enough, and else answered with ErrMoving.
func (s *Store) AuditStatistics(ctx context.Context, shard int, rules *history.Rules) (Audit, error) {
	sh := s.shards[shard]
	for range auditScans {
		audit, rested, err := s.auditScan(ctx, sh, rules)
		if err != nil {
			return Audit{}, fmt.Errorf("audit statistics of shard %d: %w", shard, err)
		}
		if rested {
			return audit, nil
		}
	}
	audit, err := s.auditAtOnce(ctx, sh, rules)
	if err != nil {
		return Audit{}, fmt.Errorf("audit statistics of shard %d: %w", shard, err)
	}
	return audit, nil
}

// errMoved ends a scan during which the shard was changed.
var errMoved = errors.New("a commit came in between")

// auditScan answers false when the shard was changed meanwhile.
func (s *Store) auditScan(ctx context.Context, sh *shard, rules *history.Rules) (Audit, bool, error) {
	tip, audit, err := s.kept(ctx, sh)
	if err != nil {
		return Audit{}, false, err
	}
	err = s.Scan(ctx, sh.index, func(page Snapshot) error {
		if page.tip != tip {
			return errMoved
		}
		for _, customer := range page.Customers {
			audit.add(customer, rules)
		}
		return nil
	})
	if errors.Is(err, errMoved) {
		return Audit{}, false, nil
	}
	return audit, err == nil, err
}

func (a *Audit) add(customer *clv.Customer, rules *history.Rules) {
	contribution, _ := customer.Contribution(rules, nil)
	a.Scanned.Add(&contribution)
	if version := customer.Value.ModelVersion; version != "" {
		a.ScannedModels[version]++
	}
	a.Customers++
}

// kept reads what a shard keeps of its customers, and the tip that it belongs to.
func (s *Store) kept(ctx context.Context, sh *shard) (tip string, audit Audit, err error) {
	var src *redis.SliceCmd
	var stat, models *redis.MapStringStringCmd
	_, err = s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		src = pipe.HMGet(ctx, sh.keys.src, tipField)
		stat = pipe.HGetAll(ctx, sh.keys.stat)
		models = pipe.HGetAll(ctx, sh.keys.models)
		return nil
	})
	if err != nil {
		return "", Audit{}, err
	}
	tip, _ = src.Val()[0].(string) // a shard without a commit has none
	audit, err = newAudit(stat.Val(), models.Val())
	return tip, audit, err
}

// newAudit is of what is kept, with nobody scanned yet.
func newAudit(stat, models map[string]string) (Audit, error) {
	counts, err := parseModelCounts(models)
	if err != nil {
		return Audit{}, err
	}
	maps.DeleteFunc(counts, func(_ string, n int64) bool { return n == 0 }) // as a version before leaves them
	audit := Audit{Kept: &statistics.Statistics{}, Scanned: &statistics.Statistics{}, KeptModels: counts, ScannedModels: map[string]int64{}}
	return audit, layout.DecodeStatistics(audit.Kept, stat)
}

// auditAtOnce reads everything in one transaction.
func (s *Store) auditAtOnce(ctx context.Context, sh *shard, rules *history.Rules) (Audit, error) {
	size, err := s.client.HLen(ctx, sh.keys.customers).Result()
	if err != nil {
		return Audit{}, err
	}
	if size > auditAtOnce {
		return Audit{}, fmt.Errorf("%w: %d customers: try again while less is written", ErrMoving, size)
	}
	var stat, models, customers *redis.MapStringStringCmd
	_, err = s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		stat = pipe.HGetAll(ctx, sh.keys.stat)
		models = pipe.HGetAll(ctx, sh.keys.models)
		customers = pipe.HGetAll(ctx, sh.keys.customers)
		return nil
	})
	if err != nil {
		return Audit{}, err
	}
	audit, err := newAudit(stat.Val(), models.Val())
	if err != nil {
		return Audit{}, err
	}
	for _, stored := range customers.Val() {
		customer, err := layout.DecodeCustomer(stored)
		if err != nil {
			return Audit{}, err
		}
		audit.add(customer, rules)
	}
	return audit, nil
}

// ScanStatistics are the statistics as a full scan of all customers gives them.
func (s *Store) ScanStatistics(ctx context.Context, rules *history.Rules) (*statistics.Statistics, error) {
	all := &statistics.Statistics{}
	for shard := range s.shards {
		audit, err := s.AuditStatistics(ctx, shard, rules)
		if err != nil {
			return nil, err
		}
		all.AddAll(audit.Scanned)
	}
	return all, nil
}
