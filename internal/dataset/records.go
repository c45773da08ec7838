package dataset

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

const (
	maxColumns = 10_000
	// A quoted value may run over lines. One that never closes would otherwise
	// take the rest of the file with it.
	maxRowLines = 100
)

// records cuts the lines of a CSV into rows of fields. Values may be quoted as
// in RFC 4180 (a quote within is doubled, line ends are kept); spaces around
// values are dropped; a quote inside a value that does not begin with one is a
// character like any other.
type records struct {
	lines     *lines
	delimiter byte
	fields    []field
	joined    []byte
}

// next is the next row, valid until the next call. Blank lines are none, nor are rows of nothing
// but delimiters, which spreadsheets leave at the end.
func (r *records) next() ([]field, error) {
	for {
		fields, err := r.nextLine()
		if err != nil || len(fields) == 1 || slices.ContainsFunc(fields, func(f field) bool { return len(f.text) > 0 }) {
			return fields, err
		}
	}
}

func (r *records) nextLine() ([]field, error) {
	line, err := r.lines.nextFull()
	if err != nil {
		return nil, err
	}
	if bytes.IndexByte(line, '"') < 0 {
		r.splitPlain(line)
		return r.fields, nil
	}
	return r.nextQuoted(line)
}

func (r *records) splitPlain(line []byte) {
	r.fields = r.fields[:0]
	at := place{r.lines.number, 1}
	for {
		i := bytes.IndexByte(line, r.delimiter)
		if i < 0 {
			r.fields = append(r.fields, field{trim(line), at})
			return
		}
		r.fields = append(r.fields, field{trim(line[:i]), at})
		line = line[i+1:]
		at.column += i + 1
	}
}

// nextQuoted reads on while a quote is open. When it does not close, only the
// line that opened it is refused, and the others are read as rows.
func (r *records) nextQuoted(line []byte) ([]field, error) {
	first := r.lines.number
	r.joined = append(r.joined[:0], line...)
	for lineCount := 1; ; lineCount++ {
		open, err := r.splitQuoted(first)
		if err != nil || open == nil {
			return r.fields, err
		}
		more, err := r.lines.next()
		if err == nil {
			r.joined = append(append(r.joined, '\n'), more...)
		}
		if err != nil || lineCount == maxRowLines || len(r.joined) > maxRowBytes {
			return nil, r.giveUp(*open, err)
		}
	}
}

// giveUp hands the lines after the one that opened a quote back. A line too long
// for memory is refused by itself when it comes round; any other failure to read
// ends the reading.
func (r *records) giveUp(open place, err error) error {
	var tooLong *RowError
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &tooLong) {
		return err
	}
	if i := bytes.IndexByte(r.joined, '\n'); i >= 0 {
		r.lines.repeat(r.joined[i+1:])
	}
	return open.refuse(badQuotes, "the quote is not closed within %d lines and %d bytes", maxRowLines, maxRowBytes)
}

// splitQuoted cuts what is joined so far; open is the place of a quote that is
// not closed yet.
func (r *records) splitQuoted(firstLine int) (open *place, err error) {
	r.fields = r.fields[:0]
	at := place{firstLine, 1}
	for rest := r.joined; ; {
		value, length, closed, clean := cutValue(rest, r.delimiter)
		if !closed {
			return &at, nil
		}
		if !clean {
			return nil, at.refuse(badQuotes, "there is text after the closing quote: a quote within a value is written twice")
		}
		r.fields = append(r.fields, field{value, at})
		if length == len(rest) {
			return nil, nil
		}
		at = at.after(rest[:length+1])
		rest = rest[length+1:]
	}
}

// after is the place behind the text.
func (p place) after(text []byte) place {
	if i := bytes.LastIndexByte(text, '\n'); i >= 0 {
		return place{p.line + bytes.Count(text, []byte{'\n'}), len(text) - i}
	}
	return place{p.line, p.column + len(text)}
}

// cutValue takes the value that text begins with; length is how far it reaches,
// up to a delimiter or the end.
func cutValue(text []byte, delimiter byte) (value []byte, length int, closed, clean bool) {
	start := 0
	for start < len(text) && text[start] == ' ' {
		start++
	}
	if start == len(text) || text[start] != '"' {
		if length = bytes.IndexByte(text, delimiter); length < 0 {
			length = len(text)
		}
		return trim(text[:length]), length, true, true
	}
	end := closingQuote(text, start+1)
	if end < 0 {
		return nil, 0, false, false
	}
	value = text[start+1 : end]
	if bytes.IndexByte(value, '"') >= 0 {
		value = bytes.ReplaceAll(value, []byte(`""`), []byte(`"`))
	}
	for length = end + 1; length < len(text) && text[length] == ' '; length++ {
	}
	return value, length, true, length == len(text) || text[length] == delimiter
}

// closingQuote is the index of the first quote from i on that is not doubled, or
// −1.
func closingQuote(text []byte, i int) int {
	for {
		quote := bytes.IndexByte(text[i:], '"')
		if quote < 0 {
			return -1
		}
		i += quote
		if i+1 == len(text) || text[i+1] != '"' {
			return i
		}
		i += 2
	}
}

func trim(text []byte) []byte {
	if len(text) > 0 && text[0] != ' ' && text[len(text)-1] != ' ' {
		return text
	}
	return bytes.Trim(text, " ")
}

// sniff finds the delimiter of a first line: whichever it has most of outside
// quotes. A semicolon, tab or bar is chosen before a comma that is as frequent, which
// then is part of a value.
func sniff(line []byte) byte {
	counts := map[byte]int{}
	quoted := false
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		} else if !quoted {
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte{';', '\t', '|'} {
		if counts[c] > 0 && counts[c] >= counts[best] {
			best = c
		}
	}
	return best
}
