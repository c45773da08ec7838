package process

import (
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/logging"
)

// Main runs a program as its binary does and gives the exit status. The log goes
// to stderr.
func Main(program Program, args []string, stdout, stderr io.Writer) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(signals)
	return cli.Execute(Command(program, signals), args, stdout, stderr)
}

// Command is the program's command line. It runs until a signal comes.
func Command(program Program, signals <-chan os.Signal) *cobra.Command {
	cmd := &cobra.Command{
		Use:     program.name + " [flags]",
		Short:   program.short,
		Long:    program.about,
		Example: program.examples,
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, from, err := cli.Load(cmd)
			if err != nil {
				return err
			}
			logging.Install(cmd.ErrOrStderr(), cfg.Telemetry)
			if err := (&Process{Program: program, Config: cfg, Provenance: from}).Run(signals); err != nil {
				slog.Error("ended", "program", program.name, "error", err)
				return cli.Logged(err)
			}
			return nil
		},
	}
	cli.Settings(cmd, program.binary)
	return cmd
}
