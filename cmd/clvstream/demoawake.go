package main

import (
	"fmt"
	"io"

	"github.com/clvstream/clvstream/stream/change"
)

// sights counts the changes of stage and tier that the demo has shown.
type sights struct {
	climbs, cooling, dormant, wonBack int
}

func (s *sights) see(c change.Values) {
	if c.Text("tier.direction") == "up" && c.Text("tier.previous") != "" {
		s.climbs++
	}
	stage := c.Text("stage.current")
	if stage == c.Text("stage.previous") {
		return
	}
	switch stage {
	case "cooling":
		s.cooling++
	case "dormant":
		s.dormant++
	case "won_back":
		s.wonBack++
	}
}

func (s *sights) print(out io.Writer) {
	fmt.Fprintf(out, "\nlive changes: %d to a higher tier, %d cooling, %d dormant, %d won back (`docs/awake.md` explains the stages)\n",
		s.climbs, s.cooling, s.dormant, s.wonBack)
}
