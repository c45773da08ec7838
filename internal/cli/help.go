package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// helpColumns is the width of help: it is read in terminals and in documents.
const helpColumns = 100

// environment is the part of help that is the same for every program.
const environment = `
Environment:
  CLVSTREAM_CONFIG     the configuration file, if --config names none
  CLVSTREAM_<SETTING>  any setting: its key in capitals with _ for each dot, such as
                       CLVSTREAM_KAFKA_BROKERS or CLVSTREAM_REDIS_PASSWORD
  OTEL_*               OpenTelemetry's exporters, sampler and resource
  Flags override the environment, and the environment overrides the file.

Exit status:
  0  done, or stopped as asked
  1  failed: the last line says why
  2  wrong usage or configuration
`

// usage writes a command's help below its description.
func usage(cmd *cobra.Command) error {
	var b strings.Builder
	b.WriteString("Usage:\n")
	if cmd.Runnable() {
		fmt.Fprintf(&b, "  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s [command]\n\nCommands:\n", cmd.CommandPath())
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableLocalFlags() {
		fmt.Fprintf(&b, "\nFlags:\n%s", cmd.LocalFlags().FlagUsagesWrapped(helpColumns))
	}
	if cmd.HasAvailableInheritedFlags() {
		fmt.Fprintf(&b, "\nFlags of every command:\n%s", cmd.InheritedFlags().FlagUsagesWrapped(helpColumns))
	}
	b.WriteString(environment)
	_, err := fmt.Fprint(cmd.OutOrStdout(), b.String())
	return err
}

// Choice lists what may be chosen: "a, b or c".
func Choice(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
