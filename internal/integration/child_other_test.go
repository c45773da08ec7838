//go:build !linux

package integration

import "syscall"

// dieWithParent does nothing where only Linux can.
func dieWithParent() *syscall.SysProcAttr { return nil }
