package mapping

import (
	"bytes"
	"slices"
	"strings"

	"github.com/clvstream/clvstream/clv/history"
)

// sourceSpec says where a value comes from and of which type it is, as a file has it.
type sourceSpec struct {
	paths      []fieldPath // the first that has a value counts
	joined     []joinPart  // in place of paths: a text of several parts
	constant   []byte      // in place of paths: JSON
	expression string      // in place of paths: CEL
	fallback   []byte      // JSON, where there is no value; nil: none
	typeName   string
	convert    conversion
	options    options
	scalePath  *fieldPath // in place of options.scale
}

// String names the source as refusals do.
func (s *sourceSpec) String() string {
	switch {
	case s.expression != "":
		return "cel"
	case s.joined != nil:
		return "join"
	case len(s.paths) == 0:
		return "constant"
	}
	names := make([]string, len(s.paths))
	for i, p := range s.paths {
		names[i] = p.text
	}
	return strings.Join(names, " or ")
}

// joinPart is a path, or a text between two.
type joinPart struct {
	path *fieldPath
	text string
}

// source is a sourceSpec in a scope.
type source struct {
	spec   *sourceSpec
	places []place
	joined []joinedPlace
	scale  *place
	value  *expression
}

type joinedPlace struct {
	place *place
	text  string
}

// place is where a path's value is found when a record has been walked.
type place struct {
	root  root
	level int // of the slots: 0 of the value, then of each for_each
	slot  int
	name  string // of a header
}

// fetch is what stands at the first path that has a value.
func (e *evaluation) fetch(s *source) found {
	for i := range s.places {
		f := e.at(&s.places[i])
		if f.bytes != nil && !s.isNull(f) {
			return f
		}
	}
	return found{}
}

// isNull says whether a text or a number stands for nothing, by the mapping's own word.
func (s *source) isNull(f found) bool {
	nulls := s.spec.options.nulls
	switch {
	case len(nulls) == 0:
		return false
	case f.isText():
		return slices.Contains(nulls, string(f.text()))
	}
	return f.isNumber() && slices.Contains(nulls, string(f.bytes))
}

func (e *evaluation) at(p *place) found {
	switch p.root {
	case ofKey:
		if p.slot < 0 {
			return e.key
		}
		return present(e.keySlots[p.slot])
	case ofHeaders:
		return e.header(p.name)
	case ofEnvelope:
		return e.attributes[p.slot]
	case ofTopic:
		return found{bytes: e.topic, plain: true}
	case ofPartition:
		return e.number(int64(e.partition))
	case ofOffset:
		return e.number(e.record.Offset)
	case ofTimestamp:
		return e.number(e.record.TimestampMillis)
	case ofIndex:
		return e.number(int64(e.indices[p.level]))
	default:
		if p.level == 0 && e.value == nil {
			return found{}
		}
		return present(e.levels[p.level][p.slot])
	}
}

// header is the last of its name, as Kafka clients take it. Names of HTTP headers, which
// forwarders pass on, have no case.
func (e *evaluation) header(name string) found {
	for i := len(e.record.Headers) - 1; i >= 0; i-- {
		h := &e.record.Headers[i]
		if len(h.Key) == len(name) && strings.EqualFold(string(h.Key), name) {
			return found{bytes: h.Value, plain: true}
		}
	}
	return found{}
}

// append appends the JSON of a source's value; nothing where there is none.
func (e *evaluation) append(dst []byte, s *source) ([]byte, *flaw) {
	spec := s.spec
	switch {
	case spec.constant != nil:
		return append(dst, spec.constant...), nil
	case s.value != nil:
		return e.appendExpression(dst, s)
	case spec.joined != nil:
		return e.appendJoined(dst, s)
	}
	f := e.fetch(s)
	if f.bytes == nil {
		return append(dst, spec.fallback...), nil
	}
	if f.isUnreadable() {
		return dst, bad(history.Undecodable, spec.String()+" "+notHeld)
	}
	o := &spec.options
	if s.scale != nil {
		scale, wrong := wholeNumber(e.at(s.scale).orEmpty())
		if wrong != nil || scale < 0 || scale > mostExponent {
			return dst, bad(history.BadAmount, spec.scalePath.text+" is no scale")
		}
		e.scaled = *o
		e.scaled.scale = int(scale)
		o = &e.scaled
	}
	dst, wrong := spec.convert(dst, f, o)
	if wrong != nil {
		wrong.text = spec.String() + " " + wrong.text
	}
	return dst, wrong
}

// orEmpty is a text without anything where there is no value.
func (f found) orEmpty() found {
	if f.bytes == nil {
		return found{bytes: []byte{}, plain: true}
	}
	return f
}

// appendJoined appends a text of all parts, or nothing where one of them has no value.
func (e *evaluation) appendJoined(dst []byte, s *source) ([]byte, *flaw) {
	start := len(dst)
	dst = append(dst, '"')
	for i := range s.joined {
		part := &s.joined[i]
		if part.place == nil {
			dst = append(dst, part.text...)
			continue
		}
		f := e.at(part.place)
		if f.bytes == nil {
			return append(dst[:start], s.spec.fallback...), nil
		}
		if f.isUnreadable() {
			return dst, bad(history.Undecodable, s.spec.joined[i].path.text+" "+notHeld)
		}
		at := len(dst)
		var wrong *flaw
		if dst, wrong = convertID(dst, f, nil); wrong != nil {
			wrong.text = s.spec.joined[i].path.text + " " + wrong.text
			return dst, wrong
		}
		dst = append(dst[:at], bytes.TrimSuffix(dst[at+1:], []byte{'"'})...) // without its quotes
	}
	return append(dst, '"'), nil
}

func (e *evaluation) appendExpression(dst []byte, s *source) ([]byte, *flaw) {
	value, wrong := s.value.value(e)
	if wrong != nil {
		return dst, wrong
	}
	if value == nil {
		return append(dst, s.spec.fallback...), nil
	}
	return appendValue(dst, value)
}
