//go:build !linux

package testbed

import (
	"syscall"
	"time"
)

// processAttributes puts a server into a group of its own, out of reach of a
// terminal's Ctrl-C and killed as a whole. Only Linux can tie its life to ours.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// awaitStopped gives a child that was sent SIGSTOP time to stop.
func awaitStopped(int) { time.Sleep(50 * time.Millisecond) }
