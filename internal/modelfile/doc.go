// Package modelfile reads and writes fitted models as YAML files, and builds models
// from a file or a name.
//
//	clvstream fit ──► File ──Encode──► model.yaml ──Load──► File ──NewModel──► model.Model
//	                   │                            configuration ──Build─────┘
//	                   └── keys and ranges are those of clv/catalog
//
// A file has parameters and their origin, never customers. It states its time unit,
// horizon, discount and currency, because the numbers mean nothing without them. Its
// version is a hash of everything that affects a value: two files with the same version
// give every customer the same value.
//
// It refuses unknown and repeated keys, numbers out of range, unknown time units and
// currencies, aliases and tags, a second document, files above 1 MiB, and a version that
// does not match the contents. Every error names the line and the allowed values.
package modelfile
