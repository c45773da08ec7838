package jsonform

import "errors"

// MaxDepth bounds how deep values may be nested, as it does where JSON is read.
const MaxDepth = 64

// Flaw is how a value contradicts its schema. It names fields of the schema and never holds
// what the value said.
type Flaw struct {
	Path string // of fields; empty: the value itself
	Text string
	// TooLarge says that its JSON would be larger than a value may be.
	TooLarge bool
}

// Error is the path and the text.
func (f *Flaw) Error() string {
	if f.Path == "" {
		return f.Text
	}
	return f.Path + " " + f.Text
}

// Bad is a flaw of the value at hand.
func Bad(text string) error { return &Flaw{Text: text} }

// In says in which field a flaw is. It is called on the way back, so that what has none pays
// nothing for its path.
func In(field string, err error) error {
	var f *Flaw
	if !errors.As(err, &f) {
		return err
	}
	if f.Path != "" {
		field += "." + f.Path
	}
	return &Flaw{Path: field, Text: f.Text, TooLarge: f.TooLarge}
}

// Limit refuses JSON that grew beyond limit bytes: a few bytes can say that a list has a
// billion empty elements.
func Limit(size, limit int) error {
	if size <= limit {
		return nil
	}
	return &Flaw{Text: "would be larger as JSON than an event may be", TooLarge: true}
}
