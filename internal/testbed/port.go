package testbed

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// Ports are taken from below the range that Linux and macOS give to outgoing
// connections (from 32768 and 49152 on): a server that restarts must find its
// port free, and an outgoing connection could otherwise sit on it meanwhile.
const (
	firstPort = 12000
	lastPort  = 32000
)

// reserved keeps two servers from being given one port. Within this process
// the map does; between test binaries it is a locked byte per port in one file,
// which the kernel unlocks when this process ends however it ends.
var reserved struct {
	mu    sync.Mutex
	ports map[int]bool
	file  *os.File
}

// port is a loopback port that is ours until released.
type port struct{ number int }

// reservePort finds a port that is free and that nobody else will take.
func reservePort() (*port, error) {
	reserved.mu.Lock()
	defer reserved.mu.Unlock()
	if err := openReserved(); err != nil {
		return nil, fmt.Errorf("reserve port: %w", err)
	}
	for range 200 {
		number := firstPort + rand.IntN(lastPort-firstPort)
		if reserved.ports[number] || lockPort(number, syscall.F_WRLCK) != nil {
			continue
		}
		if isFree(number) {
			reserved.ports[number] = true
			return &port{number: number}, nil
		}
		_ = lockPort(number, syscall.F_UNLCK) // taken by a stranger: no use to us
	}
	return nil, fmt.Errorf("reserve port: 200 ports tried between %d and %d and none free", firstPort, lastPort)
}

func (p *port) addr() string { return fmt.Sprintf("127.0.0.1:%d", p.number) }

// release gives the port back.
func (p *port) release() {
	reserved.mu.Lock()
	defer reserved.mu.Unlock()
	delete(reserved.ports, p.number)
	_ = lockPort(p.number, syscall.F_UNLCK) // fails only with the file, and then the lock is gone too
}

// openReserved opens the file once: closing it would drop all our locks.
func openReserved() error {
	if reserved.file != nil {
		return nil
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("clvstream-testbed-%d.ports", os.Getuid()))
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	reserved.file, reserved.ports = file, make(map[int]bool)
	return nil
}

func lockPort(number int, lockType int16) error {
	lock := syscall.Flock_t{Type: lockType, Whence: io.SeekStart, Start: int64(number), Len: 1}
	return syscall.FcntlFlock(reserved.file.Fd(), syscall.F_SETLK, &lock)
}

func isFree(number int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", number))
	if err != nil {
		return false
	}
	l.Close()
	return true
}
