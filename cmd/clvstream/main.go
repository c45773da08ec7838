// Command clvstream is the operator's tool: it tries the system out (demo,
// simulate, replay), prepares a cluster (topics), shows a running deployment
// (get, watch, lag, config), proves it (verify), brings back what could not be
// used (redrive), fits models and holds them to the past (fit, backtest), and
// brings them into force (model).
//
//	clvstream ──► Kafka: topics, input, changes, dead letters
//	          └─► Redis: customers, marks, outboxes (read only), models
//
// A command is a file by its name, with its flags, what it asks of the internal packages
// and what it prints; newRoot lists them. It never changes a customer's state: only the
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
