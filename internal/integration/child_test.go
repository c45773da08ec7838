package integration

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// child is one of the programs in a process of its own.
type child struct {
	name  string
	cmd   *exec.Cmd
	log   *lines
	ended chan struct{}
}

// spawn runs a program, and kills what is left of it when the test is over.
func (d *deployment) spawn(t *testing.T, binaries, name string, more ...string) *child {
	t.Helper()
	c := &child{name: name, cmd: exec.Command(filepath.Join(binaries, name), d.flags(more...)...), log: &lines{}, ended: make(chan struct{})}
	c.cmd.Env = append([]string{}, d.environment...) // no variable of the test's is a setting
	c.cmd.Dir = t.TempDir()
	c.cmd.Stdout, c.cmd.Stderr = c.log, c.log
	c.cmd.SysProcAttr = dieWithParent()
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = c.cmd.Wait() // the state is asked for later
		close(c.ended)
	}()
	t.Cleanup(func() {
		c.signal(syscall.SIGKILL)
		<-c.ended
		if t.Failed() {
			t.Logf("end of the log of %s:\n%s", name, c.log.tail(40))
		}
	})
	return c
}

func (c *child) signal(s syscall.Signal) { _ = c.cmd.Process.Signal(s) }

// kill ends it with SIGKILL. It must have been running until then.
func (c *child) kill(t *testing.T) {
	t.Helper()
	c.signal(syscall.SIGKILL)
	<-c.ended
	if status := c.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("%s ended by itself (%v):\n%s", c.name, c.cmd.ProcessState, c.log.tail(20))
	}
}

// terminate ends it as an orchestrator does and gives the exit status.
func (c *child) terminate(t *testing.T) int {
	t.Helper()
	c.signal(syscall.SIGTERM)
	return c.status(t)
}

// status waits for the end and gives the exit status.
func (c *child) status(t *testing.T) int {
	t.Helper()
	eventually(t, "the end of "+c.name, c.hasEnded)
	return c.cmd.ProcessState.ExitCode()
}

func (c *child) hasEnded() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// says waits for a log line with the message and gives its values.
func (c *child) says(t *testing.T, message string) map[string]any {
	t.Helper()
	var found map[string]any
	eventually(t, "log line "+message+" of "+c.name, func() bool {
		found = c.log.find(message)
		return found != nil || c.hasEnded()
	})
	if found == nil {
		t.Fatalf("%s ended without the log line %s:\n%s", c.name, message, c.log.tail(20))
	}
	return found
}

// lines is a log that is read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// find is the first line with a message, nil when there is none.
func (l *lines) find(message string) map[string]any {
	for s := bufio.NewScanner(strings.NewReader(l.String())); s.Scan(); {
		var line map[string]any
		if json.Unmarshal(s.Bytes(), &line) == nil && line["msg"] == message {
			return line
		}
	}
	return nil
}

// count is how many lines have a message.
func (l *lines) count(message string) int {
	return strings.Count(l.String(), `"msg":"`+message+`"`)
}

// tail is the last lines.
func (l *lines) tail(count int) string {
	all := strings.Split(strings.TrimSpace(l.String()), "\n")
	return strings.Join(all[max(0, len(all)-count):], "\n")
}
