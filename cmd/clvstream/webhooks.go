package main

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/webhooks"
)

func newWebhooks() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "webhooks",
		Short: "List webhooks: how they are doing, what waits, what died; test, enable, disable and replay them",
		Long: `Lists the configured webhooks. LAG is the number of changes that are not finished: neither
taken by the receiver nor dead. DEAD is the number of changes that the receiver did not take
after the last try, and that were not replayed. A paused webhook's receiver takes nothing; it
is asked now and then, and nothing is lost. A disabled one is not asked.

The publishers send: the figures are those that they keep in Kafka, a second old or so.`,
		Example: `  clvstream webhooks --config clv.yaml
  clvstream webhooks test crm --config clv.yaml
  clvstream webhooks replay crm --yes --config clv.yaml`,
	}
	cmd = answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (answer, error) {
		reports, err := desk(s).List(cmd.Context(), configured(s.cfg))
		return webhooksAnswer{reports, clockOf(s.cfg)}, err
	}, needKafka)
	list := cmd.RunE
	group(cmd)
	cmd.RunE = list
	cmd.AddCommand(newWebhookTest(), newWebhookEnable(), newWebhookDisable(), newWebhookReplay())
	return cmd
}

func desk(s *system) *webhooks.Desk {
	return &webhooks.Desk{Kafka: s.kafka, Client: s.cluster, Namespace: s.cfg.Namespace}
}

func configured(cfg config.Config) []webhooks.Webhook {
	all := make([]webhooks.Webhook, len(cfg.Webhooks))
	for i, w := range cfg.Webhooks {
		all[i] = webhooks.Webhook{Name: w.Name, Source: cfg.WebhookTopic(w)}
		if at, err := url.Parse(w.URL); err == nil {
			all[i].Host = at.Host
		}
	}
	return all
}

// named is a configured webhook.
func named(cfg config.Config, name string) (webhooks.Webhook, error) {
	all := configured(cfg)
	if i := slices.IndexFunc(all, func(w webhooks.Webhook) bool { return w.Name == name }); i >= 0 {
		return all[i], nil
	}
	names := strings.Join(assembly.WebhookNames(cfg), ", ")
	if names == "" {
		return webhooks.Webhook{}, cli.Usage(fmt.Errorf("there is no webhook %q: none is configured (--config)", name))
	}
	return webhooks.Webhook{}, cli.Usage(fmt.Errorf("there is no webhook %q: choose one of %s", name, names))
}

type webhooksAnswer struct {
	Webhooks []webhooks.Report `json:"webhooks"`
	clock    clock
}

func (a webhooksAnswer) WriteText(w io.Writer) error {
	if len(a.Webhooks) == 0 {
		line(w, "no webhook is configured")
		return nil
	}
	rows := make([][]string, len(a.Webhooks))
	for i := range a.Webhooks {
		r := &a.Webhooks[i]
		state, failure := string(r.State), ""
		if r.Reason != "" {
			state += " (" + r.Reason + ")"
		}
		if r.FailedAt != nil {
			failure = r.Failure + " at " + a.clock.Second(*r.FailedAt)
		}
		rows[i] = []string{r.Name, r.Host, state, strconv.FormatInt(r.Lag, 10), strconv.FormatInt(r.Replays, 10), strconv.FormatInt(r.Dead, 10), failure}
	}
	if err := table(w, []string{"WEBHOOK", "RECEIVER", "STATE", "LAG", "REPLAYS", "DEAD", "LAST FAILURE"}, rows, middle("RECEIVER"), texts("STATE", "LAST FAILURE")); err != nil {
		return err
	}
	a.clock.writeZone(w)
	return nil
}

// said is an answer of one sentence.
type said struct {
	Webhook string `json:"webhook"`
	Done    string `json:"done"`
	text    string
}

func (a said) WriteText(w io.Writer) error {
	line(w, "%s", a.text)
	return nil
}

func newWebhookEnable() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "enable NAME",
		Short: "Have a disabled webhook send again, from where it stopped",
		Long: `The publishers begin again where they stopped: what has come since is sent, as far as the
topic still has it. With --skip it is left out, and what comes from now on is sent;
"replay --since" sends it later. Running publishers hear of it at once.`,
		Args: oneArgument("the name of a webhook"),
	}
	skip := cmd.Flags().Bool("skip", false, "leave out what has come in the meantime")
	return answering(cmd, func(cmd *cobra.Command, s *system, args []string) (answer, error) {
		w, err := named(s.cfg, args[0])
		if err != nil {
			return nil, err
		}
		return said{w.Name, "enabled", "webhook " + w.Name + " is enabled"}, desk(s).Enable(cmd.Context(), w.Name, *skip)
	}, needKafka)
}

func newWebhookDisable() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "disable NAME",
		Short: "Have a webhook send nothing until it is enabled; its position stays",
		Args:  oneArgument("the name of a webhook"),
	}
	return answering(cmd, func(cmd *cobra.Command, s *system, args []string) (answer, error) {
		w, err := named(s.cfg, args[0])
		if err != nil {
			return nil, err
		}
		return said{w.Name, "disabled", "webhook " + w.Name + " is disabled"}, desk(s).Disable(cmd.Context(), w.Name)
	}, needKafka)
}

func newWebhookReplay() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replay NAME",
		Short: "Send a webhook's dead changes once more, or those of its topic since a time or of a customer",
		Long: `Gives changes to the publishers, which send them once more: with the same webhook-id, in
order per customer, with tries and pauses as the first time. Without --since and --customer
these are the dead changes that were not replayed before; with them, those of the webhook's
topic, whether they were delivered or not. A receiver that still knows their webhook-id may
ignore them. Without --yes nothing is sent: the changes that would be are only listed.`,
		Example: `  clvstream webhooks replay crm --config clv.yaml
  clvstream webhooks replay crm --yes --config clv.yaml
  clvstream webhooks replay crm --since 2026-03-14T00:00:00Z --yes --config clv.yaml
  clvstream webhooks replay crm --customer c-42 --yes --config clv.yaml`,
		Args: oneArgument("the name of a webhook"),
	}
	var request webhooks.Request
	since := cmd.Flags().String("since", "", "changes that were published at this time or later (RFC 3339), of the webhook's topic")
	cmd.Flags().StringVar(&request.Customer, "customer", "", "changes of this customer, of the webhook's topic")
	cmd.Flags().BoolVar(&request.FromStart, "from-start", false, "dead changes that were replayed before, too")
	cmd.Flags().BoolVar(&request.Send, "yes", false, "send the changes, instead of only listing them")
	return answering(cmd, func(cmd *cobra.Command, s *system, args []string) (_ answer, err error) {
		if request.Webhook, err = named(s.cfg, args[0]); err != nil {
			return nil, err
		}
		if *since != "" {
			if request.Since, err = time.Parse(time.RFC3339, *since); err != nil {
				return nil, cli.Usage(fmt.Errorf("--since %q is no time: give one such as 2026-03-14T00:00:00Z", *since))
			}
		}
		replayed, err := desk(s).Replay(cmd.Context(), request)
		return replayAnswer{replayed, request.Send}, err
	}, needKafka)
}

type replayAnswer struct {
	*webhooks.Replayed
	sent bool
}

func (a replayAnswer) WriteText(w io.Writer) error {
	rows := make([][]string, len(a.Changes))
	for i := range a.Changes {
		c := &a.Changes[i]
		tries := ""
		if c.Tries > 0 {
			tries = strconv.Itoa(c.Tries)
		}
		rows[i] = []string{c.ID, c.Customer, strings.TrimSpace(c.Reason + " " + c.Status), tries, c.Died}
	}
	if err := table(w, []string{"CHANGE", "CUSTOMER", "DIED OF", "TRIES", "DIED"}, rows, ids("CHANGE", "CUSTOMER"), texts("DIED OF")); err != nil {
		return err
	}
	line(w, "")
	if !a.sent && len(rows) > 0 {
		line(w, "%s, none sent: add --yes to send them", counted(len(rows), "change"))
		return nil
	}
	line(w, "gave %s to the publishers, to be sent once more", counted(a.Sent, "change"))
	return nil
}

func newWebhookTest() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test NAME",
		Short: "Send a signed sample change to a webhook's receiver, and show what comes back",
		Long: `Sends a change of the customer ` + webhooks.SampleCustomer + ` once, from here, with the webhook's
secrets, timeout and guard. Exit status 1 if the receiver does not take it.`,
		Args: oneArgument("the name of a webhook"),
	}
	return answering(cmd, func(cmd *cobra.Command, s *system, args []string) (answer, error) {
		if _, err := named(s.cfg, args[0]); err != nil {
			return nil, err
		}
		all, err := assembly.Webhooks(s.cfg)
		if err != nil {
			return nil, cli.Usage(err)
		}
		i := slices.Index(assembly.WebhookNames(s.cfg), args[0])
		tested, err := webhooks.Test(cmd.Context(), all[i], assembly.UserAgent(cli.Version()), s.cfg.Business.Currency)
		if err == nil && !tested.Delivered {
			err = errFound
		}
		return testAnswer{tested}, err
	})
}

type testAnswer struct{ *webhooks.Answer }

func (a testAnswer) WriteText(w io.Writer) error {
	took := time.Duration(a.TookSeconds * float64(time.Second)).Round(time.Millisecond)
	switch {
	case a.Status > 0:
		line(w, "%s: status %d after %s", a.Outcome, a.Status, took)
	default:
		line(w, "%s after %s: %s", a.Outcome, took, a.Error)
	}
	line(w, "webhook-id: %s\nsent: %s", a.ID, a.Sent)
	if a.Body != "" {
		line(w, "answer: %s", strconv.QuoteToGraphic(a.Body))
	}
	for _, key := range a.PublicKeys {
		line(w, "public key: %s", key)
	}
	return nil
}
