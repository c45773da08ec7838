package config

import (
	"fmt"
	"io"
	"strings"
)

const referenceHead = `clvstream's configuration: every setting with its default.
Copy only what you change: settings that are left out keep their defaults. Environment variables override this file, and flags override both.
The variable of a setting is CLVSTREAM_ and its key in capitals, with _ for each dot: kafka.sasl.username is CLVSTREAM_KAFKA_SASL_USERNAME. Any setting can be given as a flag: --set kafka.sasl.username=shop. Lists are written with commas there, tables in YAML or JSON.`

// WriteReference writes the commented reference file: every setting at its
// default.
func WriteReference(w io.Writer) error {
	var head strings.Builder
	comment(&head, "", referenceHead)
	if _, err := io.WriteString(w, head.String()+"\n"); err != nil {
		return err
	}
	return write(w, defaults(), layout{
		section: func(name string) string { return sections[name] },
		above:   aboveReference,
	})
}

// aboveReference is what the reference says about a setting.
func aboveReference(s Setting) string {
	text := s.Doc + "\nAllowed: " + s.Allowed + "."
	switch {
	case s.Secret:
		text += " Only as the variable " + s.Env + "."
	case !s.inFile:
		text += " Only as the flag " + s.Flag + "."
	case s.Flag != "":
		text += " Flag: " + s.Flag + "."
	}
	return text
}

// WriteTable writes the settings as a table in Markdown.
func WriteTable(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| setting | default | allowed | flag | used by | meaning |\n|---|---|---|---|---|---|\n")
	for _, s := range defaults() {
		value := "`" + s.Value + "`"
		if s.Secret || s.Value == `""` {
			value = ""
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", s.Key, value, s.Allowed, flagCell(s), byKey[s.Key].users, s.Doc)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func flagCell(s Setting) string {
	switch {
	case s.Secret:
		return "none; only `" + s.Env + "`"
	case !s.inFile:
		return "only `" + s.Flag + "`"
	case s.Flag != "":
		return "`" + s.Flag + "`"
	}
	return ""
}

// defaults is the settings as the table has them, before what depends on others
// is filled in.
func defaults() []Setting {
	l := newLoader()
	return l.provenance()
}
