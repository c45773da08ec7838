package jsonform

import (
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// AppendText appends a text in quotes.
func AppendText(dst, text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		return dst, Bad("is not valid UTF-8")
	}
	if plain(text) {
		return append(append(append(dst, '"'), text...), '"'), nil
	}
	dst, _ = jsontext.AppendQuote(dst, text) // fails for invalid UTF-8 alone
	return dst, nil
}

// plain reports whether a text stands in quotes as it is.
func plain(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// Quoted is a name of a schema in quotes.
func Quoted(name string) []byte {
	quoted, _ := jsontext.AppendQuote(nil, name) // what is not UTF-8 is replaced
	return quoted
}

// AppendBase64 appends bytes as base64 in quotes.
func AppendBase64(dst, raw []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), raw), '"')
}

// AppendFloat appends a number of 32 or 64 bits with the fewest digits that mean it and no
// other. What JSON has no number for is a text.
func AppendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	format := byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) { // as JavaScript prints
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, bits)
}

// AppendBool appends true or false.
func AppendBool(dst []byte, b bool) []byte { return strconv.AppendBool(dst, b) }
