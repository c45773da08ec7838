package event

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/clv/history"
)

// maxDepth bounds nesting, which only fields that nobody reads can have.
const maxDepth = 64

var errTooDeep = errors.New("nested too deep")

// objectReader walks the members of one JSON object and hands out their values
// as the bytes they are, so that numbers stay text until they are parsed
// exactly. It is the only code that reads JSON here.
//
// It is built on jsontext, which is strict where it matters: UTF-8, escapes,
// duplicate names, trailing bytes.
type objectReader struct {
	decoder *jsontext.Decoder
	source  bytes.Buffer // the decoder reads a bytes.Buffer in place, without a copy
	input   []byte
}

// begin starts on an object. A value that is no object is an error.
func (r *objectReader) begin(input []byte) error {
	r.input = input
	r.source = *bytes.NewBuffer(input)
	if r.decoder == nil {
		r.decoder = jsontext.NewDecoder(&r.source)
	} else {
		r.decoder.Reset(&r.source)
	}
	if first, err := r.decoder.ReadToken(); err != nil {
		return unexpectedEnd(err)
	} else if first.Kind() != jsontext.KindBeginObject {
		return errNotObject
	}
	return nil
}

var errNotObject = errors.New("not an object")

// next gives a member's name, unescaped, and its value in JSON. At the end of
// the object, when nothing but white space follows, it answers io.EOF.
func (r *objectReader) next() (name, value []byte, err error) {
	if r.decoder.PeekKind() == jsontext.KindEndObject {
		return nil, nil, r.end()
	}
	quoted, err := r.decoder.ReadValue()
	if err != nil {
		return nil, nil, unexpectedEnd(err)
	}
	// In our own slice the name outlives the reading of its value.
	end := int(r.decoder.InputOffset())
	name = Unquote(r.input[end-len(quoted) : end])
	value, err = r.value()
	return name, value, unexpectedEnd(err)
}

func (r *objectReader) value() ([]byte, error) {
	switch r.decoder.PeekKind() {
	case jsontext.KindBeginObject, jsontext.KindBeginArray:
		return r.nested()
	}
	value, err := r.decoder.ReadValue()
	end := int(r.decoder.InputOffset())
	return r.input[end-len(value) : end], err
}

// nested goes token by token, where jsontext would recurse ten thousand deep.
func (r *objectReader) nested() ([]byte, error) {
	start := -1
	for {
		if _, err := r.decoder.ReadToken(); err != nil {
			return nil, err
		}
		if start < 0 {
			start = int(r.decoder.InputOffset()) - 1
		}
		switch depth := r.decoder.StackDepth(); {
		case depth > maxDepth:
			return nil, errTooDeep
		case depth == 1:
			return r.input[start:r.decoder.InputOffset()], nil
		}
	}
}

func (r *objectReader) end() error {
	if _, err := r.decoder.ReadToken(); err != nil {
		return err
	}
	if _, err := r.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return io.EOF
}

var errTrailing = errors.New("more than one value")

// unexpectedEnd keeps a truncated input apart from next's io.EOF.
func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Unquote is what a valid JSON string says. Without escapes it is a part of the
// input and costs nothing.
func Unquote(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	text, _ := jsontext.AppendUnquote(nil, quoted) // the reader has validated it
	return text
}

// undecodable says in our own words why the input cannot be read: the
// library's would quote from it.
func (r *objectReader) undecodable(err error) *history.Refusal {
	at := r.decoder.InputOffset()
	if syntax := (*jsontext.SyntacticError)(nil); errors.As(err, &syntax) {
		at = syntax.ByteOffset
	}
	what := "is not JSON"
	switch {
	case errors.Is(err, errNotObject):
		what = "is not a JSON object"
	case errors.Is(err, errTooDeep):
		return refuse(history.Undecodable, "the JSON is nested deeper than %d levels at byte %d", maxDepth, at)
	case errors.Is(err, errTrailing):
		what = "goes on after the JSON object"
	case errors.Is(err, jsontext.ErrDuplicateName):
		what = "has a name twice in one JSON object"
	case !utf8.Valid(r.input):
		what = "is not valid UTF-8"
	case errors.Is(err, io.ErrUnexpectedEOF):
		what = "ends within the JSON"
	}
	return refuse(history.Undecodable, "the value %s at byte %d", what, at)
}
