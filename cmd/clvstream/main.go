// Command clvstream is the operator's tool. It tries the system out (demo, simulate,
// replay), prepares a cluster (topics), shows a running deployment (get, watch, lag,
// config) and its customers (stats, segments), checks it (verify), publishes dead
// letters again (redrive), fits and compares models (fit, backtest), and puts them
// into force (model).
//
//	clvstream ──► Kafka: topics, input, changes, dead letters
//	          └─► Redis: customers, marks, outboxes (read only), models
//
// Each command has a file of its name, with its flags, its calls of internal packages
// and what it prints; newRoot lists them. No command changes a customer: only the
// consumer and the publisher do.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/clvstream/clvstream/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	root := newRoot()
	root.SetContext(ctx)
	status := cli.Execute(root, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
