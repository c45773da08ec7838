package terminal

import (
	"fmt"
	"io"
)

// Lines prints line after line, and keeps the first error: after it nothing is printed.
type Lines struct {
	To  io.Writer
	Err error
}

// Print prints one line.
func (l *Lines) Print(format string, values ...any) {
	if l.Err == nil {
		_, l.Err = fmt.Fprintf(l.To, format+"\n", values...)
	}
}
