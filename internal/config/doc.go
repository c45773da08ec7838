// Package config is where a deployment says how clvstream runs: one table of
// settings, read from a YAML file, the environment and flags, each stronger
// than the one before.
//
//	defaults ─► --config FILE ─► CLVSTREAM_* ─► --flag, --set ─► Config      (typed, checked)
//	   │                                                      └► Provenance  (each value and its place)
//	   └─ settings: key, default, allowed, doc, who uses it
//	          └► docs/clvstream.reference.yaml, the table in docs/configuration.md, flag help
//
// Everything follows from that table: the struct is filled from it, the name of
// an environment variable is its key (kafka.sasl.username is
// CLVSTREAM_KAFKA_SASL_USERNAME), and the documents are printed from it.
//
// It refuses what it does not know (a key, a variable), what is given twice,
// and what is out of range, naming the place and what is allowed, and all of it
// at once. A password comes from a file or the environment, never from the
// configuration file or a flag, and is never printed.
//
// It reads files and nothing else: whether Kafka or Redis answer is for those
// who connect to find out.
package config

//go:generate go test -run TestGenerated -update .
