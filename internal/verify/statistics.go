package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/state"
)

// compareStatistics compares what a shard keeps of its base with what its customers
// come to, both of one instant. Whether the customers are right is compared apart.
func (v *verification) compareStatistics(ctx context.Context, shard int) error {
	audit, err := v.config.Store.AuditStatistics(ctx, shard, &v.config.Valuation.Rules)
	switch {
	case errors.Is(err, state.ErrMoving):
		v.report.Moving++
		return nil
	case err != nil:
		return err
	}
	different := audit.Scanned.Different(audit.Kept)
	names := map[string]statistics.Places{}
	for cell, more := range different {
		names[fmt.Sprintf("statistics of shard %d, %s", shard, describeCell(cell))] = more
	}
	v.compareModelCounts(shard, &audit)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		v.report.note(&v.report.Statistics, Difference{Field: name, Want: "what the customers come to", Got: fmt.Sprintf("%+d", names[name])})
	}
	return nil
}

// compareModelCounts compares how many customers are counted by each model with those
// whose value is by it.
func (v *verification) compareModelCounts(shard int, audit *state.Audit) {
	versions := slices.Sorted(maps.Keys(audit.KeptModels))
	for version := range audit.ScannedModels {
		if _, kept := audit.KeptModels[version]; !kept {
			versions = append(versions, version)
		}
	}
	for _, version := range versions {
		if want, got := audit.ScannedModels[version], audit.KeptModels[version]; want != got {
			v.report.note(&v.report.Statistics, Difference{
				Field: fmt.Sprintf("customers of shard %d counted by model %s", shard, version), Want: fmt.Sprint(want), Got: fmt.Sprint(got),
			})
		}
	}
}

var (
	cellKinds = map[statistics.CellKind]string{
		statistics.CellSums: "sums", statistics.CellMonth: "month", statistics.CellReturned: "returned",
		statistics.CellCLV: "CLV", statistics.CellAlive: "P(alive)", statistics.CellWait: "days between orders",
	}
	traits = map[statistics.Trait]string{
		statistics.ByStatus: "status", statistics.ByStage: "stage", statistics.ByTier: "tier", statistics.ByChannel: "channel", statistics.ByCohort: "cohort",
	}
)

// describeCell names a cell, by its numbers where it has any.
func describeCell(cell statistics.Cell) string {
	name := cellKinds[cell.Kind]
	if cell.Kind != statistics.CellSums {
		name = fmt.Sprintf("%s %d/%d", name, cell.Key, cell.Part)
	}
	switch trait := traits[cell.Group.Trait]; cell.Group.Trait {
	case statistics.OfEverybody:
		return name
	case statistics.ByChannel:
		return fmt.Sprintf("%s of %s %q", name, trait, cell.Group.Channel)
	default:
		return fmt.Sprintf("%s of %s %d", name, trait, cell.Group.Key)
	}
}

// sealedMonths is what the sealed orders come to by the month. A refund more than the
// lateness after its order counts in its own.
func (r *recomputed) sealedMonths(line line) []history.MonthSum {
	byMonth := map[calendar.Month]history.MonthSum{}
	for _, o := range r.orders {
		if o.winner == nil || o.day >= line.orders || !o.stands {
			continue
		}
		for i, m := range o.money() {
			if i > 0 && (m.day >= line.rest || m.amountMinor == 0 && m.marginMinor == 0) {
				continue
			}
			sum := byMonth[m.day.Month()]
			sum.Month = m.day.Month()
			sum.AmountMinor += m.amountMinor
			sum.MarginMinor += m.marginMinor
			if i == 0 {
				sum.Orders++
			}
			byMonth[sum.Month] = sum
		}
	}
	months := make([]history.MonthSum, 0, len(byMonth))
	for _, month := range slices.Sorted(maps.Keys(byMonth)) {
		months = append(months, byMonth[month])
	}
	return months
}

// months compares months; one of nothing may be kept or not.
func (d *differences) months(want, got []history.MonthSum) {
	something := func(months []history.MonthSum) (kept []history.MonthSum) {
		for _, m := range months {
			if m != (history.MonthSum{Month: m.Month}) {
				kept = append(kept, m)
			}
		}
		return kept
	}
	if want, got := something(want), something(got); !slices.Equal(want, got) {
		d.differ("sealed: months", fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got))
	}
}
