package jsonschema

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

// maxExponent bounds numbers: a few bytes such as 1e999999999 would ask for gigabytes as a
// decimal. It is what a binary fraction of 64 bits reaches.
const maxExponent = 308

var errNotJSON = jsonform.Bad("is not JSON, or has a name twice in one object")

// checkNumbers looks at JSON before it is read: that it is JSON, not nested too deep, and that
// none of its numbers is beyond bounds.
func checkNumbers(text []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.ReadToken()
		switch {
		case err != nil:
			return errNotJSON
		case d.StackDepth() > jsonform.MaxDepth:
			return jsonform.Bad("is nested too deep")
		case token.Kind() == '0' && !bounded(token.String()):
			return jsonform.Bad("has a number beyond what can be held to a schema")
		case d.StackDepth() == 0:
			return checkEnd(d)
		}
	}
}

// checkEnd refuses what comes after a value.
func checkEnd(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errNotJSON
	}
	return nil
}

func bounded(number string) bool {
	at := strings.IndexAny(number, "eE")
	if at < 0 {
		return len(number) <= 2*maxExponent
	}
	exponent, err := strconv.Atoi(number[at+1:])
	return err == nil && exponent <= maxExponent && exponent >= -maxExponent && at <= 2*maxExponent
}
