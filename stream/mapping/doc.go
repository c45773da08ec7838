// Package mapping turns records of other sources into events, by files of rules.
//
//	mappings/NAME.yaml ──► Parse ──► Mapping     (preset, variables, rules: compiled at start)
//	                                    │
//	Record ──► envelope ──► paths ──► when ──► fields ──► event.Members ──► event.Decoder ──► history.Event
//	           (per record) (one pass) (CEL)   (typed)    (canonical)       (all checks)
//
// A record is walked once, and only what some path names is looked at. Numbers stay text until
// they are parsed exactly: no id and no amount goes through a binary fraction. What a mapping
// gives is an event as docs/events.md describes it, held to the same checks as one that was
// sent so.
//
// Of a topic that mappings name, each record is taken by one rule: it becomes events, or is
// left out for a reason that the rule names. A record that no rule takes, and a field that is
// not what the mapping says, is refused; the text of a refusal names paths and never holds
// what a record said. docs/mapping.md describes the files.
package mapping
