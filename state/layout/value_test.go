package layout

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
)

// floatsOfNote are among those that a value may have, and those that it never should.
var floatsOfNote = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.5, 123_456, 1717.6600436484293, 1<<53 - 1, 1 << 53, -1 << 53, 1<<53 + 2, 1e300, math.MaxFloat64, math.SmallestNonzeroFloat64,
	math.Inf(1), math.Inf(-1), math.NaN(), math.Float64frombits(0x7ff8_0000_dead_beef),
}

// Every figure comes back with the bits that it had.
func TestValuesKeepTheirBits(t *testing.T) {
	bits := func(v *estimate.Valued) (b [5]uint64) {
		for i, f := range [...]float64{v.HistoricMinor, v.PredictedMinor, v.CLVMinor, v.PAlive, v.ExpectedOrders} {
			b[i] = math.Float64bits(f)
		}
		return b
	}
	for _, historic := range floatsOfNote {
		for _, predicted := range floatsOfNote {
			for i, clv := range append([]float64{historic + predicted}, floatsOfNote...) {
				other := floatsOfNote[i%len(floatsOfNote)]
				want := estimate.Valued{
					Status: history.Churned, HistoricMinor: historic, PredictedMinor: predicted, CLVMinor: clv, PAlive: other, ExpectedOrders: predicted,
					Digest: 1<<63 + 7, ModelVersion: [...]string{"", "1115b089816f", "1115B089816F", "simple", "1115b089816f0"}[i%5],
				}
				stored := appendVersion(appendValued(nil, &want), want.ModelVersion)
				r, got := &reader{rest: string(stored)}, estimate.Valued{}
				flags := readValued(r, &got)
				readVersion(r, &got, flags)
				if err := r.end("value"); err != nil || bits(&got) != bits(&want) || got.Status != want.Status || got.Digest != want.Digest || got.ModelVersion != want.ModelVersion {
					t.Fatalf("%+v is stored as %x, and read as %+v, %v", want, stored, got, err)
				}
			}
		}
	}
}

// A figure that follows is not stored whole.
func TestValuesAreStoredInOneWay(t *testing.T) {
	for what, v := range map[string]estimate.Valued{
		"nothing": {}, "a whole number": {HistoricMinor: 7, CLVMinor: 7}, "a sum": {HistoricMinor: 7, PredictedMinor: .5, CLVMinor: 7.5}, "alive": {PAlive: 1, AliveKnown: true}, "not known to be alive": {PAlive: 1}, "a version": {ModelVersion: "1115b089816f"},
	} {
		stored := appendVersion(appendValued(nil, &v), v.ModelVersion)
		flags := stored[1]
		for flag := byte(1); flag < valuedFlags; flag <<= 1 {
			other := append([]byte{stored[0], flags ^ flag}, stored[2:]...)
			r, got := &reader{rest: string(other) + "\x00\x00\x00\x00\x00\x00\x00\x00"}, estimate.Valued{}
			read := readValued(r, &got)
			if readVersion(r, &got, read); r.err == nil && flagsOfValued(&got) != other[1] {
				t.Errorf("%s is read with the flags %x, too", what, other[1])
			}
		}
	}
}

// Whether P(alive) is known comes back, and takes no byte.
func TestValuesKeepWhetherPAliveIsKnown(t *testing.T) {
	for _, want := range []estimate.Valued{
		{Status: history.Active, PAlive: 1}, {Status: history.Active, PAlive: 1, AliveKnown: true}, {Status: history.Active, PAlive: .5, AliveKnown: true},
		{Status: history.Active, AliveKnown: true}, {Status: history.Churned, AliveKnown: true}, {Status: history.Prospect},
	} {
		stored := appendVersion(appendValued(nil, &want), "")
		r, got := &reader{rest: string(stored)}, estimate.Valued{}
		readVersion(r, &got, readValued(r, &got))
		if err := r.end("value"); err != nil || got != want {
			t.Errorf("%+v is read as %+v, %v", want, got, err)
		}
		if known := len(appendVersion(appendValued(nil, &estimate.Valued{Status: want.Status, PAlive: want.PAlive, AliveKnown: true}), "")); len(stored) != known {
			t.Errorf("%+v takes %d bytes, and %d if it is known", want, len(stored), known)
		}
	}
}

// What was stored before it was noted whether P(alive) is known is read as it is stored again:
// known, but for the 0 of a prospect.
func TestFormerValuesSayWhetherPAliveIsKnown(t *testing.T) {
	for _, tc := range []struct {
		status history.Status
		pAlive float64
		known  bool
	}{
		{history.Prospect, 0, false}, {history.Prospect, .5, true}, {history.Prospect, 1, true}, {history.Prospect, math.Copysign(0, -1), true},
		{history.Active, 0, true}, {history.Active, 1, true}, {history.Churned, 0, true},
	} {
		stored := binary.AppendVarint(nil, 7)
		stored = append(stored, byte(tc.status))
		for _, f := range [...]float64{1, 2, 3, tc.pAlive, 5} {
			stored = appendFloat(stored, f)
		}
		stored = appendString(append(stored, 1, 2, 3, 4, 5, 6, 7, 8), "m")
		r, former, again := &reader{rest: string(stored)}, estimate.Valued{}, estimate.Valued{}
		if readFormerValued(r, &former); r.end("value") != nil || former.AliveKnown != tc.known {
			t.Errorf("%v with %v is read as known: %v, %v", tc.status, tc.pAlive, former.AliveKnown, r.err)
		}
		now := &reader{rest: string(appendVersion(appendValued(nil, &former), former.ModelVersion))}
		readVersion(now, &again, readValued(now, &again))
		if again.AsOfMicros = former.AsOfMicros; again != former {
			t.Errorf("%+v is stored again as %+v", former, again)
		}
	}
}
