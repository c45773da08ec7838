// Package config is the configuration of a deployment: one table of settings, read from
// a YAML file, the environment and flags. Each source overrides the ones before.
//
//	defaults ─► --config FILE ─► CLVSTREAM_* ─► --flag, --set ─► Config      (typed, checked)
//	   │                                                      └► Provenance  (each value and its place)
//	   └─ settings: key, default, allowed, doc, who uses it
//	          └► docs/clvstream.reference.yaml, the table in docs/configuration.md, flag help
//
// The struct Config, the environment variables (kafka.sasl.username is
// CLVSTREAM_KAFKA_SASL_USERNAME) and the documents are all made from that table.
//
// It refuses unknown keys and variables, settings that are given twice, and values out
// of range. It reports all problems at once, each with its place and the allowed values.
// A password comes from a file or the environment, never from the configuration file or
// a flag, and is never printed.
//
// It only reads files, and does not connect to Kafka or Redis.
package config

//go:generate go test -run TestGenerated -update .
