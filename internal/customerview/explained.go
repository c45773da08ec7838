package customerview

import (
	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/internal/explain"
)

// Explained is a value step by step, beside the one that is stored.
type Explained struct {
	explain.View
	Stored Stored `json:"stored"`
}

// Stored is the value of the customer's last event or due time, as stored.
type Stored struct {
	AsOf           string   `json:"as_of"`
	ModelVersion   string   `json:"model_version"`
	HistoricMinor  float64  `json:"historic_minor"`
	PredictedMinor float64  `json:"predicted_minor"`
	CLVMinor       float64  `json:"clv_minor"`
	PAlive         *float64 `json:"p_alive"` // nil: not known
	ExpectedOrders float64  `json:"expected_orders"`
	Version        uint64   `json:"version"`         // changes announced
	AnnouncedMinor float64  `json:"announced_minor"` // CLV of the last one
	Same           bool     `json:"same"`            // as explained, bit for bit
}

// Explain compares an explanation with the stored customer.
func Explain(id string, stored *clv.Customer, explanation *explain.Explanation) Explained {
	v, e := &stored.Value, &explanation.Estimate
	same := valued(e)
	same.AsOfMicros, same.Status, same.ModelVersion, same.Digest = e.AsOfMicros, e.Status, explanation.Model.Version(), v.Digest
	explained := Explained{View: explanation.View(), Stored: Stored{
		AsOf: Instant(v.AsOfMicros), ModelVersion: v.ModelVersion,
		HistoricMinor: v.HistoricMinor, PredictedMinor: v.PredictedMinor, CLVMinor: v.CLVMinor,
		PAlive: alive(v), ExpectedOrders: v.ExpectedOrders,
		Version: stored.Version, AnnouncedMinor: stored.AnnouncedMinor,
		Same: *v == same,
	}}
	explained.CustomerID = id
	return explained
}
