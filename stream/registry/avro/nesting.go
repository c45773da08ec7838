package avro

import "github.com/clvstream/clvstream/stream/registry/jsonform"

// nesting bounds how deep a value is, and how long its JSON becomes.
type nesting struct {
	depth int
	limit int // of the JSON's bytes, with what was there before
}

// enter goes into a value, behind so many bytes of JSON. Where it fails, decoding ends.
func (n *nesting) enter(written int) error {
	if n.depth++; n.depth > jsonform.MaxDepth {
		return jsonform.Bad("is nested too deep")
	}
	return jsonform.Limit(written, n.limit)
}

func (n *nesting) leave() { n.depth-- }
