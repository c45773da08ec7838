package state

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/state/transaction"
)

// redisError is what the client makes of an error that Redis answers.
type redisError string

func (e redisError) Error() string { return string(e) }
func (redisError) RedisError()     {}

var verdicts = map[string]Verdict{
	"Passes": Passes, "Newer": Newer, "Beaten": Beaten, "Fenced": Fenced, "RolledBack": RolledBack, "Final": Final, "Damaged": Damaged,
}

// errorsOf are errors of each verdict.
var errorsOf = map[Verdict][]error{
	Passes: {
		errOutboxFull, errModel, net.ErrClosed, context.DeadlineExceeded, errors.New("what Kafka says"),
		redisError("LOADING Redis is loading the dataset in memory"), redisError("NEWCODE that nobody knows yet"),
		redisError("ERR max number of clients reached"),
	},
	Newer:      {layout.ErrNewer, fmt.Errorf("%w: %w", layout.ErrDamaged, layout.ErrNewer)},
	Beaten:     {transaction.ErrBeaten},
	Fenced:     {ErrFenced},
	RolledBack: {ErrRolledBack},
	Final:      {ErrStateLost, ErrTopicRecreated, ErrBornOtherwise, layout.ErrOlder},
	Damaged: {
		layout.ErrDamaged, redisError("WRONGTYPE Operation against a key holding the wrong kind of value"),
		fmt.Errorf("%w: hset: %w", transaction.ErrPartial, redisError("OOM command not allowed")),
	},
}

func TestJudge(t *testing.T) {
	for name, want := range verdicts {
		for _, err := range errorsOf[want] {
			if got := Judge(fmt.Errorf("commit orders/0: shard 3: %w", err)); got != want {
				t.Errorf("%v: judged %d, want %s, %d", err, got, name, want)
			}
		}
		if waits, ends := want == Passes || want == Newer, want == Final || want == Damaged; want.Waits() != waits || want.Ends() != ends {
			t.Errorf("%s: waits %t, ends %t", name, want.Waits(), want.Ends())
		}
	}
	for _, s := range sentinels {
		if verdict, cause := judge(s.err); verdict != s.verdict || cause != s.cause || verdict.Waits() != (cause != "") {
			t.Errorf("%v: judged %d, for %q", s.err, verdict, cause)
		}
	}
	for code, want := range codes {
		if verdict, cause := judge(redisError(code + " and what follows")); strings.Contains(code, " ") == (verdict == want) || verdict == want && verdict == Passes && cause != strings.ToLower(code) {
			t.Errorf("%s: judged %d, for %q", code, verdict, cause)
		}
	}
}

func TestExplainSaysWhatToDo(t *testing.T) {
	for verdict, errs := range errorsOf {
		for _, err := range errs {
			got := Explain(err)
			if !errors.Is(got, err) || (verdict == Damaged) != strings.Contains(got.Error(), "restore Redis from a copy") {
				t.Errorf("%v is explained as %q", err, got)
			}
			if verdict == Damaged && strings.Count(got.Error(), layout.ErrDamaged.Error()) != 1 {
				t.Errorf("%q says not once that the state is damaged", got)
			}
		}
	}
}

var columns = regexp.MustCompile(`\s{2,}`)

// actions are what the package document's table says that a loop does.
func actions(t *testing.T, loop string) map[Verdict]string {
	t.Helper()
	comment, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	found, column := map[Verdict]string{}, -1
	for line := range strings.Lines(string(comment)) {
		cells := columns.Split(strings.TrimSpace(strings.TrimPrefix(line, "//")), -1)
		if column < 0 {
			for i, cell := range cells {
				if strings.Contains(cell, loop) && cells[0] == "Claim" {
					column = i + 1
				}
			}
			continue
		}
		verdict, ok := verdicts[cells[0]]
		if !ok {
			break
		}
		found[verdict] = cells[column]
	}
	if len(found) != len(verdicts) {
		t.Fatalf("the table has %d verdicts for %s, want %d", len(found), loop, len(verdicts))
	}
	return found
}

// A commit does what the table says. What it meets comes with the model in force,
// the third time not any more.
func TestCommitsDoWhatTheTableSays(t *testing.T) {
	for verdict, action := range actions(t, "Commit") {
		for _, met := range errorsOf[verdict] {
			if _, ofRedis := errors.AsType[redisError](met); ofRedis {
				continue // a model has none
			}
			w := embeddedWorld(t)
			s := w.open()
			claim := w.storeCustomers(s, 10)
			var asked atomic.Int32
			var waited atomic.Bool
			s.options.Model = func(file []byte) (model.Model, error) {
				if claim.RetryingFor(time.Now()) > 0 { // since the try before
					waited.Store(true)
				}
				if asked.Add(1) <= 2 {
					return nil, met
				}
				return readModel(file)
			}
			w.push(s, "x2")
			w.activate(s, "x2", fromMicros, 0, false)
			_, err := claim.Commit(soon(t), w.batch(10, orderOf("c0", 1)))
			switch action {
			case "wait, try again", "try again":
				if err != nil || waited.Load() != (action != "try again") || asked.Load() != 3 {
					t.Errorf("%v: got %v after %d tries, waited %t; want %s", met, err, asked.Load(), waited.Load(), action)
				}
			default:
				if !errors.Is(err, met) || Judge(err) != verdict || asked.Load() != 1 {
					t.Errorf("%v: got %v after %d tries; want %s", met, err, asked.Load(), action)
				}
			}
		}
	}
}

// So does a check: what is waited for is left to the next commit.
func TestChecksDoWhatTheTableSays(t *testing.T) {
	table := actions(t, "Check")
	for name, c := range map[string]struct {
		spoil func(w *world, c *Claim) error
		want  Verdict
	}{
		"all is well": {func(*world, *Claim) error { return nil }, Passes},
		"away":        {func(w *world, c *Claim) error { return c.store.client.Close() }, Passes},
		"fenced":      {func(w *world, c *Claim) error { w.claim(w.open(), 0); return nil }, Fenced},
		"restored": {func(w *world, c *Claim) error {
			return w.client.HSet(soon(w.t), c.store.shards[2].keys.src, markField(c.source), "0 birth").Err()
		}, RolledBack},
		"damaged": {func(w *world, c *Claim) error {
			return w.client.HSet(soon(w.t), c.store.shards[2].keys.src, markField(c.source), "gibberish").Err()
		}, Damaged},
		"another type": {func(w *world, c *Claim) error {
			return errors.Join(w.client.Del(soon(w.t), c.store.shards[2].keys.src).Err(), w.client.Set(soon(w.t), c.store.shards[2].keys.src, "", 0).Err())
		}, Damaged},
	} {
		w := embeddedWorld(t)
		claim := w.claim(w.open(), 0)
		if err := claim.Advance(soon(t), 7); err != nil {
			t.Fatal(err)
		}
		if err := c.spoil(w, claim); err != nil {
			t.Fatal(err)
		}
		err := claim.Check(soon(t))
		if leaves := table[c.want] == "next commit"; leaves != (err == nil) || err != nil && (Judge(err) != c.want || !strings.Contains(err.Error(), "shard")) {
			t.Errorf("%s: got %v; want %s", name, err, table[c.want])
		}
	}
}
