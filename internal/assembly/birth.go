package assembly

import (
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
	text      func(*config.Business) string
	set       func(*config.Business, string) error
}

var fixedSettings = [...]fixed{
	{
		"time_zone", "business.time_zone",
		func(b *config.Business) string { return b.TimeZone.String() },
		func(b *config.Business, text string) (err error) {
			b.TimeZone, err = time.LoadLocation(text)
			return err
		},
	},
	{
		"currency", "business.currency",
		func(b *config.Business) string { return b.Currency.String() },
		func(b *config.Business, text string) (err error) {
			b.Currency, err = money.ParseCurrency(text)
			return err
		},
	},
	{
		"lateness_days", "business.lateness_days",
		func(b *config.Business) string { return strconv.Itoa(b.LatenessDays) },
		func(b *config.Business, text string) (err error) {
			b.LatenessDays, err = strconv.Atoi(text)
			return err
		},
	},
}

// fingerprint is the fixed settings in one text: name=value, separated by blanks.
func fingerprint(cfg config.Config) string {
	settings := make([]string, len(fixedSettings))
	for i, s := range fixedSettings {
		settings[i] = s.name + "=" + s.text(&cfg.Business)
	}
	return strings.Join(settings, " ")
}

// AdoptFixed gives a configuration the fixed settings of a namespace that exists, where they
// are not set. One that is set otherwise is refused: what is stored would be read as
// something that it is not.
func AdoptFixed(cfg *config.Config, from config.Provenance, fingerprint string) error {
	created := map[string]string{}
	for pair := range strings.FieldsSeq(fingerprint) {
		name, value, _ := strings.Cut(pair, "=")
		created[name] = value
	}
	for _, s := range fixedSettings {
		value, known := created[s.name]
		source := from.Of(s.key)
		switch mine := s.text(&cfg.Business); {
		case !known || mine == value:
		case source.Origin != config.FromDefault:
			return fmt.Errorf("%w: namespace %s has %s %s, and %s says %s: set %[4]s there, or leave it out, as a command takes it from the state",
				state.ErrBornOtherwise, cfg.Namespace, s.key, value, source, mine)
		default:
			if err := s.set(&cfg.Business, value); err != nil {
				return fmt.Errorf("read what namespace %s was created with: %s %q: %w", cfg.Namespace, s.key, value, err)
			}
		}
	}
	return nil
}
