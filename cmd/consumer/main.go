// Command consumer turns events on Kafka into customers' values in Redis.
// `consumer -h` explains it.
package main

import (
	"os"

	"github.com/clvstream/clvstream/internal/process"
)

func main() { os.Exit(process.Main(process.Consumer, os.Args[1:], os.Stdout, os.Stderr)) }
