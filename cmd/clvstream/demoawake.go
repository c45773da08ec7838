package main

import (
	"fmt"
	"io"

	"github.com/clvstream/clvstream/internal/customerview"
)

// sights counts what the demo has shown of customers who moved.
type sights struct {
	climbs, cooling, dormant, wonBack int
}

func (s *sights) see(c *customerview.AnnouncedChange) {
	if c.Tier.Direction == "up" && c.Tier.Previous != "" {
		s.climbs++
	}
	if c.Stage.Current == c.Stage.Previous {
		return
	}
	switch c.Stage.Current {
	case "cooling":
		s.cooling++
	case "dormant":
		s.dormant++
	case "won_back":
		s.wonBack++
	}
}

func (s *sights) print(out io.Writer) {
	fmt.Fprintf(out, "\nseen live: %d tier climbs, %d coolings, %d dormancies, %d won back (`docs/awake.md` says what they mean)\n",
		s.climbs, s.cooling, s.dormant, s.wonBack)
}
