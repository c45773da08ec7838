// Command publisher publishes customers' value changes from Redis to Kafka, exactly once.
// `publisher -h` explains it.
package main

import (
	"os"

	"github.com/clvstream/clvstream/internal/process"
)

func main() { os.Exit(process.Main(process.Publisher, os.Args[1:], os.Stdout, os.Stderr)) }
