package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// serviceLink is what Kubernetes adds to every container for each Service of
// the namespace: a Service called clvstream-consumer gives
// CLVSTREAM_CONSUMER_PORT_9464_TCP_ADDR and the like. They are not ours.
var serviceLink = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// parseEnv is our variables by name.
func parseEnv(environ []string) map[string]string {
	env := make(map[string]string)
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, envPrefix) && !serviceLink.MatchString(name) {
			env[name] = text
		}
	}
	return env
}

// environment fills the settings that have a variable set.
func (l *loader) environment(env map[string]string) {
	for _, s := range settings {
		if text, ok := env[s.env()]; ok {
			l.text(s, text, Source{Origin: FromEnv, Name: s.env()})
		}
	}
	l.unknownVariables(env)
}

// unknownVariables reports what begins like ours and is not.
func (l *loader) unknownVariables(env map[string]string) {
	known := []string{configEnv}
	for _, s := range settings {
		if s.from&FromEnv != 0 {
			known = append(known, s.env())
		}
	}
	var names []string
	for name := range env {
		if _, ok := byEnv[name]; !ok && name != configEnv {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		text := "unknown variable; a setting's variable is " + envPrefix + " and its key in capitals, with _ for each dot"
		if near := nearest(name, known); near != "" {
			text = fmt.Sprintf("unknown variable; did you mean %s?", near)
		}
		l.report(Source{Origin: FromEnv, Name: name}, "", text)
	}
}
