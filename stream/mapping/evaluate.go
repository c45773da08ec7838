package mapping

import (
	"fmt"
	"strconv"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
)

// evaluation is one record under a mapping. It is used again for the next one: nothing of it
// outlives the record.
type evaluation struct {
	record     *event.Record
	topic      []byte
	partition  int32
	scanner    scanner
	value      []byte     // within its envelopes; nil: null
	levels     [][][]byte // slots of the value, then of the element of each for_each
	indices    []int      // of these elements
	keySlots   [][]byte
	key        found // whole, within Connect's envelope; where a path names it
	attributes []found
	outer      []found // attributes around a batch
	isBatch    bool    // of CloudEvents, as the header says
	numbers    []byte  // texts of numbers that are no bytes of the record
	out        []byte  // members as JSON
	plain      []byte  // the value as JSON, where it was written through a schema registry
	scaled     options // of a field whose scale is the record's
	taken      *rule   // that takes the record, or the last element of its batch
	making     *eventRule
}

// slots are those of a level, empty.
func (e *evaluation) slots(level, n int) [][]byte {
	for len(e.levels) <= level {
		e.levels, e.indices = append(e.levels, nil), append(e.indices, 0)
	}
	if cap(e.levels[level]) < n {
		e.levels[level] = make([][]byte, n)
	}
	e.levels[level] = e.levels[level][:n]
	clear(e.levels[level])
	return e.levels[level]
}

// number is a found whole number.
func (e *evaluation) number(n int64) found {
	start := len(e.numbers)
	e.numbers = strconv.AppendInt(e.numbers, n, 10)
	return found{bytes: e.numbers[start:len(e.numbers):len(e.numbers)]}
}

// appendValue appends what CEL yielded as JSON.
func appendValue(dst []byte, value any) ([]byte, *flaw) {
	switch v := value.(type) {
	case string:
		return quote(dst, []byte(v))
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case time.Time:
		return appendTime(dst, v), nil
	default:
		return dst, bad(history.BadField, "yields no text, whole number or time")
	}
}

// begin prepares for a record.
// value is the record's, as JSON.
func (e *evaluation) begin(m *Mapping, topic string, partition int32, r *event.Record, value []byte) *flaw {
	e.record, e.partition = r, partition
	e.topic, e.numbers = append(e.topic[:0], topic...), e.numbers[:0]
	if len(e.attributes) == 0 {
		e.attributes, e.outer = make([]found, len(attributeNames)), make([]found, len(attributeNames))
	}
	if len(e.keySlots) < m.keySlots {
		e.keySlots = make([][]byte, m.keySlots)
	}
	if wrong := e.openRecord(m, value); wrong != nil {
		return wrong
	}
	return e.walkKey(m)
}

// elements are those of a batch; false: the value is none.
func (e *evaluation) elements(m *Mapping) (elements [][]byte, isBatch bool) {
	for i := range m.batch {
		list := e.at(&m.batch[i])
		if list.bytes == nil || list.bytes[0] != '[' {
			continue
		}
		s := scanner{data: list.bytes, strict: true}
		for s.nextElement() && len(elements) <= mostEvents {
			start := s.at
			if s.value(nil) != nil {
				break // it was walked before
			}
			elements = append(elements, s.data[start:s.at])
		}
		return elements, true
	}
	return nil, false
}

// ruleOf is the first rule that takes the record; nil: none does.
func (e *evaluation) ruleOf(m *Mapping) (*rule, *flaw) {
	for i := range m.rules {
		r := &m.rules[i]
		if r.when == nil {
			return r, nil
		}
		holds, wrong := r.when.holds(e)
		if wrong != nil {
			wrong.text = "when of rule " + r.name + ": " + wrong.text
			return nil, wrong
		}
		if holds {
			return r, nil
		}
	}
	return nil, nil
}

// each calls a function for each element that an event is made of: once, for the record
// itself, where it has no for_each.
func (e *evaluation) each(ev *eventRule, level int, do func() *flaw) *flaw {
	if level == len(ev.levels) {
		return do()
	}
	l := &ev.levels[level]
	list := e.at(&l.list)
	if list.bytes == nil {
		return nil
	}
	if list.bytes[0] != '[' {
		return bad(history.BadField, l.path+" is no array")
	}
	s := scanner{data: list.bytes, strict: true}
	for n := 0; s.nextElement(); n++ {
		start := s.at
		if err := s.value(nil); err != nil {
			return bad(history.Undecodable, l.path+" "+err.Error())
		}
		element := s.data[start:s.at]
		if err := e.scanner.part(element, l.wanted, e.slots(level+1, l.slots)); err != nil {
			return bad(history.Undecodable, l.path+" "+err.Error())
		}
		e.indices[level+1] = n
		if wrong := e.each(ev, level+1, do); wrong != nil {
			return wrong
		}
	}
	return nil
}

// nextElement goes to the next element of the array that the scanner walks.
func (s *scanner) nextElement() bool {
	if s.at == 0 {
		s.at++
	} else if s.next() == ',' {
		s.at++
	}
	return s.next() != ']'
}

// mostFieldBytes bounds a field, since one value may stand in each of a thousand events. The
// longest is an id of 4,096 bytes, events.max_id_bytes at its most, of six characters each.
const mostFieldBytes = 32 << 10

// members puts the members of one event into m, or leaves it out where its condition fails.
func (e *evaluation) members(ev *eventRule, m *event.Members) (takes bool, wrong *flaw) {
	if ev.when != nil {
		if takes, wrong = ev.when.holds(e); !takes || wrong != nil {
			return false, wrong
		}
	}
	*m = event.Members{}
	e.out = e.out[:0]
	var ends [event.FieldCount]int
	for i := range ev.fields {
		f := &ev.fields[i]
		if e.out, wrong = e.append(e.out, &f.source); wrong != nil {
			wrong.text = f.field.String() + ": " + wrong.text
			return true, wrong
		}
		start := 0
		if i > 0 {
			start = ends[i-1]
		}
		if ends[i] = len(e.out); ends[i]-start > mostFieldBytes {
			return true, bad(history.BadField, fmt.Sprintf("%s: %s has more than %d bytes", f.field, f.source.spec, mostFieldBytes))
		}
	}
	start := 0
	for i := range ev.fields {
		if ends[i] > start {
			m[ev.fields[i].field] = e.out[start:ends[i]]
		}
		start = ends[i]
	}
	return true, nil
}
