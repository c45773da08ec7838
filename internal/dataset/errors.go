package dataset

import (
	"errors"
	"fmt"
	"strings"

	"github.com/clvstream/clvstream/clv/history"
)

// RowError is a row that cannot be an event.
type RowError struct {
	File    string
	Line    int // from 1
	Column  int // byte of the line, from 1, at which what is wrong begins
	Refusal history.Refusal
}

// Error is file:line:column, the reason, and what is allowed.
func (e *RowError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Refusal.Error())
}

// UnreportedError stands at the end for the refused rows beyond
// Options.MaxErrors.
type UnreportedError struct {
	File    string
	Rows    int
	Refused map[history.RefusalReason]int // of the whole file
}

// Error says how many more rows there were, and the reasons of all.
func (e *UnreportedError) Error() string {
	var all []string
	for _, reason := range history.RefusalReasons() {
		if n := e.Refused[reason]; n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, reason))
		}
	}
	return fmt.Sprintf("%s: %d more rows refused (in all %s)", e.File, e.Rows, strings.Join(all, ", "))
}

// IsRefusal is true for errors about refused rows, after which reading goes on.
func IsRefusal(err error) bool {
	var row *RowError
	var more *UnreportedError
	return errors.As(err, &row) || errors.As(err, &more)
}

// place is where something stands in a file.
type place struct{ line, column int }

func (p place) refuse(reason history.RefusalReason, format string, args ...any) *RowError {
	return &RowError{Line: p.line, Column: p.column, Refusal: history.Refusal{Reason: reason, Detail: fmt.Sprintf(format, args...)}}
}

// shown is what a file said, short enough for a message.
func shown(text []byte) string {
	const most = 40
	if len(text) > most {
		return fmt.Sprintf("%q…", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
