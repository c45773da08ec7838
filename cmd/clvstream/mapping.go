package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/rehearse"
	"github.com/clvstream/clvstream/stream/mapping"
	"github.com/clvstream/clvstream/stream/registry"
)

func newMap() *cobra.Command {
	var file, records, topic string
	cmd := &cobra.Command{
		Use:   "map --mapping FILE --file RECORDS",
		Short: "Show field by field what a mapping makes of records, and why",
		Long: `Runs records from a file through a mapping, without Kafka or Redis, and shows each
event with where each field came from, what is refused and why, and what is left out.

The file holds JSON values, one after the other. Each is a record's value, or a record:
{"topic": …, "key": …, "headers": {…}, "timestamp_ms": …, "value": …}, with value_text for
a value that is no JSON, or value_file for one in a file of its own.

Events are held to your settings: give the same --config as to the programs, or at least
--set business.currency=EUR if that is yours. docs/mapping.md describes mapping files. Exit
status 1 if a record is refused.`,
		Example: `  clvstream map --mapping mappings/shop.yaml --file records.jsonl
  clvstream map --mapping mappings/shop.yaml --file records.jsonl --set business.currency=EUR --json
  kafka-console-consumer.sh --bootstrap-server kafka:9092 --topic shop.orders --from-beginning --max-messages 20 > records.jsonl`,
		Args: cli.NoArguments,
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "mapping", "", "the mapping `file`")
	flags.StringVar(&records, "file", "", "the `file` of records")
	flags.StringVar(&topic, "topic", "", "the `topic` of records that do not say theirs")
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		if file == "" || records == "" {
			return nil, cli.Usage(errors.New("give --mapping and --file; see `clvstream map -h`"))
		}
		rules, err := assembly.Decoding(s.cfg)
		if err != nil {
			return nil, cli.Usage(err)
		}
		m, err := rehearse.ReadMapping(file)
		if err == nil {
			err = connectMapping(s, m)
		}
		if err != nil {
			return nil, cli.Usage(err)
		}
		all, err := rehearse.ReadRecords(records)
		if err != nil {
			return nil, cli.Usage(err)
		}
		run := rehearse.New(rules, m.Everywhere())
		results := mapAnswer{}
		for i := range all {
			if all[i].Topic == "" {
				all[i].Topic = topic
			}
			result, err := run.Run(cmd.Context(), &all[i])
			if err != nil {
				return nil, err
			}
			results = append(results, result)
		}
		return results, results.err()
	})
}

// connectMapping gives a mapping the configured schema registry, if it needs one.
func connectMapping(s *system, m *mapping.Mapping) error {
	schemas, err := assembly.Schemas(s.cfg)
	if err != nil {
		return err
	}
	return registry.Connect([]*mapping.Mapping{m}, schemas, s.cfg.Events.MaxEventBytes)
}

// mapAnswer is what became of records.
type mapAnswer []rehearse.Result

func (a mapAnswer) err() error {
	for i := range a {
		for _, e := range a[i].Events {
			if e.Refused != "" {
				return errFound
			}
		}
	}
	return nil
}

// WriteText writes each record, and then the sums.
func (a mapAnswer) WriteText(w io.Writer) error {
	events, refused, leftOut := 0, 0, 0
	for i := range a {
		a[i].WriteText(w)
		leftOut += len(a[i].LeftOut)
		for _, e := range a[i].Events {
			if events++; e.Refused != "" {
				refused++
			}
		}
	}
	_, err := fmt.Fprintf(w, "\n%s: %s, %d refused, %d left out\n", counted(len(a), "record"), counted(events-refused, "event"), refused, leftOut)
	return err
}

func newLint() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lint FILE|FOLDER...",
		Short: "Check mapping files: keys, paths, types and conditions, without records",
		Long: `Compiles each mapping file as a consumer does at its start, and says in which line
something is wrong; conditions are shown with a mark under the error. Exit status 2 then.
Of a folder, all .yaml files are checked; files of test cases (NAME` + rehearse.TestSuffix + `) are left out.`,
		Example: `  clvstream lint mappings/
  clvstream lint mappings/shop.yaml`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Usage(errors.New("clvstream lint wants at least one mapping file or folder\nsee `clvstream lint -h`"))
			}
			return nil
		},
	}
	return answering(cmd, func(_ *cobra.Command, _ *system, paths []string) (answer, error) {
		all := lintAnswer{}
		files, err := rehearse.MappingFiles(paths)
		if err != nil {
			return nil, cli.Usage(err)
		}
		var wrong []error
		for _, file := range files {
			m, err := rehearse.ReadMapping(file)
			if err != nil {
				wrong = append(wrong, err)
				continue
			}
			all = append(all, linted{file, m.Preset, m.Topics(), m.Rules()})
		}
		return all, cli.Usage(errors.Join(wrong...))
	})
}

type linted struct {
	File   string   `json:"file"`
	Preset string   `json:"preset,omitempty"`
	Topics []string `json:"topics"`
	Rules  int      `json:"rules"`
}

type lintAnswer []linted

// WriteText writes a line for each file that is right.
func (a lintAnswer) WriteText(w io.Writer) error {
	for _, l := range a {
		preset := ""
		if l.Preset != "" {
			preset = " with preset " + l.Preset
		}
		line(w, "%s: %s%s for %s", l.File, counted(l.Rules, "rule"), preset, strings.Join(l.Topics, ", "))
	}
	return nil
}

func newTest() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test [FILE|FOLDER...]",
		Short: "Run the test cases that stand beside mappings (NAME" + rehearse.TestSuffix + ")",
		Long: `Runs test cases: a record, and the events that should come of it, what should be left
out or refused. Of an event only the fields that a case names are compared. Without an
argument, all NAME` + rehearse.TestSuffix + ` below the working directory are run.

Events are held to your settings: give the same --config as to the programs, or at least
--set business.currency=EUR if that is yours. docs/mapping.md describes the files. Exit
status 1 if a case does not hold.`,
		Example: `  clvstream test mappings/
  clvstream test mappings/shop_test.yaml --json`,
	}
	return answering(cmd, func(cmd *cobra.Command, s *system, paths []string) (answer, error) {
		rules, err := assembly.Decoding(s.cfg)
		if err != nil {
			return nil, cli.Usage(err)
		}
		schemas, err := assembly.Schemas(s.cfg)
		if err != nil {
			return nil, cli.Usage(err)
		}
		if len(paths) == 0 {
			paths = []string{"."}
		}
		report, err := rehearse.Check(cmd.Context(), rules, schemas, paths)
		if err != nil {
			return nil, cli.Usage(err)
		}
		if !report.Holds {
			err = errFound
		}
		return report, err
	})
}

func newPresets() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "presets [NAME]",
		Short: "List the mappings of known sources, or print one",
		Long: `Presets are mappings of known sources, with parameters for what each shop has of its
own. A mapping file names one (preset: stripe), and the topics whose records it is for.`,
		Example: `  clvstream presets
  clvstream presets debezium`,
		ValidArgs: mapping.Presets(),
		Args:      cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, name := range mapping.Presets() {
					line(cmd.OutOrStdout(), "%-20s %s", name, mapping.AboutPreset(name))
				}
				return nil
			}
			text, known := mapping.PresetText(args[0])
			if !known {
				return cli.Usage(fmt.Errorf("there is no preset %q; there are %s", args[0], strings.Join(mapping.Presets(), ", ")))
			}
			_, err := io.WriteString(cmd.OutOrStdout(), text)
			return err
		},
	}
	return cmd
}

// counted is a number of things.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
