package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
)

func appendValued(dst []byte, v *estimate.Valued) []byte {
	dst = binary.AppendVarint(dst, v.AsOfMicros)
	dst = append(dst, byte(v.Status))
	for _, f := range [...]float64{v.HistoricMinor, v.PredictedMinor, v.CLVMinor, v.PAlive, v.ExpectedOrders} {
		dst = appendFloat(dst, f)
	}
	dst = binary.LittleEndian.AppendUint64(dst, v.Digest)
	return appendString(dst, v.ModelVersion)
}

func readValued(r *reader) estimate.Valued {
	return estimate.Valued{
		AsOfMicros:     r.varint(),
		Status:         history.Status(r.known(r.byte(), statuses, "status")),
		HistoricMinor:  r.float(),
		PredictedMinor: r.float(),
		CLVMinor:       r.float(),
		PAlive:         r.float(),
		ExpectedOrders: r.float(),
		Digest:         r.fixed64(),
		ModelVersion:   r.string(),
	}
}
