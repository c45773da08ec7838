// Package modelfile reads and writes fitted models as YAML files, and turns a
// file or a name into a model that values customers.
//
//	clvstream fit ──► File ──Encode──► model.yaml ──Load──► File ──NewModel──► model.Model
//	                   │                            configuration ──Build─────┘
//	                   └── keys and ranges are those of clv/catalog
//
// A file holds parameters and where they come from, never customers. It states
// its own time unit, horizon, discount and currency, because a number without
// them means nothing. Its version is a hash of everything that changes a value:
// two files of one version value every customer alike.
//
// It refuses unknown and repeated keys, numbers out of range, a time unit or
// currency that does not exist, aliases and tags, a second document, files
// above 1 MiB, and a version that does not belong to the contents. Every error
// names the line and what is allowed.
package modelfile
