package testbed

import "syscall"

// processAttributes puts a server into a group of its own, out of reach of a
// terminal's Ctrl-C and killed as a whole, and asks the kernel to kill it when
// the thread that started it ends, which is when this process dies.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
