package state

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
)

// The power fails while a transaction is on its way to the disk. What Redis loads is
// without it; what is written then must not be taken for part of it at the next load.
func TestAFileTornInsideATransaction(t *testing.T) {
	const customers, rounds = 3, 4
	for program, start := range map[string]func(testing.TB, ...string) *testbed.Redis{"redis": testbed.StartRedis, "valkey": testbed.StartValkey} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			r := start(t)
			w := newWorld(t, r.Client(t))
			w.shards = 1
			claim := w.claim(w.open(), 0)
			w.commit(claim, w.batch(0, round(0, customers-1)...))
			before := testbed.AOFSize(t, r.CopyAOF(t))
			w.commit(claim, w.batch(customers-1, orderOf("c2", 0)))
			whole := r.CopyAOF(t)
			transaction := testbed.AOFSize(t, whole) - before
			t.Logf("the transaction has %d bytes", transaction)
			for _, lost := range cuts(transaction) {
				r.RestoreTornAOF(t, whole, lost)
				// Another partition's events come first, and then the power fails again.
				w.client = r.Client(t)
				w.commit(w.claim(w.open(), 1), w.batch(0, orderOf("d0", 0)))
				awaitRewritten(t, r)
				r.RestoreAOF(t, r.CopyAOF(t))

				w.client = r.Client(t)
				claim := w.claim(w.open(), 0)
				log := []int{0, 1, 2} // the customers of the first round, by offset
				for at := claim.Resume(); at < int64(len(log)); at++ {
					w.commit(claim, w.batch(at, orderOf(fmt.Sprint("c", log[at]), 0)))
				}
				for i := 1; i < rounds; i++ {
					w.commit(claim, w.batch(int64(i*customers), round(i, customers)...))
				}
				w.wantOrders(customers, rounds)
				w.wantCounts()
				if t.Failed() {
					t.Fatalf("with the last %d bytes lost", lost)
				}
			}
		})
	}
}

// cuts are how many of the last bytes are lost: all numbers, or where there is no time
// for that, some of them.
func cuts(all int64) (lost []int64) {
	for n := int64(1); n < all; n++ {
		if testbed.Soaking() || n < 3 || rand.Int64N(all) < 24 {
			lost = append(lost, n)
		}
	}
	return lost
}

func awaitRewritten(t *testing.T, r *testbed.Redis) {
	t.Helper()
	client := r.Client(t)
	testbed.Await(t, "the rewrite", func() bool {
		info := infoFields(client.Info(soon(t), "persistence").Val())
		return info["aof_rewrites"] == "1" && info["aof_rewrite_in_progress"] == "0"
	})
}

// wantCounts checks that customers are counted by the model that their value is by.
func (w *world) wantCounts() {
	w.t.Helper()
	s := w.open()
	for shard := range s.Shards() {
		audit, err := s.AuditStatistics(soon(w.t), shard, &w.valuation.Rules)
		if err != nil {
			w.t.Fatal(err)
		}
		if !maps.Equal(audit.KeptModels, audit.ScannedModels) {
			w.t.Errorf("shard %d counts %v by model, a scan %v", shard, audit.KeptModels, audit.ScannedModels)
		}
	}
}

// What is known of a server decides whether it is asked for a rewrite.
func TestWhenAFileIsRewritten(t *testing.T) {
	loaded := map[string]string{"aof_enabled": "1", "aof_rewrites": "0", "db0": "keys=1", "redis_version": "7.0.15"}
	for name, c := range map[string]struct {
		more map[string]string
		want bool
	}{
		"loaded":                      {nil, true},
		"loaded another database":     {map[string]string{"db0": "", "db11": "keys=1"}, true},
		"empty":                       {map[string]string{"db0": ""}, false},
		"without a file":              {map[string]string{"aof_enabled": "0"}, false},
		"rewritten, or begun":         {map[string]string{"aof_rewrites": "1", "aof_rewrite_in_progress": "1"}, false},
		"of old, not rewritten":       {map[string]string{"aof_rewrites": "", "aof_last_rewrite_time_sec": "-1", "aof_last_bgrewrite_status": "ok"}, true},
		"of old, being rewritten":     {map[string]string{"aof_rewrites": "", "aof_last_rewrite_time_sec": "-1", "aof_rewrite_in_progress": "1"}, true},
		"of old, failed":              {map[string]string{"aof_rewrites": "", "aof_last_rewrite_time_sec": "1", "aof_last_bgrewrite_status": "err"}, true},
		"of old, rewritten":           {map[string]string{"aof_rewrites": "", "aof_last_rewrite_time_sec": "1", "aof_last_bgrewrite_status": "ok"}, false},
		"a Valkey that leaves it":     {map[string]string{"valkey_version": "8.1.1"}, true},
		"a Valkey that cuts it":       {map[string]string{"valkey_version": "9.1.2"}, false},
		"a Valkey of times to come":   {map[string]string{"valkey_version": "10.0.0"}, false},
		"a version that is no number": {map[string]string{"valkey_version": "x"}, true},
	} {
		info := maps.Clone(loaded)
		for field, value := range c.more {
			if info[field] = value; value == "" {
				delete(info, field)
			}
		}
		if got := mayBeTorn(info); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}

// A server that was started anew is asked for one rewrite, however many ask, and is
// waited for until it has begun. One that refuses to load a torn file is not asked.
func TestAServerIsAskedForOneRewrite(t *testing.T) {
	said := record(t)
	w, r := ownRedis(t)
	claim := w.claim(w.open(), 0)
	rewrites := func() string { return infoFields(r.Client(t).Info(soon(t), "persistence").Val())["aof_rewrites"] }
	w.commit(claim, w.batch(0, round(0, 9)...))
	if got := rewrites(); got != "0" {
		t.Errorf("a server that was empty was asked for %s rewrites", got)
	}
	r.AwaitWritten(t)
	r.Restart(t)
	w.commit(claim, w.batch(9, round(1, 9)...))
	w.commit(w.claim(w.openWith(r.Client(t)), 1), w.batch(0, orderOf("d", 0)))
	w.wantOrders(9, 2)
	if got := rewrites(); got != "1" || !strings.Contains(said(), "asked for a rewrite") {
		t.Errorf("a server that was started anew was asked for %s rewrites, and said was %q", got, said())
	}

	strict := testbed.StartRedis(t, "--aof-load-truncated", "no")
	w = newWorld(t, strict.Client(t))
	claim = w.claim(w.open(), 0)
	w.commit(claim, w.batch(0, round(0, 9)...))
	strict.AwaitWritten(t)
	strict.Restart(t)
	w.commit(claim, w.batch(9, round(1, 9)...))
	w.wantOrders(9, 2)
	if got := infoFields(strict.Client(t).Info(soon(t), "persistence").Val())["aof_rewrites"]; got != "0" {
		t.Errorf("a server that loads no torn file was asked for %s rewrites", got)
	}
}

// A user who may not ask for a rewrite goes on, and is told what an operator can do.
func TestARewriteThatMayNotBeAskedFor(t *testing.T) {
	for _, rights := range [][]any{{"-bgrewriteaof"}, {"-bgrewriteaof", "-config"}, {"-info"}} {
		said := record(t)
		server := testbed.StartRedis(t)
		server.Client(t).Set(soon(t), "somebody", "else", 0)
		client, _ := limited(t, server, rights...)
		w := newWorld(t, client)
		w.commit(w.claim(w.open(), 0), w.batch(0, round(0, 3)...))
		w.wantOrders(3, 1)
		if told := strings.Contains(said(), "run BGREWRITEAOF on it"); told == slices.Contains(rights, any("-info")) {
			t.Errorf("%v: told %t", rights, told)
		}
	}
}
