package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"strconv"

	"github.com/clvstream/clvstream/clv/calendar"
)

//go:embed page.html.tmpl
var pageText string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("report").Parse(pageText))

// page is what the template is filled with.
type page struct {
	Style      template.CSS
	Title      string
	Model      string
	Version    string
	Source     string
	Period     string
	Remarks    []string
	AsOf       string
	Tiles      []tile
	Implied    []string
	Parameters [][]string
	Terms      [][2]string
	Figures    []figure
}

// tile is a headline figure.
type tile struct{ Value, Name string }

func (s *subject) page() (*page, error) {
	figures, err := s.figures()
	if err != nil {
		return nil, err
	}
	return &page{
		Style: template.CSS(pageStyle),
		Title: "Customers and the " + s.entry.Title + " model",
		Model: s.File.Model, Version: s.File.Version(), Source: s.Source, Period: s.period(),
		Remarks: s.remarks(), AsOf: s.Split.String(), Tiles: s.tiles(), Implied: s.implied(), Parameters: s.parameterTable(), Terms: s.terms(), Figures: figures,
	}, nil
}

// period says which days are known and which held out.
func (s *subject) period() string {
	if !s.held() {
		return fmt.Sprintf("Orders from %s to %s, all of them known to the model.", s.Survey.First, s.Until)
	}
	return fmt.Sprintf("Orders from %s to %s. Orders up to %s are known to the model; the %s days after that are the holdout.",
		s.Survey.First, s.Until, s.Split, grouped(float64(s.length())))
}

func (s *subject) tiles() []tile {
	t := &s.totals
	tiles := []tile{
		{grouped(float64(t.customers)), "customers"},
		{grouped(float64(t.repeaters)), fmt.Sprintf("bought again (%s)", percent(share(t.repeaters, t.customers)))},
		{grouped(float64(t.orders)), "repeat purchase days"},
		{grouped(t.alive), fmt.Sprintf("probably alive (%s)", percent(t.alive/float64(max(1, t.customers))))},
		{grouped(t.expected), fmt.Sprintf("purchase days expected in %s days", plain(s.File.HorizonDays))},
		{grouped(t.predicted) + " " + s.File.Currency.String(), "predicted value of all, at a margin of " + percent(s.margin())},
	}
	if s.held() {
		tiles = append(tiles, tile{grouped(float64(t.heldOrders)),
			fmt.Sprintf("purchase days in the days held out, where the model expects %s", grouped(s.scores.model.Orders.Predicted))})
	}
	return tiles
}

func share(part, whole int) float64 { return float64(part) / float64(max(1, whole)) }

// terms are the choices that the value rests on.
func (s *subject) terms() [][2]string {
	margin := "each customer's own to date"
	if s.File.MarginRatio > 0 {
		margin = percent(s.File.MarginRatio) + " of the price"
	}
	fitted := "not stated"
	if on := s.File.FittedOn; !on.Until.IsZero() {
		calendar := calendar.NewCalendar(nil)
		fitted = "up to " + calendar.Day(on.Until.UnixMicro()).String()
		if !on.From.IsZero() {
			fitted = calendar.Day(on.From.UnixMicro()).String() + " to " + calendar.Day(on.Until.UnixMicro()).String()
		}
		if on.Customers > 0 {
			fitted += fmt.Sprintf(", %s customers, %s repeaters", grouped(float64(on.Customers)), grouped(float64(on.Repeaters)))
		}
	}
	return [][2]string{
		{"Time unit", s.unit()},
		{"Horizon", strconv.FormatFloat(s.File.HorizonDays, 'f', -1, 64) + " days"},
		{"Discount", percent(s.File.AnnualDiscount) + " a year"},
		{"Margin", margin},
		{"Currency", s.File.Currency.String()},
		{"Fitted on", fitted},
	}
}
