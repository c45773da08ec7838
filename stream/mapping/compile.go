package mapping

import (
	"path"
	"strings"
)

// fileKeys are the keys of a mapping file.
var fileKeys = []string{"preset", "with", "records", "envelope", "registry", "batch", "replica_identity", "variables", "rules"}

// compiler compiles one mapping.
type compiler struct {
	*Mapping
	levels  []*level // of the scope that is compiled: of the value, then of for_each
	sources int      // that were counted
}

// count refuses a file that comes to more than can be meant.
func (c *compiler) count(n node) error {
	if c.sources++; c.sources > mostSources {
		return n.fail("the file has more than %d fields and conditions", mostSources)
	}
	return nil
}

// Parse compiles a mapping file. name is for errors, and the mapping's own name without its
// folder and .yaml. The error is a *FileError.
func Parse(name string, text []byte) (*Mapping, error) {
	n, err := readFile(name, text)
	if err != nil {
		return nil, err
	}
	return compile(n, strings.TrimSuffix(path.Base(strings.ReplaceAll(name, `\`, "/")), ".yaml"))
}

func compile(n node, name string) (*Mapping, error) {
	entries, err := n.table(fileKeys...)
	if err != nil {
		return nil, err
	}
	c := &compiler{Mapping: &Mapping{Name: name, variables: map[string]*variable{}, wanted: withEnvelopes(), slots: slotsOfEnvelopes}}
	c.levels = []*level{{wanted: c.wanted}}
	files, err := c.withPreset(n, entries)
	if err != nil {
		return nil, err
	}
	for _, read := range []func([]entry) error{c.readHead, c.readVariables, c.readRules} {
		for _, file := range files {
			if err := read(file); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case len(c.topics) == 0:
		return nil, n.fail("records.topics is missing: name the topics whose records the mapping is for")
	case len(c.rules) == 0:
		return nil, n.fail("rules are missing: give some, or a preset (%s)", strings.Join(Presets(), ", "))
	}
	c.slots = c.levels[0].slots
	return c.Mapping, nil
}

// readHead reads what is said once: a file stands before its preset.
func (c *compiler) readHead(entries []entry) (err error) {
	for _, e := range entries {
		switch e.name {
		case "records":
			if c.topics == nil {
				err = c.readRecords(e.node)
			}
		case "envelope":
			var at int
			if at, err = e.choice(envelopeModes); c.envelope == anyEnvelope {
				c.envelope = envelopeMode(at)
			}
		case "registry":
			if c.written == nil {
				err = c.readRegistry(e.node)
			}
		case "batch":
			if c.batch == nil {
				err = c.readBatch(e.node)
			}
		case "replica_identity":
			var at int
			at, err = e.choice([]string{"default", "full"})
			c.whole = c.whole || at == 1
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readBatch reads where a value may hold several records.
func (c *compiler) readBatch(n node) error {
	words, err := n.words()
	if err != nil {
		return err
	}
	for _, word := range words {
		p, err := parsePath(word)
		if err == nil && (p.root != ofValue || p.hasEach()) {
			return n.fail("%s: a batch is an array of the value", word)
		}
		if err != nil {
			return n.wrong(err)
		}
		at, err := c.place(p)
		if err != nil {
			return n.wrong(err)
		}
		c.batch = append(c.batch, at)
	}
	return nil
}

func (c *compiler) readRecords(n node) error {
	entries, err := n.table("topics", "headers")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.name == "headers" {
			if err := c.readHeaderConditions(e.node); err != nil {
				return err
			}
			continue
		}
		if c.topics, err = e.words(); err != nil {
			return err
		}
		for _, topic := range c.topics {
			if _, err := path.Match(topic, ""); err != nil {
				return e.fail("%q is no topic, nor a pattern with * and ?", topic)
			}
		}
	}
	return nil
}

func (c *compiler) readHeaderConditions(n node) error {
	entries, err := n.table()
	if err != nil {
		return err
	}
	for _, e := range entries {
		value, err := e.word()
		if err != nil {
			return err
		}
		c.headers = append(c.headers, headerCondition{e.name, value})
	}
	return nil
}

func (c *compiler) readVariables(entries []entry) error {
	for _, e := range entries {
		if e.name == "variables" {
			return readVariables(e.node, c.variables)
		}
	}
	return nil
}
