package mapping

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/stream/event"
)

// maxDepth bounds nesting, as in package event.
const maxDepth = 64

// Errors of the scan. errNotPlain is none of the input: it asks for the strict reader.
var (
	errNotPlain  = errors.New("not plain")
	errNotJSON   = errors.New("is not JSON")
	errTooDeep   = errors.New("is nested too deep")
	errNameTwice = errors.New("has a name twice in one JSON object")
)

// branch is what is wanted of a JSON value: itself, members of it, elements of it. Wanted
// values are put under the number of their slot.
type branch struct {
	slot    int // -1: not wanted itself
	members []member
	held    *branch // what is wanted of the JSON that the value, a text, holds
}

type member struct {
	name  string
	index int // of an array's element; -1: a member of an object
	*branch
}

func newBranch() *branch { return &branch{slot: -1} }

// at is the branch for a step of a path, made where there is none.
func (b *branch) at(s step) *branch {
	if s.json {
		if b.held == nil {
			b.held = newBranch()
		}
		return b.held
	}
	for i := range b.members {
		if b.members[i].name == s.name && b.members[i].index == s.index {
			return b.members[i].branch
		}
	}
	b.members = append(b.members, member{s.name, s.index, newBranch()})
	return b.members[len(b.members)-1].branch
}

// scanner walks one JSON text and cuts out the wanted values, as the bytes they are. Strings
// of printable ASCII without escapes are walked eight bytes at a time. A text with an escape
// of a code point is first validated as a whole by the strict reader of jsontext, and then
// walked: so most records are read once and none unchecked. That a name stands twice is found
// on the way to what is wanted; elsewhere it does no harm.
type scanner struct {
	data   []byte
	at     int
	depth  int
	strict bool // the text was validated
	slots  [][]byte
}

// scan puts the values that a branch wants of a text into slots.
func (s *scanner) scan(data []byte, wanted *branch, slots [][]byte) error {
	*s = scanner{data: data, slots: slots}
	err := s.whole(wanted)
	if !errors.Is(err, errNotPlain) {
		return err
	}
	if err := validate(data); err != nil {
		return err
	}
	clear(slots)
	*s = scanner{data: data, slots: slots, strict: true}
	return s.whole(wanted)
}

// part is scan of a part of a text that was walked, or validated, before.
func (s *scanner) part(data []byte, wanted *branch, slots [][]byte) error {
	*s = scanner{data: data, slots: slots, strict: true}
	return s.whole(wanted)
}

func (s *scanner) whole(wanted *branch) error {
	if err := s.value(wanted); err != nil {
		return err
	}
	if s.space(); s.at != len(s.data) {
		return errNotJSON
	}
	return nil
}

// validate goes token by token, where jsontext would recurse ten thousand deep.
func validate(data []byte) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(data))
	for {
		switch _, err := d.ReadToken(); {
		case errors.Is(err, io.EOF) && d.StackDepth() == 0:
			return nil
		case errors.Is(err, jsontext.ErrDuplicateName):
			return errNameTwice
		case err != nil:
			return errNotJSON
		case d.StackDepth() > maxDepth:
			return errTooDeep
		}
	}
}

func (s *scanner) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// next is the next byte that is no white space, left where it is; 0 at the end.
func (s *scanner) next() byte {
	s.space()
	if s.at == len(s.data) {
		return 0
	}
	return s.data[s.at]
}

// value walks the next value. wanted is nil where nothing of it is.
func (s *scanner) value(wanted *branch) (err error) {
	first := s.next()
	start := s.at
	switch {
	case first == '{':
		err = s.object(wanted)
	case first == '[':
		err = s.array(wanted)
	case first == '"':
		_, err = s.text()
	case first == '-' || isDigit(first):
		err = s.number()
	default:
		err = s.literal()
	}
	if err == nil && wanted != nil && wanted.held != nil && first == '"' {
		err = s.heldJSON(event.Unquote(s.data[start:s.at]), wanted.held)
	}
	if err != nil || wanted == nil || wanted.slot < 0 {
		return err
	}
	s.slots[wanted.slot] = s.data[start:s.at]
	return nil
}

// heldJSON walks the JSON that a text holds. A blank text holds nothing. Of one that holds
// something else nothing can be read: it is refused if it is asked for, since one that was cut
// off must not pass for one that lacks a member.
func (s *scanner) heldJSON(text []byte, wanted *branch) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	inner := scanner{data: text, slots: s.slots, strict: true, depth: s.depth}
	switch err := validate(text); {
	case err == nil:
		return inner.whole(wanted)
	case !errors.Is(err, errNotJSON):
		return err
	}
	s.unreadable(wanted)
	return nil
}

// unreadable stands in slots for what is in a text that should hold JSON and does not. It is
// no JSON itself.
var unreadable = []byte("?")

func (s *scanner) unreadable(wanted *branch) {
	if wanted.slot >= 0 {
		s.slots[wanted.slot] = unreadable
	}
	for i := range wanted.members {
		s.unreadable(wanted.members[i].branch)
	}
	if wanted.held != nil {
		s.unreadable(wanted.held)
	}
}

func (s *scanner) enter() error {
	if s.depth++; s.depth > maxDepth {
		return errTooDeep
	}
	s.at++
	return nil
}

func (s *scanner) leave() error {
	s.depth--
	s.at++
	return nil
}

func (s *scanner) object(wanted *branch) error {
	if err := s.enter(); err != nil {
		return err
	}
	if s.next() == '}' {
		return s.leave()
	}
	var met metMembers
	for {
		if s.next() != '"' {
			return errNotJSON
		}
		name, err := s.text()
		if err != nil {
			return err
		}
		if s.next() != ':' {
			return errNotJSON
		}
		s.at++
		var within *branch
		if at := wanted.member(name); at >= 0 {
			if met.again(at) {
				return errNameTwice
			}
			within = wanted.members[at].branch
		}
		if err := s.value(within); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.at++
		case '}':
			return s.leave()
		default:
			return errNotJSON
		}
	}
}

// member is the number of a member of which something is wanted; negative: nothing is. name
// is with its quotes.
func (b *branch) member(name []byte) int {
	if b == nil || len(b.members) == 0 {
		return -1
	}
	name = event.Unquote(name)
	for i := range b.members {
		if m := &b.members[i]; m.index < 0 && m.name == string(name) {
			return i
		}
	}
	return -1
}

// metMembers are those of an object that were met. Of an object that stands twice, readers take
// parts of the one or the other: it is refused, even if each part stands once.
type metMembers struct {
	first uint64 // bits of the first 64 of a branch: of nearly all
	more  map[int]bool
}

func (m *metMembers) again(at int) bool {
	if at < 64 {
		met := m.first>>at&1 == 1
		m.first |= 1 << at
		return met
	}
	if m.more == nil {
		m.more = map[int]bool{}
	}
	met := m.more[at]
	m.more[at] = true
	return met
}

func (s *scanner) array(wanted *branch) error {
	if err := s.enter(); err != nil {
		return err
	}
	if s.next() == ']' {
		return s.leave()
	}
	for i := 0; ; i++ {
		if err := s.value(wanted.element(i)); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.at++
		case ']':
			return s.leave()
		default:
			return errNotJSON
		}
	}
}

func (b *branch) element(index int) *branch {
	if b == nil {
		return nil
	}
	if at := slices.IndexFunc(b.members, func(m member) bool { return m.index == index }); at >= 0 {
		return b.members[at].branch
	}
	return nil
}
