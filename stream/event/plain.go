package event

// plainReader walks the members of an object of the shape that nearly every
// event has: flat, with strings of printable ASCII without escapes, decimal
// numbers and literals. It accepts a strict part of JSON and gives up on
// anything else, valid or not, for the objectReader to read or to refuse. So it
// has no errors of its own, and a fuzz test holds the two to the same answer.
//
// An order of 200 bytes, with all checks, costs 0.6 µs through plainReader and
// 1.5 µs through objectReader. For comparison, without any of the checks, jsontext
// alone takes 0.6 µs to walk its tokens, its package's Unmarshal 1.3 µs, and
// encoding/json 2.6 µs (Xeon, both cores busy; BenchmarkDecode).
type plainReader struct {
	data   []byte
	at     int
	known  uint16 // a bit for each field seen
	others [maxPlainOthers][]byte
	count  int // of others
}

// maxPlainOthers is how many names nobody reads are remembered to find a
// duplicate.
const maxPlainOthers = 16

// readPlain is read for plain input; false means that it is not plain.
func (in *fields) readPlain(data []byte) bool {
	p := plainReader{data: data}
	if !p.take('{') {
		return false
	}
	for {
		name := p.text()
		if name == nil || !p.take(':') {
			return false
		}
		value := p.value()
		f, known := FieldOf(name[1 : len(name)-1])
		switch {
		case value == nil:
			return false
		case known && p.known&(1<<f) == 0:
			p.known |= 1 << f
			in.set(f, value)
		case known || !p.addOther(name):
			return false
		}
		if !p.take(',') {
			return p.take('}') && p.atEnd()
		}
	}
}

// addOther remembers a name, unless it has been seen or there are too many.
func (p *plainReader) addOther(name []byte) bool {
	if p.count == maxPlainOthers {
		return false
	}
	for _, seen := range p.others[:p.count] {
		if string(seen) == string(name) {
			return false
		}
	}
	p.others[p.count] = name
	p.count++
	return true
}

func (p *plainReader) space() {
	for p.at < len(p.data) {
		switch p.data[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// take skips white space and, if it comes next, one byte of punctuation.
func (p *plainReader) take(c byte) bool {
	p.space()
	if p.at < len(p.data) && p.data[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *plainReader) atEnd() bool {
	p.space()
	return p.at == len(p.data)
}

// value is the next value in JSON, or nil.
func (p *plainReader) value() []byte {
	p.space()
	if p.at == len(p.data) {
		return nil
	}
	switch p.data[p.at] {
	case '"':
		return p.text()
	case 'n':
		return p.literal("null")
	case 't':
		return p.literal("true")
	case 'f':
		return p.literal("false")
	}
	return p.number()
}

// text is the next string with its quotes, or nil.
func (p *plainReader) text() []byte {
	if !p.take('"') {
		return nil
	}
	start := p.at - 1
	for i, c := range p.data[p.at:] {
		if c == '"' {
			p.at += i + 1
			return p.data[start:p.at]
		}
		if c < ' ' || c > '~' || c == '\\' {
			return nil
		}
	}
	return nil
}

func (p *plainReader) literal(word string) []byte {
	start := p.at
	if len(p.data)-start < len(word) || string(p.data[start:start+len(word)]) != word {
		return nil
	}
	p.at += len(word)
	return p.data[start:p.at]
}

// number is the next number without an exponent, or nil.
func (p *plainReader) number() []byte {
	start := p.at
	if p.data[p.at] == '-' {
		p.at++
	}
	whole := p.at
	p.digits()
	if p.at == whole || p.data[whole] == '0' && p.at > whole+1 {
		return nil
	}
	if p.at < len(p.data) && p.data[p.at] == '.' {
		p.at++
		point := p.at
		if p.digits(); p.at == point {
			return nil
		}
	}
	return p.data[start:p.at]
}

func (p *plainReader) digits() {
	for p.at < len(p.data) && isDigit(p.data[p.at]) {
		p.at++
	}
}
