package subprocess

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes puts a server into a group of its own, out of reach of a
// terminal's Ctrl-C and killed as a whole, and asks the kernel to kill it when
// the thread that started it ends, which is when this process dies.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// AwaitStopped returns when every thread of a child that was sent SIGSTOP has
// stopped, or the child is gone: a busy broker goes on answering for
// milliseconds.
func AwaitStopped(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WSTOPPED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
