package testbed

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// CountSyncs counts how often the server syncs a file while do runs, by its system calls.
// The test is left out where strace is missing, or may not trace.
func (s *Server) CountSyncs(t testing.TB, do func()) int {
	t.Helper()
	program, err := lookProgram("strace", "strace")
	need(t, err)
	trace := filepath.Join(t.TempDir(), "trace")
	tracer := exec.Command(program, "-f", "-e", "trace=fsync,fdatasync", "-o", trace, "-p", strconv.Itoa(s.PID()))
	said := &strings.Builder{}
	tracer.Stderr = said
	if err := tracer.Start(); err != nil {
		t.Fatal(err)
	}
	if !s.traced(tracer.Process.Pid) {
		_ = tracer.Process.Kill()
		_ = tracer.Wait()
		recordLeftOut(t, fmt.Errorf("trace a process: %s", said))
		t.Skipf("LEFT OUT: strace may not trace here: %s", said)
	}
	do()
	_ = tracer.Process.Signal(syscall.SIGINT)
	_ = tracer.Wait()
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "sync(")
}

// traced waits until a tracer holds the server.
func (s *Server) traced(tracer int) bool {
	const patience = 5 * time.Second
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		status, _ := os.ReadFile("/proc/" + strconv.Itoa(s.PID()) + "/status")
		if strings.Contains(string(status), "TracerPid:\t"+strconv.Itoa(tracer)+"\n") {
			return true
		}
	}
	return false
}
