package process

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// child is a program that runs in a process of its own.
type child struct {
	cmd   *exec.Cmd
	log   *lines
	out   bytes.Buffer
	ended chan struct{}
}

// start runs a program with exactly the variables given, and kills what is left
// of it when the test is over.
func start(t *testing.T, program Program, env []string, args ...string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(self, args...), log: &lines{}, ended: make(chan struct{})}
	c.cmd.Env = append(slices.Clone(env), beProgram+"="+program.name, "GOCOVERDIR="+t.TempDir())
	c.cmd.Dir = t.TempDir()
	c.cmd.Stdout, c.cmd.Stderr = &c.out, c.log
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close() })
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = c.cmd.Wait() // the status is asked for later
		close(c.ended)
	}()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		<-c.ended
		if t.Failed() {
			t.Logf("log of %s:\n%s", program.name, c.log)
		}
	})
	return c
}

// status waits for the end and gives the exit status.
func (c *child) status(t *testing.T) int {
	t.Helper()
	select {
	case <-c.ended:
	case <-time.After(patience):
		t.Fatal("it has not ended")
	}
	return c.cmd.ProcessState.ExitCode()
}

// terminate asks it to stop, as an orchestrator does.
func (c *child) terminate(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// says waits for a log line with the message and gives its values.
func (c *child) says(t *testing.T, message string) map[string]any {
	t.Helper()
	var found map[string]any
	eventually(t, "a log line "+message, func() bool {
		found = c.log.find(message)
		return found != nil || c.hasEnded()
	})
	if found == nil {
		t.Fatalf("it ended without the log line %s", message)
	}
	return found
}

func (c *child) hasEnded() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// url is a path of what it serves.
func (c *child) url(t *testing.T, path string) string {
	t.Helper()
	return fmt.Sprintf("http://%s%s", c.says(t, "starting")["listen"], path)
}

// ready waits until it says that it works.
func (c *child) ready(t *testing.T) {
	t.Helper()
	url := c.url(t, "/readyz")
	eventually(t, "readiness", func() bool { status, _ := get(t, url); return status == http.StatusOK })
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: waited %s in vain", what, patience)
		}
	}
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
