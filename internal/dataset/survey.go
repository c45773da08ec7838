package dataset

import (
	"errors"
	"fmt"
	"io"

	"github.com/clvstream/clvstream/internal/dataset/amounts"
	"github.com/clvstream/clvstream/internal/dataset/dates"
)

// Found is what a file shows of itself when it is read once.
type Found struct {
	Format    Format
	Delimiter byte         // of a CSV
	Columns   []Column     // of a CSV: which column is what
	Dates     dates.Form   // of a CSV
	Decimal   amounts.Sign // of a CSV
	Zoneless  int          // rows whose time is in Options.Location
	Backwards int          // rows earlier than the row before
	Repeats   int          // rows of orders that rows before are of
	Scattered bool         // such rows do not stand together
	NoAmounts string       // of a CSV without amounts: the flag that names them, and the header
}

// Column is what a column of a CSV is taken for.
type Column struct {
	Field  string `json:"field"`
	Column string `json:"column"` // its header, or its number
}

// Survey reads the file once, and returns the options with all that they left open. Then the
// file is at its beginning.
func Survey(src io.ReadSeeker, opts Options) (Options, error) {
	opts = opts.completed()
	found, err := survey(src, &opts)
	if err == nil {
		_, err = src.Seek(0, io.SeekStart)
	}
	if err != nil {
		return opts, fmt.Errorf("read %s: %w", opts.Name, err)
	}
	opts.found = found
	return opts, nil
}

// Found is what Survey has found, or nil.
func (o Options) Found() *Found { return o.found }

func survey(src io.ReadSeeker, opts *Options) (*Found, error) {
	l, err := newLines(src, *opts)
	if err != nil {
		return nil, err
	}
	if opts.Format == Auto {
		if opts.Format, err = recogniseFormat(l); err != nil {
			return nil, err
		}
		if _, err := src.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		if l, err = newLines(src, *opts); err != nil { // of the format's longest line
			return nil, err
		}
	}
	switch opts.Format {
	case CSV:
		p, err := newCSV(l, *opts)
		if err != nil {
			return nil, err
		}
		return p.survey(opts)
	case CDNOW, JSONL:
		p, err := newParser(l, *opts)
		if err != nil {
			return nil, err
		}
		return surveyEvents(p, opts)
	}
	return nil, second(ParseFormat(string(opts.Format)))
}

// surveyEvents looks at the times of events.
func surveyEvents(p parser, opts *Options) (*Found, error) {
	found := &Found{Format: opts.Format}
	var row Row
	for latest := int64(0); ; {
		err := p.next(&row)
		switch {
		case errors.Is(err, io.EOF):
			return found, nil
		case IsRefusal(err):
			continue
		case err != nil:
			return nil, err
		}
		if opts.Format == CDNOW {
			found.Zoneless++
		}
		if row.Event.AtMicros < latest {
			found.Backwards++
		}
		latest = row.Event.AtMicros
	}
}
