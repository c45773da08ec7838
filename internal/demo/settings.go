package demo

import "github.com/clvstream/clvstream/internal/config"

// Liven makes customers worth watching, where the user has not said otherwise. Time is
// compressed, so due times follow the events and not the clock.
func Liven(cfg *config.Config, from config.Provenance) {
	if from.Of("awake.mode").Origin == config.FromDefault {
		cfg.Awake.Mode = config.AwakeEvent
	}
	if from.Of("tiers.borders").Origin == config.FromDefault {
		cfg.Tiers.Borders = []config.TierBorder{{Name: "bronze", From: "50"}, {Name: "silver", From: "200"}, {Name: "gold", From: "600"}}
	}
}
