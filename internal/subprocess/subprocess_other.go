//go:build !linux

package subprocess

import (
	"syscall"
	"time"
)

// attributes puts a server into a group of its own, out of reach of a
// terminal's Ctrl-C and killed as a whole. Only Linux can tie its life to ours.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// AwaitStopped gives a child that was sent SIGSTOP time to stop.
func AwaitStopped(int) { time.Sleep(50 * time.Millisecond) }
