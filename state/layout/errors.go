package layout

import (
	"errors"
	"fmt"
)

// Why stored bytes cannot be read. Each error of this package is one of these.
var (
	// ErrDamaged says that no clvstream can have written them. No retry heals it.
	ErrDamaged = errors.New("what is stored is damaged")
	// ErrNewer says that they hold what a later version of clvstream writes. Whoever
	// meets it waits: the end of the upgrade heals it.
	ErrNewer = errors.New("newer than this program: finish the upgrade of this process")
	// ErrOlder says that they are of a version that is not read any more. No retry
	// heals it.
	ErrOlder = errors.New("older than this program reads: run a version that does, or replay into another namespace")
)

// What a reader says of stored bytes that end too soon or claim a length that
// they do not have, and of those that this program would write otherwise.
var (
	errTruncated = fmt.Errorf("%w: bytes end too soon", ErrDamaged)
	errForeign   = fmt.Errorf("%w: bytes hold what is never written", ErrDamaged)
)
