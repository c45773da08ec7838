package change

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// AppendNumber appends a number that may have a fraction, as JSON, always with a point:
// 1.0, not 1. Readers that infer a column's type from the first records would take one of
// such integers for whole numbers, and round what follows. The digits are the fewest that
// read back as the same bits.
func AppendNumber(dst []byte, v float64) []byte {
	from := len(dst)
	dst = strconv.AppendFloat(dst, v, 'g', -1, 64)
	if bytes.IndexByte(dst[from:], '.') >= 0 {
		return dst
	}
	exponent := bytes.IndexByte(dst[from:], 'e')
	if exponent < 0 {
		return append(dst, ".0"...)
	}
	power := string(dst[from+exponent:])
	return append(append(dst[:from+exponent], ".0"...), power...)
}

// withPoints are the options of encoding/json, and numbers as AppendNumber writes them.
var withPoints = json.JoinOptions(jsonv1.DefaultOptionsV1(), jsontext.EscapeForHTML(false),
	json.WithMarshalers(json.MarshalToFunc(func(e *jsontext.Encoder, v float64) error {
		return e.WriteValue(AppendNumber(nil, v))
	})))

// Marshal writes a value as encoding/json does, with its numbers as a change has them.
func Marshal(v any, options ...json.Options) ([]byte, error) {
	return json.Marshal(v, append([]json.Options{withPoints}, options...)...)
}
