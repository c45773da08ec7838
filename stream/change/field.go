package change

import (
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/money"
)

// Data is a change with what its fields need besides. It is one goroutine's, and may
// be used for one change after the other.
type Data struct {
	*clv.Change
	Currency money.Currency // of every amount

	times instants
}

// Type is what a field's value is.
type Type uint8

// The types of fields, and how JSON writes them.
const (
	Text   Type = iota + 1 // a string; one of Words where the field has some
	Count                  // a whole number
	Number                 // a number that may have a fraction: see AppendNumber
	Money                  // a string: a decimal in major units, with the currency's own number of decimals
	Time                   // a string: RFC 3339 in UTC, to the microsecond
	Day                    // a string: an ISO 8601 date
	Truth                  // true or false
)

var typeNames = [...]string{Text: "text", Count: "count", Number: "number", Money: "money", Time: "time", Day: "day", Truth: "truth"}

// String is the type's name in documents.
func (t Type) String() string {
	if t < Text || t > Truth {
		return "unknown"
	}
	return typeNames[t]
}

// Object is a JSON object of a change, or a run of fields at its top: then it has
// no name.
type Object struct {
	Name   string
	About  string
	Absent string // when a change has no such object; empty: never
	Fields []Field

	there func(*Data) bool // nil: always
	open  string           // what JSON begins it with
}

// There says whether a change has the object.
func (o *Object) There(d *Data) bool { return o.there == nil || o.there(d) }

// Field is one field of a published change.
type Field struct {
	Name   string
	Path   string // the object's name and the field's: "clv.current"
	Type   Type
	Words  []Word // all that a Text may be; nil: it may be anything
	Grows  bool   // words may be added
	About  string
	Null   string // when it is null; empty: never
	Absent string // when its object lacks it; empty: never
	OfMove bool   // it says how the customer moved: as of an instant they have no such field

	least, most *float64 // bounds of a Count or a Number; of a Text, of its length
	pattern     string   // of a Text

	key   string           // what JSON writes before the value
	flat  string           // the same of flat JSON
	there func(*Data) bool // of its object
	known func(*Data) bool // nil: a Text that may be null is so when it is empty, any other value is known

	// One of these reads the value.
	text   func(*Data) string
	append func([]byte, *Data) []byte // of a Text that is put together
	whole  func(*Data) int64          // a Count; Money in minor units; a Time in microseconds since 1970; a calendar.Day
	number func(*Data) float64
	truth  func(*Data) bool
}

// Word is one of the words that a field may be.
type Word struct{ Name, About string }

// Known says whether the field says something of a change that has its object: where
// not, JSON has null, or no such field.
func (f *Field) Known(d *Data) bool {
	if f.known != nil {
		return f.known(d)
	}
	return f.Null == "" || f.text(d) != ""
}

// Text reads a Text that is known.
func (f *Field) Text(d *Data) string {
	if f.append != nil {
		return string(f.append(nil, d))
	}
	return f.text(d)
}

// AppendText appends a Text that is known.
func (f *Field) AppendText(dst []byte, d *Data) []byte {
	if f.append != nil {
		return f.append(dst, d)
	}
	return append(dst, f.text(d)...)
}

// Whole reads a Count that is known, or Money in minor units, a Time in microseconds
// since 1970, a Day as a calendar.Day.
func (f *Field) Whole(d *Data) int64 { return f.whole(d) }

// Number reads a Number that is known.
func (f *Field) Number(d *Data) float64 { return f.number(d) }

// Truth reads a Truth that is known.
func (f *Field) Truth(d *Data) bool { return f.truth(d) }

// MayLack says whether the field may be null, or not there.
func (f *Field) MayLack() bool { return f.Null != "" || f.Absent != "" || f.there != nil }

func appendDay(dst []byte, day int64) []byte {
	return calendar.Day(day).Date().AppendFormat(dst, time.DateOnly)
}

// Each entry of the table is made by one of these: by its type, with a name, what
// it says, and what reads it. Its null rule and its bounds follow.

func text(name, about string, read func(*Data) string) Field {
	return Field{Name: name, Type: Text, About: about, text: read}
}

func word(name, about string, words []Word, read func(*Data) string) Field {
	return Field{Name: name, Type: Text, About: about, Words: words, text: read}
}

func put(name, about string, read func([]byte, *Data) []byte) Field {
	return Field{Name: name, Type: Text, About: about, append: read}
}

func count(name, about string, read func(*Data) int64) Field {
	return Field{Name: name, Type: Count, About: about, whole: read}.atLeast(0)
}

func number(name, about string, read func(*Data) float64) Field {
	return Field{Name: name, Type: Number, About: about, number: read}
}

func amount(name, about string, readMinor func(*Data) int64) Field {
	return Field{Name: name, Type: Money, About: about, whole: readMinor}
}

func instant(name, about string, readMicros func(*Data) int64) Field {
	return Field{Name: name, Type: Time, About: about, whole: readMicros}
}

func day(name, about string, read func(*Data) calendar.Day) Field {
	return Field{Name: name, Type: Day, About: about, whole: func(d *Data) int64 { return int64(read(d)) }}
}

func truth(name, about string, read func(*Data) bool) Field {
	return Field{Name: name, Type: Truth, About: about, truth: read}
}

// growing says that words may be added to the field's.
func (f Field) growing() Field {
	f.Grows = true
	return f
}

// null says when a text is null, which it is when it is empty.
func (f Field) null(when string) Field {
	f.Null = when
	return f
}

// nullUnless says when a field is null.
func (f Field) nullUnless(known func(*Data) bool, when string) Field {
	f.Null, f.known = when, known
	return f
}

// absentUnless says when an object lacks a field. It is not its first one.
func (f Field) absentUnless(known func(*Data) bool, when string) Field {
	f.Absent, f.known = when, known
	return f
}

// ofMove says that a field is the change's, not the customer's.
func (f Field) ofMove() Field {
	f.OfMove = true
	return f
}

func (f Field) atLeast(least float64) Field {
	f.least = &least
	return f
}

// share bounds a number to those from 0 to 1.
func (f Field) share() Field {
	most := 1.0
	f.most = &most
	return f.atLeast(0)
}

func (f Field) matching(pattern string) Field {
	f.pattern = pattern
	return f
}

// words are those of a closed set from its first member on, each with what it says.
// Past the last member String knows no more.
func words[W interface {
	~uint8
	String() string
}](first W, abouts ...string) (all []Word) {
	for w := first; w.String() != "unknown"; w++ {
		about := ""
		if i := int(w - first); i < len(abouts) {
			about = abouts[i]
		}
		all = append(all, Word{w.String(), about})
	}
	return all
}
