package main

import (
	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
)

func newConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show the settings in force and where each came from",
		Long: `Prints every setting as YAML that can be used as a configuration file, with
where its value came from: the default, a file and line, a variable, or a flag.
Secrets are shown only as set or not.`,
		Args: cli.NoArguments,
	}
	asJSON := jsonFlag(cmd)
	reference := cmd.Flags().Bool("reference", false, "print the commented reference of all settings instead")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *reference {
			return config.WriteReference(cmd.OutOrStdout())
		}
		_, from, err := load(cmd)
		if err != nil {
			return err
		}
		if *asJSON {
			return from.WriteJSON(cmd.OutOrStdout())
		}
		return from.WriteYAML(cmd.OutOrStdout())
	}
	return cmd
}
