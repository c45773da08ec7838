package calibrate

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/catalog"
	"github.com/clvstream/clvstream/clv/fit"
	"github.com/clvstream/clvstream/clv/model"
)

var update = flag.Bool("update", false, "write the tables of choices in docs/models.md anew")

// choiceTrial is a choice made on the known days of a file, and how each candidate then
// predicted the days after them, which neither the choice nor the fit had seen.
type choiceTrial struct {
	file   *trialFile
	window Window
	choice Choice
	errors fit.Comparison // of the candidates fitted to the known days, then of the naive forecasts
	naive  []fit.Predictor
}

func try(t *testing.T, f *trialFile) choiceTrial {
	t.Helper()
	usd, source := currency(t, "USD"), f.source()
	trial := choiceTrial{file: f, window: f.window()}
	after := summarised(t, source, trial.window)
	sample, _, err := after.Sample(model.UnitWeek, usd)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := Halved(after.First(), trial.window.Split)
	if err != nil {
		t.Fatal(err)
	}
	later, _ := inner.Later()
	holdouts := []*Population{summarised(t, source, inner), summarised(t, source, later)}
	if trial.choice, err = (Fitting{}).ChooseFrom(sample, holdouts, usd, catalog.Candidates()...); err != nil {
		t.Fatal(err)
	}
	held := after.Holdout(usd)
	var predictors []fit.Predictor
	for i := range trial.choice.Candidates {
		r := &trial.choice.Candidates[i].Result
		purchases, err := Fitting{}.Purchases(r)
		if err != nil {
			t.Fatal(err)
		}
		predictors = append(predictors, held.Modelled(r.Model, purchases, nil))
	}
	trial.naive = held.Naive()
	trial.errors = held.Compare(append(predictors, trial.naive...)...)
	return trial
}

func (c *choiceTrial) chosen() int {
	for i := range c.choice.Candidates {
		if c.choice.Candidates[i].Result.Model == c.choice.Model {
			return i
		}
	}
	return -1
}

// best is the least error from low to high.
func (c *choiceTrial) best(low, high int) int {
	best := low
	for i := low; i < high; i++ {
		if c.errors.Orders[i].RMSE < c.errors.Orders[best].RMSE {
			best = i
		}
	}
	return best
}

// above is by what share the chosen candidate's error is above the best one's, and
// whether that is more than chance.
func (c *choiceTrial) above() (share float64, sure bool) {
	best := c.best(0, len(c.choice.Candidates))
	difference, standardError := c.errors.Difference(c.chosen(), best)
	return difference / c.errors.Orders[best].RMSE, difference > surely*standardError
}

func (c *choiceTrial) row() string {
	candidates := len(c.choice.Candidates)
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | %d | %d + %d |", c.file.name, c.errors.Orders[0].Customers,
		c.window.Split-c.file.orders[0].day+1, c.window.length())
	for i := range c.choice.Candidates {
		fmt.Fprintf(&b, " %.4f |", c.errors.Orders[i].RMSE)
	}
	naive := c.best(candidates, len(c.errors.Orders))
	fmt.Fprintf(&b, " %.4f %s |", c.errors.Orders[naive].RMSE, strings.TrimPrefix(c.naive[naive-candidates].Name, "naive_"))
	share, sure := c.above()
	fmt.Fprintf(&b, " `%s`", c.choice.Model)
	if len(c.choice.Alike) > 0 {
		fmt.Fprintf(&b, " (alike: `%s`)", strings.Join(c.choice.Alike, "`, `"))
	}
	fmt.Fprintf(&b, " | %.1f %%", 100*share)
	if share > .02 && !sure {
		b.WriteString(", within chance")
	}
	for _, caution := range c.choice.Cautions {
		fmt.Fprintf(&b, ", `%s`", caution.Name)
	}
	return b.String() + " |\n"
}

const choiceHead = "| file | customers | days known + predicted | `bgnbd` | `mbgnbd` | `paretonbd` | `nbd` | best naive | `auto` takes | above the best candidate; warnings |\n|---|---|---|---|---|---|---|---|---|---|\n"

// documented holds a table of docs/models.md to the code.
func documented(t *testing.T, name, table string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", "models.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin := fmt.Sprintf("<!-- choices: %s -->\n", name)
	before, rest, found := strings.Cut(string(text), begin)
	was, after, closed := strings.Cut(rest, "<!-- end -->")
	switch {
	case !found || !closed:
		t.Errorf("%s has no place for the choices %q", path, name)
	case *update:
		if err := os.WriteFile(path, []byte(before+begin+table+"<!-- end -->"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case was != table:
		t.Errorf("%s is not what the code says; run this test with -update and read the difference:\n%s", path, table)
	}
}

// within is how far above the best candidate a choice may be on a real file, and on a
// made-up one unless that is chance.
const within = .02

func tried(t *testing.T, files []trialFile) (table string) {
	t.Helper()
	table = choiceHead
	for i := range files {
		trial := try(t, &files[i])
		if share, _ := trial.above(); share > within {
			t.Errorf("%s, %v known: %s is %.1f %% above the best candidate", files[i].name, files[i].known, trial.choice.Model, 100*share)
		}
		table += trial.row()
	}
	return table
}

func TestChoicesOnCDNOW(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	documented(t, "cdnow", tried(t, cdnowFiles(t)))
}

func TestChoicesOnOnlineRetail(t *testing.T) {
	documented(t, "retail", tried(t, retailFiles(t)))
}

// TestChoicesInMadeUpShops: where the choice is more than 2 % above the best candidate, that
// is by chance of the customers, or the choice has said that the two cannot be told apart. All
// shops of the documented tables take minutes: TESTBED_SOAK=1 tries them, and otherwise one of
// each kind is.
func TestChoicesInMadeUpShops(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	seeds := uint64(1)
	all := os.Getenv("TESTBED_SOAK") != "" || *update
	if all {
		seeds = 10
	}
	for name, run := range map[string]struct {
		shops []madeUp
		seed  uint64 // the first
	}{"shops": {shops(), 1}, "other shops": {otherShops(), 5001}} {
		table, untold := "", 0
		for _, shop := range run.shops {
			var o outcome
			for i := range seeds {
				f := shop.file(run.seed + i)
				trial := try(t, &f)
				o.take(&trial)
			}
			table += o.row(shop.name)
			untold += o.trials - o.alike
		}
		if all {
			documented(t, name, outcomeHead+table)
		}
		if untold > 2 {
			t.Errorf("%s: of %d, the choice is more than %.0f %% above the best candidate, by more than chance, and has not said so", name, untold, 100*within)
		}
	}
}

// outcome is how the choice did in shops of one kind.
type outcome struct {
	trials              int
	taken               map[string]int
	near, chance, alike int // each includes the one before
	furthest, nbd       float64
}

const outcomeHead = "| shop | shops | `auto` takes | within 2 % of the best | or within chance | or said to be alike | furthest above | `nbd` furthest above |\n|---|---|---|---|---|---|---|---|\n"

func (o *outcome) take(trial *choiceTrial) {
	if o.taken == nil {
		o.taken = map[string]int{}
	}
	share, sure := trial.above()
	best := trial.best(0, len(trial.choice.Candidates))
	o.trials++
	o.taken[trial.choice.Model]++
	o.furthest = math.Max(o.furthest, share)
	o.nbd = math.Max(o.nbd, trial.errors.Orders[len(trial.choice.Candidates)-1].RMSE/trial.errors.Orders[best].RMSE-1)
	near, chance := share <= within, !sure
	alike := slices.Contains(trial.choice.Alike, trial.choice.Candidates[best].Result.Model)
	if near {
		o.near++
	}
	if near || chance {
		o.chance++
	}
	if near || chance || alike {
		o.alike++
	}
}

func (o *outcome) row(name string) string {
	var takes []string
	for _, model := range catalog.Candidates() {
		if o.taken[model] > 0 {
			takes = append(takes, fmt.Sprintf("`%s` %d", model, o.taken[model]))
		}
	}
	return fmt.Sprintf("| %s | %d | %s | %d | %d | %d | %.1f %% | %.1f %% |\n", name, o.trials, strings.Join(takes, ", "), o.near, o.chance, o.alike, 100*o.furthest, 100*o.nbd)
}
