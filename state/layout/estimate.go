package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
)

// Flags of a stored estimate.
const (
	estimateResidual = 1 << iota
	estimateAcquired
	estimateAliveUnknown
)

// appendEstimate appends as-of varint µs; status byte; orders, purchase days,
// recency days, age days uvarint; revenue, margin varint minor; repeat mean,
// margin ratio, predicted, residual, P(alive), expected orders, spend, next
// order days float64; flags byte (residual known 1, acquired 2, P(alive) not known 4); if acquired:
// µs varint, event id string, cost varint, channel string. Historic value and CLV
// follow from the margin and the prediction.
func appendEstimate(dst []byte, e *estimate.Estimate) []byte {
	dst = binary.AppendVarint(dst, e.AsOfMicros)
	dst = append(dst, byte(e.Status))
	for _, v := range [...]int{e.Facts.Orders, e.Facts.PurchaseDays, e.Facts.RecencyDays, e.Facts.AgeDays} {
		dst = binary.AppendUvarint(dst, uint64(v))
	}
	dst = binary.AppendVarint(dst, e.Facts.RevenueMinor)
	dst = binary.AppendVarint(dst, e.Facts.MarginMinor)
	for _, f := range [...]float64{
		e.Facts.RepeatMeanMinor, e.Facts.MarginRatio, e.PredictedMinor, e.ResidualMinor,
		e.PAlive, e.ExpectedOrders, e.SpendMinor, e.NextOrderDays,
	} {
		dst = appendFloat(dst, f)
	}
	var flags byte
	if e.ResidualKnown {
		flags |= estimateResidual
	}
	if e.Acquisition.Known {
		flags |= estimateAcquired
	}
	if !e.AliveKnown {
		flags |= estimateAliveUnknown
	}
	dst = append(dst, flags)
	if e.Acquisition.Known {
		dst = binary.AppendVarint(dst, e.Acquisition.AtMicros)
		dst = appendString(dst, e.Acquisition.EventID)
		dst = binary.AppendVarint(dst, e.Acquisition.CostMinor)
		dst = appendString(dst, e.Acquisition.Channel)
	}
	return dst
}

// readEstimate reads into an empty estimate.
func readEstimate(r *reader, e *estimate.Estimate) {
	e.AsOfMicros, e.Status = r.varint(), history.Status(r.known(r.byte(), statuses, "status"))
	f := &e.Facts
	f.Orders, f.PurchaseDays, f.RecencyDays, f.AgeDays = int(r.uvarint()), int(r.uvarint()), int(r.uvarint()), int(r.uvarint())
	f.Frequency = max(0, f.PurchaseDays-1)
	f.RevenueMinor, f.MarginMinor = r.varint(), r.varint()
	f.RepeatMeanMinor, f.MarginRatio = r.float(), r.float()
	e.PredictedMinor, e.ResidualMinor = r.float(), r.float()
	e.PAlive, e.ExpectedOrders, e.SpendMinor, e.NextOrderDays = r.float(), r.float(), r.float(), r.float()
	e.HistoricMinor = float64(f.MarginMinor)
	e.CLVMinor = e.HistoricMinor + e.PredictedMinor
	flags := r.flags(estimateResidual | estimateAcquired | estimateAliveUnknown)
	e.ResidualKnown, e.AliveKnown = flags&estimateResidual != 0, flags&estimateAliveUnknown == 0
	if flags&estimateAcquired != 0 {
		e.Acquisition = history.Acquisition{Known: true, AtMicros: r.varint(), EventID: r.eventOf(), CostMinor: r.varint(), Channel: r.string()}
	}
}
