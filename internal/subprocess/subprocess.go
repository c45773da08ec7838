// Package subprocess runs a program as a child of this process, with its output in a
// file, and ends it together with everything that it forked.
//
//	Start ──► own process group, output ──► log file
//	Signal, End ──► the group: the program and what it forked
//	this process dies ──► the kernel kills the child (on Linux)
//
// It does not know what runs: servers of tests, the programs of a benchmark.
package subprocess

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Process is one run of a program.
type Process struct {
	PID    int
	Exited chan struct{} // closed when it has ended

	result error // of it, once it has
}

// Start runs argv in a directory, with an environment (nil: this process's own), and
// appends its output to the file logPath.
func Start(argv, environment []string, dir, logPath string) (*Process, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, environment, log, log
	cmd.SysProcAttr = attributes()
	p := &Process{Exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		defer close(p.Exited)
		defer log.Close()
		// The death signal fires when the starting thread ends, not the process:
		// keep this thread until the program is over.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.result = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	p.PID = cmd.Process.Pid
	return p, nil
}

// Signal reaches the program and what it forked. One that has ended is no error.
func (p *Process) Signal(s syscall.Signal) {
	select {
	case <-p.Exited: // its id may be another's by now
	default:
		_ = syscall.Kill(-p.PID, s)
	}
}

// Kill ends the program and what it forked at once, and returns when they are gone.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.Exited
	p.awaitForked()
}

// Stop asks the program to end in order, and returns when it has, with what it ended by.
func (p *Process) Stop() error {
	p.Signal(syscall.SIGTERM)
	return p.Wait()
}

// Wait returns when the program has ended, with what it ended by.
func (p *Process) Wait() error {
	<-p.Exited
	return p.result
}

// awaitForked returns when what a killed program forked is gone as well, as that of a
// Redis which rewrites its file: it holds the port. It may stay in the table of
// processes where nobody takes it out, so the wait is bounded.
func (p *Process) awaitForked() {
	for end := time.Now().Add(forkedPatience); time.Now().Before(end) && syscall.Kill(-p.PID, 0) == nil; {
		time.Sleep(time.Millisecond)
	}
}

const forkedPatience = 500 * time.Millisecond

// Running reports whether the program has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.Exited:
		return false
	default:
		return true
	}
}
