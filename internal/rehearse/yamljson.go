package rehearse

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Limits of a record in a case. Aliases make a short one long, or endless.
const (
	mostRecordDepth = 100
	mostRecordBytes = 64 << 20 // events.max_event_bytes at its most
)

// asJSON turns YAML into JSON. Numbers keep their digits.
func asJSON(n *yaml.Node) (json.RawMessage, error) {
	var b bytes.Buffer
	if err := writeJSON(&b, n, 0); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func writeJSON(b *bytes.Buffer, n *yaml.Node, depth int) error {
	switch {
	case depth > mostRecordDepth:
		return fmt.Errorf("line %d: is nested more than %d deep, or within itself", n.Line, mostRecordDepth)
	case b.Len() > mostRecordBytes:
		return fmt.Errorf("line %d: the record has more than %d bytes", n.Line, mostRecordBytes)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return writeJSON(b, n.Alias, depth+1)
	case yaml.MappingNode, yaml.SequenceNode:
		return writeNested(b, n, depth)
	case yaml.ScalarNode:
		text := n.Value
		if n.Tag == "!!null" {
			text = "null"
		} else if n.Tag == "!!str" || n.Tag == "!!timestamp" || !json.Valid([]byte(text)) {
			quoted, err := json.Marshal(text)
			if err != nil {
				return err
			}
			text = string(quoted)
		}
		b.WriteString(text)
		return nil
	}
	b.WriteString("null")
	return nil
}

func writeNested(b *bytes.Buffer, n *yaml.Node, depth int) error {
	step, open, end := 1, byte('['), byte(']')
	if n.Kind == yaml.MappingNode {
		step, open, end = 2, '{', '}'
	}
	b.WriteByte(open)
	for i := 0; i < len(n.Content); i += step {
		if i > 0 {
			b.WriteByte(',')
		}
		if step == 2 {
			quoted, err := json.Marshal(n.Content[i].Value)
			if err != nil {
				return err
			}
			b.Write(append(quoted, ':'))
		}
		if err := writeJSON(b, n.Content[i+step-1], depth+1); err != nil {
			return err
		}
	}
	b.WriteByte(end)
	return nil
}
