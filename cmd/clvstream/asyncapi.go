package main

import (
	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/asyncapi"
	"github.com/clvstream/clvstream/internal/cli"
)

func newAsyncAPI() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "asyncapi",
		Short: "Print an AsyncAPI document of the configured topics, with all schemas",
		Long: `Prints an AsyncAPI ` + asyncapi.SpecVersion + ` document, in JSON: the topics that are read and written, as
configured, their messages, headers and schemas. Give it to catalogues of event buses
and to generators of client code. It names no server and holds no secret.`,
		Example: `  clvstream asyncapi --config clv.yaml > clvstream.asyncapi.json`,
		Args:    cli.NoArguments,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, _, err := load(cmd)
		if err != nil {
			return err
		}
		text, err := asyncapi.Document(cfg, cli.Version())
		if err != nil {
			return err
		}
		_, err = cmd.OutOrStdout().Write(text)
		return err
	}
	return cmd
}
