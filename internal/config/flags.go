package config

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// The flags that are no setting's own.
const (
	configFlag = "config"
	setFlag    = "set"
)

// Flags registers the flags of one program: --config, --set, and those of the
// settings that are typed often. They only note what was typed; Load checks it.
func Flags(fs *pflag.FlagSet, binary Binary) {
	fs.String(configFlag, "", "YAML configuration `file` (or the variable "+configEnv+")")
	fs.StringArray(setFlag, nil, "any setting, as `key=value`, such as input.batch_max_records=1000; may be repeated")
	for _, s := range settings {
		if s.flag == "" || s.flagOn&binary == 0 {
			continue
		}
		f := fs.VarPF(&flagText{setting: s, text: s.def}, s.flag, "", s.usage())
		if s.word == boolean.word {
			f.NoOptDefVal = "true"
		}
	}
}

// usage is the flag's line of help. Quotes go: pflag reads them as the name of
// the value.
func (s setting) usage() string {
	text := strings.ReplaceAll(s.doc, "`", "")
	if s.word == closedWord {
		text += " One of " + s.allowed + "."
	}
	return text
}

// flagText is a setting's flag: the text as typed, a list's repeats joined.
type flagText struct {
	setting setting
	text    string
	typed   bool
}

// String is the text as typed, or the default.
func (f *flagText) String() string { return f.text }

// Type is what help calls the value.
func (f *flagText) Type() string { return f.setting.word }

// Range is what Load takes.
func (f *flagText) Range() string { return f.setting.allowed }

// Set notes what was typed.
func (f *flagText) Set(text string) error {
	if f.typed && f.setting.word == listWord {
		text = f.text + "," + text
	}
	f.text, f.typed = text, true
	return nil
}

// flags fills the settings that have a flag on the command line.
func (l *loader) flags(fs *pflag.FlagSet) {
	if fs == nil {
		return
	}
	typed := make(map[string]string) // key → flag
	fs.Visit(func(f *pflag.Flag) {
		if ours, ok := f.Value.(*flagText); ok {
			typed[ours.setting.name] = "--" + f.Name
			l.text(ours.setting, ours.text, Source{Origin: FromFlag, Name: "--" + f.Name})
		}
	})
	if fs.Lookup(setFlag) == nil {
		return
	}
	pairs, err := fs.GetStringArray(setFlag)
	if err != nil {
		return // somebody else's --set
	}
	for _, text := range pairs {
		l.setPair(text, typed)
	}
}

// setPair fills the setting of one --set key=value.
func (l *loader) setPair(text string, typed map[string]string) {
	key, value, found := strings.Cut(text, "=")
	source := Source{Origin: FromFlag, Name: "--set " + key}
	s, known := byKey[key]
	switch {
	case !found:
		l.report(Source{Origin: FromFlag, Name: "--set"}, "", quote(text)+" is not allowed; give key=value, such as namespace=clv")
	case !known:
		l.report(source, "", unknownSet(key))
	case typed[key] != "":
		l.report(source, "", fmt.Sprintf("is given twice, also by %s", typed[key]))
	default:
		l.text(s, value, source)
	}
}

// unknownSet says that there is no such key, and what else there is.
func unknownSet(key string) string {
	if _, ok := sections[key]; ok {
		return "is a section; name a setting in it: " + strings.Join(childrenOf(key), ", ")
	}
	if near := nearestKey(sectionOf(key), lastPart(key), childrenOf(sectionOf(key)), allKeys); near != "" {
		return fmt.Sprintf("unknown key; did you mean %s?", near)
	}
	return "unknown key; `clvstream config` lists them all"
}
