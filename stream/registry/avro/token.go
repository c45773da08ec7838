package avro

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

// appendToken appends what a token of the JSON encoding is by its type.
func (n *node) appendToken(dst []byte, token jsontext.Token) ([]byte, error) {
	is := token.Kind()
	switch {
	case n.kind == kindNull && is == 'n':
		return append(dst, "null"...), nil
	case n.kind == kindBoolean && (is == 't' || is == 'f'):
		return jsonform.AppendBool(dst, token.Bool()), nil
	case (n.kind == kindInt || n.kind == kindLong) && is == '0':
		bits := 64
		if n.kind == kindInt {
			bits = 32
		}
		v, err := strconv.ParseInt(token.String(), 10, bits)
		if err != nil {
			return dst, jsonform.Bad("is no whole number of its type")
		}
		return n.appendNumber(dst, v), nil
	case n.kind == kindFloat || n.kind == kindDouble:
		return n.appendFloat(dst, token)
	case is != '"':
		return dst, errOther
	case n.kind == kindString:
		return jsonform.AppendText(dst, []byte(token.String()))
	case n.kind == kindEnum:
		for i, symbol := range n.symbols {
			if symbol == token.String() {
				return append(dst, n.quoted[i]...), nil
			}
		}
		return dst, jsonform.Bad("is no symbol of its enum")
	case n.kind == kindBytes || n.kind == kindFixed:
		raw, err := latin(token.String())
		if err != nil || n.kind == kindFixed && len(raw) != n.size {
			return dst, errOther
		}
		return n.appendBytes(dst, raw)
	}
	return dst, errOther
}

func (n *node) appendFloat(dst []byte, token jsontext.Token) ([]byte, error) {
	bits := 64
	if n.kind == kindFloat {
		bits = 32
	}
	text := token.String()
	switch token.Kind() {
	case '0':
		f, err := strconv.ParseFloat(text, bits)
		if err != nil {
			return dst, jsonform.Bad("is a number beyond its type")
		}
		return jsonform.AppendFloat(dst, f, bits), nil
	case '"':
		switch text {
		case "NaN":
			return jsonform.AppendFloat(dst, math.NaN(), bits), nil
		case "Infinity", "-Infinity":
			sign := 1
			if text[0] == '-' {
				sign = -1
			}
			return jsonform.AppendFloat(dst, math.Inf(sign), bits), nil
		}
	}
	return dst, errOther
}

// latin turns a text of characters up to U+00FF into the bytes that they stand for.
func latin(text string) ([]byte, error) {
	raw := make([]byte, 0, utf8.RuneCountInString(text))
	for _, c := range text {
		if c > 0xff {
			return nil, errOther
		}
		raw = append(raw, byte(c))
	}
	return raw, nil
}
