// Package rehearse runs mappings before they are in use: over records from a file, field by
// field, and over test cases that stand beside a mapping.
//
//	records (file) ──► mapping.Reader ──► events in JSON ──► event.Decoder ──► Result, for people
//	cases (*_test.yaml) ────┘                                                 └► Report: holds, or what differs
//
// It reads no Kafka. What a customer's history would refuse (too_late), it does not see.
package rehearse
