package assembly

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/state"
)

// fixed is a setting that decides what a stored history means, and is fixed when the
// namespace is created.
type fixed struct {
	name, key string
	absent    string // what it is of a namespace that does not have it: of before it was one
	text      func(*config.Config) string
	set       func(*config.Config, string) error
}

var fixedSettings = [...]fixed{
	{
		"time_zone", "business.time_zone", "",
		func(c *config.Config) string { return c.Business.TimeZone.String() },
		func(c *config.Config, text string) (err error) {
			c.Business.TimeZone, err = time.LoadLocation(text)
			return err
		},
	},
	{
		"currency", "business.currency", "",
		func(c *config.Config) string { return c.Business.Currency.String() },
		func(c *config.Config, text string) (err error) {
			c.Business.Currency, err = money.ParseCurrency(text)
			return err
		},
	},
	{
		"lateness_days", "business.lateness_days", "",
		func(c *config.Config) string { return strconv.Itoa(c.Business.LatenessDays) },
		func(c *config.Config, text string) (err error) {
			c.Business.LatenessDays, err = strconv.Atoi(text)
			return err
		},
	},
	{
		"order_index", "input.order_index", "false",
		func(c *config.Config) string { return strconv.FormatBool(c.Input.OrderIndex) },
		func(c *config.Config, text string) (err error) {
			c.Input.OrderIndex, err = strconv.ParseBool(text)
			return err
		},
	},
}

// laterEvents is fixed, too, and stands beside the others: namespaces of before have no word
// on it.
var laterEvents = fixed{
	"later_events", "erasure.later_events", "",
	func(c *config.Config) string { return string(c.Erasure.LaterEvents) },
	func(c *config.Config, text string) error {
		c.Erasure.LaterEvents = config.LaterEvents(text)
		return nil
	},
}

// fingerprint is the fixed settings in one text: name=value, separated by blanks. One that is
// as it was before there was a choice is left out.
func fingerprint(cfg config.Config) string {
	var settings []string
	for _, s := range fixedSettings {
		if text := s.text(&cfg); text != s.absent {
			settings = append(settings, s.name+"="+text)
		}
	}
	return strings.Join(settings, " ")
}

// AdoptFixed gives a configuration the fixed settings of a namespace that exists, where they
// are not set. One that is set otherwise is refused: what is stored would be read as
// something that it is not.
func AdoptFixed(cfg *config.Config, from config.Provenance, fingerprint, later string) error {
	created := map[string]string{}
	for pair := range strings.FieldsSeq(fingerprint) {
		name, value, _ := strings.Cut(pair, "=")
		created[name] = value
	}
	if later != "" {
		created[laterEvents.name] = later
	}
	for _, s := range append(fixedSettings[:], laterEvents) {
		value := cmp.Or(created[s.name], s.absent)
		source := from.Of(s.key)
		switch mine := s.text(cfg); {
		case value == "" || mine == value:
		case source.Origin != config.FromDefault:
			return fmt.Errorf("%w: namespace %s has %s %s, and %s says %s: set %[4]s there, or leave it out, as a command takes it from the state",
				state.ErrBornOtherwise, cfg.Namespace, s.key, value, source, mine)
		default:
			if err := s.set(cfg, value); err != nil {
				return fmt.Errorf("read what namespace %s was created with: %s %q: %w", cfg.Namespace, s.key, value, err)
			}
		}
	}
	return nil
}
