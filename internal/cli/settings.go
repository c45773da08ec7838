package cli

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/config"
)

// closedWord is what config calls the value of a flag that knows few words.
const closedWord = "word"

// Settings gives a command, and those below it, the flags of a program's configuration, with their
// completion: the words of closed sets, the keys that --set knows, YAML files.
func Settings(cmd *cobra.Command, binary config.Binary) {
	config.Flags(cmd.PersistentFlags(), binary)
	_, settings, err := config.Load(config.Options{})
	if err != nil {
		return // the defaults alone do not load: Load will say so
	}
	var keys []string
	for _, s := range settings {
		if !s.Secret {
			keys = append(keys, s.Key+"=")
		}
		flag := cmd.PersistentFlags().Lookup(strings.TrimPrefix(s.Flag, "--"))
		if flag == nil || flag.Value.Type() != closedWord {
			continue
		}
		words := strings.Split(strings.ReplaceAll(s.Allowed, " or ", ", "), ", ")
		_ = cmd.RegisterFlagCompletionFunc(flag.Name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
	_ = cmd.RegisterFlagCompletionFunc("set", cobra.FixedCompletions(keys, cobra.ShellCompDirectiveNoSpace|cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagFilename("config", "yaml", "yml")
}

// Load reads the configuration of a command that has the flags of Settings.
func Load(cmd *cobra.Command) (config.Config, config.Provenance, error) {
	cfg, provenance, err := config.Load(config.Options{Env: os.Environ(), Flags: cmd.Flags()})
	return cfg, provenance, Usage(err)
}
