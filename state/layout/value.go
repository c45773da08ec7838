package layout

import (
	"encoding/binary"
	"math"

	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
)

// Flags of a stored value: which of its figures do not follow from others.
const (
	valuedHistoric  = 1 << iota // 8 bytes; else it is a whole number
	valuedPredicted             // 8 bytes; else 0
	valuedCLV                   // 8 bytes; else historic and predicted
	valuedPAlive                // 8 bytes; else 0
	valuedAlive                 // P(alive) is 1; with the flag before, it is taken for 1 and not known
	valuedExpected              // 8 bytes; else 0
	valuedVersion               // the model's version is 12 hexadecimal digits: 6 bytes

	valuedFlags = valuedVersion<<1 - 1
)

// versionBytes are those of the version that a model file has.
const versionBytes = 6

func flagsOfValued(v *estimate.Valued) byte {
	return flag(!isWhole(v.HistoricMinor), valuedHistoric) | flag(!isZero(v.PredictedMinor), valuedPredicted) |
		flag(!isSum(v.CLVMinor, v.HistoricMinor, v.PredictedMinor), valuedCLV) |
		flagsOfAlive(v) |
		flag(!isZero(v.ExpectedOrders), valuedExpected) | flag(isHexVersion(v.ModelVersion), valuedVersion)
}

// flagsOfAlive: without a flag P(alive) is 0, and not known of a prospect.
func flagsOfAlive(v *estimate.Valued) byte {
	switch {
	case v.PAlive == 1 && !v.AliveKnown:
		return valuedPAlive | valuedAlive
	case v.PAlive == 1:
		return valuedAlive
	default:
		return flag(!isZero(v.PAlive), valuedPAlive)
	}
}

// isZero says whether a float is 0, and not −0.
func isZero(f float64) bool { return math.Float64bits(f) == 0 }

// isWhole says whether a float is an integer that it holds exactly, and not −0.
func isWhole(f float64) bool {
	const exact = 1 << 53
	return -exact < f && f < exact && math.Float64bits(float64(int64(f))) == math.Float64bits(f)
}

// isSum says whether a float is the sum of two, to the bit. What is no number is not: its
// bits depend on the processor.
func isSum(f, a, b float64) bool {
	return f == f && math.Float64bits(a+b) == math.Float64bits(f)
}

func isHexVersion(version string) bool {
	if len(version) != 2*versionBytes {
		return false
	}
	for i := range len(version) {
		if !isHex(version[i]) {
			return false
		}
	}
	return true
}

// appendValued appends the value, except its instant, which is stored among the customer's,
// and its model, which is stored at the end:
//
//	status     1 byte
//	flags      1 byte: stored whole are historic 1, predicted 2, CLV 4, P(alive) 8,
//	           expected orders 32; P(alive) is one 16, or not known 8 + 16, and 0 without a flag;
//	           the model's version is packed 64
//	historic   float64 if flagged, else varint
//	others     float64 each that is flagged, in the order of the flags
//	digest     uint64
func appendValued(dst []byte, v *estimate.Valued) []byte {
	flags := flagsOfValued(v)
	dst = append(dst, byte(v.Status), flags)
	if flags&valuedHistoric == 0 {
		dst = binary.AppendVarint(dst, int64(v.HistoricMinor))
	}
	stored := flags
	if flags&valuedAlive != 0 {
		stored &^= valuedPAlive
	}
	for _, f := range [...]struct {
		flag  byte
		value float64
	}{
		{valuedHistoric, v.HistoricMinor}, {valuedPredicted, v.PredictedMinor}, {valuedCLV, v.CLVMinor},
		{valuedPAlive, v.PAlive}, {valuedExpected, v.ExpectedOrders},
	} {
		if stored&f.flag != 0 {
			dst = appendFloat(dst, f.value)
		}
	}
	return binary.LittleEndian.AppendUint64(dst, v.Digest)
}

// readValued reads a value, and the flags that say how its model's version is stored.
func readValued(r *reader, v *estimate.Valued) (flags byte) {
	v.Status = history.Status(r.known(r.byte(), statuses, "status"))
	flags = r.flags(valuedFlags)
	if flags&valuedHistoric == 0 {
		v.HistoricMinor = float64(r.varint())
	} else {
		v.HistoricMinor = r.float()
	}
	v.PredictedMinor = r.floatIf(flags&valuedPredicted != 0)
	if flags&valuedCLV == 0 {
		v.CLVMinor = v.HistoricMinor + v.PredictedMinor
	} else {
		v.CLVMinor = r.float()
	}
	switch flags & (valuedPAlive | valuedAlive) {
	case valuedPAlive | valuedAlive:
		v.PAlive = 1
	case valuedAlive:
		v.PAlive, v.AliveKnown = 1, true
	case valuedPAlive:
		v.PAlive, v.AliveKnown = r.float(), true
	default:
		v.AliveKnown = v.Status != history.Prospect
	}
	v.ExpectedOrders = r.floatIf(flags&valuedExpected != 0)
	v.Digest = r.fixed64()
	return flags
}

func (r *reader) floatIf(stored bool) float64 {
	if !stored {
		return 0
	}
	return r.float()
}

// appendVersion appends the model's version: 6 bytes of hexadecimal digits, or a string.
func appendVersion(dst []byte, version string) []byte {
	if isHexVersion(version) {
		return appendHex(dst, version)
	}
	return appendString(dst, version)
}

// readVersion reads it, and whether the value is stored as its flags say.
func readVersion(r *reader, v *estimate.Valued, flags byte) {
	if flags&valuedVersion != 0 {
		v.ModelVersion = r.hexVersion()
	} else {
		v.ModelVersion = r.string()
	}
	if r.err == nil && flagsOfValued(v) != flags {
		r.fail(errForeign)
	}
}

// hexVersion is a version of 12 digits. A memory has the last one: most customers are
// valued by one model.
func (r *reader) hexVersion() string {
	var digits [2 * versionBytes]byte
	for i, b := range []byte(r.fixed(versionBytes)) {
		digits[2*i], digits[2*i+1] = hexDigits[b>>4], hexDigits[b&15]
	}
	if r.memory == nil {
		return r.keep(digits[:], 0)
	}
	if r.memory.version != string(digits[:]) {
		r.memory.version = string(digits[:])
	}
	return r.memory.version
}
