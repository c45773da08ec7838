package testbed

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is one run of a program; what it prints goes to a file.
type process struct {
	pid    int
	exited chan struct{} // closed when it has ended
	result error         // of it, once it has
}

// startProcess runs argv in dir and appends its output to the file logPath.
func startProcess(argv []string, dir, logPath string) (*process, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.SysProcAttr = processAttributes()
	p := &process{exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		defer close(p.exited)
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
	p.pid = cmd.Process.Pid
	return p, nil
}

// signal reaches the program and what it forked. One that has ended is no error.
func (p *process) signal(s syscall.Signal) {
	select {
	case <-p.exited: // its id may be another's by now
	default:
		_ = syscall.Kill(-p.pid, s)
	}
}

// awaitForked returns when what a killed program forked is gone as well, as that of a
// Redis which rewrites its file: it holds the port. It may stay in the table of
// processes where nobody takes it out, so the wait is bounded.
func (p *process) awaitForked() {
	for end := time.Now().Add(forkedPatience); time.Now().Before(end) && syscall.Kill(-p.pid, 0) == nil; {
		time.Sleep(time.Millisecond)
	}
}

const forkedPatience = 500 * time.Millisecond

func (p *process) running() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}
