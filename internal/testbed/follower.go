package testbed

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/clvstream/clvstream/internal/subprocess"
)

// Follower is a program that reads a topic for as long as it runs, and prints a line for each
// record that it uses. Such a line begins as given; what libraries log does not.
type Follower struct {
	begin   []byte
	name    string
	log     string
	process *subprocess.Process
}

// Follow starts one of their programs, or one by its absolute path.
func (r *Receivers) Follow(t testing.TB, begin, program string, arguments ...string) *Follower {
	t.Helper()
	dir := t.TempDir()
	f := &Follower{begin: []byte(begin), name: filepath.Base(program), log: filepath.Join(dir, "log")}
	var err error
	f.process, err = subprocess.Start(append([]string{r.find(program)}, arguments...), r.environment(dir), dir, f.log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.process.Kill()
		if t.Failed() {
			t.Logf("end of the log of %s:\n%s", f.name, tail(f.log))
		}
	})
	return f
}

// Said are the lines so far.
func (f *Follower) Said(t testing.TB) (lines [][]byte) {
	t.Helper()
	text, err := os.ReadFile(f.log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, f.begin) && line[len(line)-1] == '\n' {
			lines = append(lines, line)
		}
	}
	return lines
}

// AwaitSaid waits for a number of lines, and returns all that are there.
func (f *Follower) AwaitSaid(t testing.TB, lines int) [][]byte {
	t.Helper()
	Await(t, f.name+" to say more", func() bool { return len(f.Said(t)) >= lines || !f.process.Running() })
	return f.Said(t)
}

// terminated is the status of a JVM that ended in order because it was asked to.
const terminated = 128 + int(syscall.SIGTERM)

// Stop asks it to end in order, which it must do with success.
func (f *Follower) Stop(t testing.TB) {
	t.Helper()
	if !f.process.Running() {
		t.Errorf("%s ended by itself: %v", f.name, f.process.Wait())
		return
	}
	var exit *exec.ExitError
	if err := f.process.Stop(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != terminated) {
		t.Errorf("%s: %v", f.name, err)
	}
}

// AwaitRefusal waits until it ends by itself, which must be without success.
func (f *Follower) AwaitRefusal(t testing.TB) (complaint string) {
	t.Helper()
	Await(t, f.name+" to end", func() bool { return !f.process.Running() })
	if f.process.Wait() == nil {
		t.Errorf("%s ended with success", f.name)
	}
	return tail(f.log)
}
