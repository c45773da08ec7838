package terminal

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Bar is the progress of one piece of work. A nil Bar shows nothing.
type Bar struct {
	out     io.Writer
	what    string
	total   int64
	done    int64
	bar     *progressbar.ProgressBar
	printed time.Time // the last plain line
}

// linesEvery is how often a plain line is printed.
const linesEvery = 5 * time.Second

// NewBar begins a bar. A total below 1 means that the end is not known.
func NewBar(out io.Writer, what string, total int64) *Bar {
	b := &Bar{out: out, what: what, total: total, printed: time.Now()}
	if b.total < 1 {
		b.total = -1
	}
	if Is(out) {
		b.bar = progressbar.NewOptions64(b.total,
			progressbar.OptionSetWriter(out),
			progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(),
			progressbar.OptionShowIts(),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	return b
}

// Is says whether a writer is a terminal.
func Is(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Set moves the bar.
func (b *Bar) Set(done int64) {
	if b == nil {
		return
	}
	b.done = done
	if b.bar != nil {
		_ = b.bar.Set64(done)
		return
	}
	if time.Since(b.printed) >= linesEvery {
		b.printed = time.Now()
		b.line()
	}
}

// Done takes the bar away and leaves one line of what was done.
func (b *Bar) Done() {
	if b == nil {
		return
	}
	if b.bar != nil {
		_ = b.bar.Finish()
	}
	b.line()
}

func (b *Bar) line() {
	if b.total > 0 {
		fmt.Fprintf(b.out, "%s: %d of %d\n", b.what, b.done, b.total)
		return
	}
	fmt.Fprintf(b.out, "%s: %d\n", b.what, b.done)
}
