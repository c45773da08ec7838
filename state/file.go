package state

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/redis/go-redis/v9"
)

// errTorn makes a commit wait for the rewrite that it has asked for.
var errTorn = errors.New("the server has loaded its append-only file, which may end inside a transaction: waiting for a rewrite to begin")

// fileIsWhole answers nil if the server cannot be writing behind the half of a
// transaction, or if it will not let this user do anything about it.
//
// A file that ends inside a transaction, as after a power cut, is loaded without it.
// But most servers leave the transaction's beginning in the file: what is written next
// becomes part of it, and is applied together with that half at the next start. No
// server tells its clients what it cut off. A rewrite ends it: from its beginning on
// the server writes to another file. So each process of a server is asked for one
// rewrite, before the first commit on it, unless it cannot have loaded such a file.
func fileIsWhole(ctx context.Context, node *redis.Client, info map[string]string) error {
	if !mayBeTorn(info) {
		return nil
	}
	found, err := node.ConfigGet(ctx, loadTruncated).Result()
	if unlessRefused(err) != nil {
		return fmt.Errorf("ask %s for %s: %w", node.Options().Addr, loadTruncated, err)
	}
	if found[loadTruncated] == "no" {
		return nil
	}
	if info["aof_rewrite_scheduled"] != "1" {
		err := node.BgRewriteAOF(ctx).Err()
		if err != nil && unlessHidden(err) == nil {
			slog.WarnContext(ctx, "this Redis user may not ask for a rewrite of the append-only file: if the server was started after a power cut, run BGREWRITEAOF on it", "server", node.Options().Addr)
			return nil
		}
		slog.InfoContext(ctx, "asked for a rewrite of the append-only file, as the server has loaded it", "server", node.Options().Addr, "error", err)
	}
	return errTorn
}

// loadTruncated is the setting by which a server loads a file without what is torn
// at its end. Where it is no, the server does not start on one.
const loadTruncated = "aof-load-truncated"

// mayBeTorn says whether the server may be writing behind the half of a transaction.
func mayBeTorn(info map[string]string) bool {
	return info["aof_enabled"] == "1" && holdsKeys(info) && !wasRewritten(info) && !cutsTransactions(info)
}

// holdsKeys says whether any database has a key.
func holdsKeys(info map[string]string) bool {
	for name := range info {
		if number, ok := strings.CutPrefix(name, "db"); ok && number != "" && strings.Trim(number, "0123456789") == "" {
			return true
		}
	}
	return false
}

// wasRewritten says whether the server writes to a file that it has not loaded. Redis
// before 7.0 does once a rewrite has ended, and does not count them.
func wasRewritten(info map[string]string) bool {
	if rewrites, counted := info["aof_rewrites"]; counted {
		return rewrites != "0"
	}
	return info["aof_last_rewrite_time_sec"] != "-1" && info["aof_last_bgrewrite_status"] == "ok"
}

// cutsTransactions says whether the server removes the whole of a torn transaction:
// Valkey does from 9.1 on.
func cutsTransactions(info map[string]string) bool { return atLeast(info["valkey_version"], 9, 1) }

// askFiles begins, at a store's opening, what the first commit would wait for. What
// fails is found by that again.
func (s *Store) askFiles(ctx context.Context, masters []master) {
	for _, m := range masters {
		if err := s.files.check(ctx, m.node, fileIsWhole); err != nil {
			slog.DebugContext(ctx, "the append-only file is to be rewritten first", "server", m.node.Options().Addr, "error", err)
		}
	}
}
