package state

import (
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/state/transaction"
)

// Verdict is what an error means for the loop that got it. Judge gives it, and the
// package document has the table of what each loop does.
type Verdict uint8

// The closed set of verdicts.
const (
	Passes     Verdict = iota // it may be gone at the next try
	Beaten                    // another writer came first: nothing was written
	Newer                     // a newer program wrote what was read: it passes when this one is replaced
	Fenced                    // another consumer has claimed the partition
	RolledBack                // Redis was restored from an older copy, or lost its last writes
	Final                     // state, topics, settings and program contradict each other
	Damaged                   // the state is not as any program writes it
)

// Waits says whether the loop tries again after a pause.
func (v Verdict) Waits() bool { return v == Passes || v == Newer }

// Ends says whether the process ends with the error: no retry heals it.
func (v Verdict) Ends() bool { return v == Final || v == Damaged }

// sentinels are the errors of this program by what they mean and, where they are
// waited for, the cause that metrics name. The first that an error is counts.
var sentinels = []struct {
	err     error
	verdict Verdict
	cause   string
}{
	{transaction.ErrPartial, Damaged, ""}, // whatever Redis said of the command that failed
	{transaction.ErrBeaten, Beaten, ""},
	{layout.ErrNewer, Newer, "newer"},
	{layout.ErrDamaged, Damaged, ""},
	{layout.ErrOlder, Final, ""},
	{ErrFenced, Fenced, ""},
	{ErrRolledBack, RolledBack, ""},
	{ErrStateLost, Final, ""},
	{ErrTopicRecreated, Final, ""},
	{ErrBornOtherwise, Final, ""},
	{errOutboxFull, Passes, "outbox_full"},
	{errModel, Passes, "model"},
	{errTorn, Passes, "rewrite"},
}

// codes are the errors of Redis by their first word. The word in
// lower case is the cause that metrics name. What is not here passes, as "other".
var codes = map[string]Verdict{
	"ASK":         Passes,
	"BUSY":        Passes,
	"CLUSTERDOWN": Passes,
	"EXECABORT":   Passes,
	"LOADING":     Passes,
	"MASTERDOWN":  Passes,
	"MISCONF":     Passes,
	"MOVED":       Passes,
	"NOAUTH":      Passes,
	"NOPERM":      Passes,
	"NOREPLICAS":  Passes,
	"OOM":         Passes,
	"READONLY":    Passes,
	"TRYAGAIN":    Passes,
	"WRONGPASS":   Passes,
	"WRONGTYPE":   Damaged, // a key of ours holds something else
}

// Judge says what an error means that this package answered. One that is neither
// its own nor of Redis passes: the network, Kafka, a time that is over.
func Judge(err error) Verdict {
	verdict, _ := judge(err)
	return verdict
}

// judge also names the cause, from a closed set, where the verdict is to wait.
func judge(err error) (verdict Verdict, cause string) {
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return s.verdict, s.cause
		}
	}
	var answer redis.Error
	if !errors.As(err, &answer) {
		return Passes, "unreachable"
	}
	word, _, _ := strings.Cut(answer.Error(), " ")
	if verdict, known := codes[word]; known {
		return verdict, strings.ToLower(word)
	}
	return Passes, "other"
}

// Explain adds to an error that ends a process what an operator can do. Those that
// are final say it themselves.
func Explain(err error) error {
	if Judge(err) != Damaged {
		return err
	}
	if !errors.Is(err, layout.ErrDamaged) {
		err = fmt.Errorf("%w: %w", layout.ErrDamaged, err)
	}
	return fmt.Errorf("%w: nothing is skipped or repaired by guessing: restore Redis from a copy, or replay into another namespace", err)
}
