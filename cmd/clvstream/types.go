package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/classes"
	"github.com/clvstream/clvstream/internal/cli"
)

func newTypes() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "types",
		Short: "Print types of a change for Java, Python, TypeScript or Go",
		Long: `Prints the types of a change as it is published in JSON: Java records for Jackson,
Python dataclasses, TypeScript interfaces, Go structs. Fields that later versions add
are passed over by them. It needs no configuration.`,
		Example: `  clvstream types --language java > ClvChanged.java
  clvstream types --language python > clv_changed.py`,
		Args: cli.NoArguments,
	}
	language := cmd.Flags().String("language", "", "java, python, typescript or go (required)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		text, err := classes.Print(classes.Language(*language))
		if err != nil {
			return cli.Usage(fmt.Errorf("--language: %w", err))
		}
		_, err = fmt.Fprint(cmd.OutOrStdout(), text)
		return err
	}
	return cmd
}
