package cli

import (
	"runtime/debug"
	"strings"
)

// Version is what this program was built from: the module's version, or the
// commit where the toolchain knows no version.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return strings.TrimPrefix(v, "v")
	}
	found := map[string]string{}
	for _, s := range info.Settings {
		found[s.Key] = s.Value
	}
	version := "devel"
	if commit := found["vcs.revision"]; commit != "" {
		version += "-" + commit[:min(12, len(commit))]
	}
	if found["vcs.modified"] == "true" {
		version += "+dirty"
	}
	return version
}
