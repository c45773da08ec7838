package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// textList is a list of constants.
var textList = cel.ListType(cel.StringType)

// errNoElement is of paths that need for_each.
var errNoElement = errors.New("there is no such element here: item needs for_each, and parent one in another")

// errBefore is of paths into a row as it was before a change.
var errBefore = errors.New("value.before holds invented values unless the table has REPLICA IDENTITY FULL (of columns that are NOT NULL, " +
	"their default): set it, and say replica_identity: full")

// place finds where a path's value will be in the scope, and has it walked for.
func (c *compiler) place(p fieldPath) (place, error) {
	at := place{root: p.root, slot: -1}
	last := len(c.levels) - 1
	switch p.root {
	case ofHeaders:
		at.name = p.steps[0].name
		return at, nil
	case ofEnvelope:
		at.slot = slices.Index(attributeNames, p.steps[0].name)
		return at, nil
	case ofTopic, ofPartition, ofOffset, ofTimestamp:
		return at, nil
	case ofIndex:
		if at.level = last; last == 0 {
			return at, errNoElement
		}
		return at, nil
	case ofKey:
		return c.placeInKey(p, at), nil
	case ofItem:
		if at.level = last; last == 0 {
			return at, errNoElement
		}
	case ofParent:
		if at.level = last - 1; last < 2 {
			return at, errNoElement
		}
	case ofValue:
		if len(p.steps) > 0 && p.steps[0].name == "before" && !c.whole {
			return at, errBefore
		}
	}
	l := c.levels[at.level]
	at.slot = slotAt(l.wanted, p.steps, &l.slots)
	return at, nil
}

func (c *compiler) placeInKey(p fieldPath, at place) place {
	if len(p.steps) == 0 {
		c.keyWhole = true
		return at
	}
	if c.keyWanted == nil {
		c.keyWanted, c.keySlots = withEnvelopes(), slotsOfEnvelopes
	}
	at.slot = slotAt(c.keyWanted, p.steps, &c.keySlots)
	return at
}

// slotAt is the slot of the branch at the end of steps.
func slotAt(b *branch, steps []step, slots *int) int {
	for _, s := range steps {
		b = b.at(s)
	}
	if b.slot < 0 {
		b.slot = *slots
		*slots++
	}
	return b.slot
}

// enter goes into the elements that for_each names, array by array.
func (c *compiler) enter(n node, ev *eventRule) error {
	text, err := n.word()
	if err != nil {
		return err
	}
	p, err := parsePath(text)
	switch {
	case err != nil:
		return n.wrong(err)
	case p.root != ofValue:
		return n.fail("for_each goes over arrays of the value")
	case !p.hasEach():
		p.steps = append(p.steps, step{index: -1, each: true})
	case !p.steps[len(p.steps)-1].each:
		return n.fail("%s: for_each ends with the elements, [*]", text)
	}
	for begin := 0; begin < len(p.steps); {
		end := begin + slices.IndexFunc(p.steps[begin:], func(s step) bool { return s.each })
		around := fieldPath{root: ofItem, steps: p.steps[begin:end], text: text}
		if begin == 0 {
			around.root = ofValue
		}
		list, err := c.place(around)
		if err != nil {
			return n.wrong(err)
		}
		inner := &level{wanted: newBranch()}
		ev.levels = append(ev.levels, level{path: text, list: list, wanted: inner.wanted})
		c.levels = append(c.levels, inner)
		begin = end + 1
	}
	return nil
}

// bind resolves a source in the scope.
func (c *compiler) bind(spec *sourceSpec) (s source, err error) {
	s.spec = spec
	for _, p := range spec.paths {
		at, err := c.place(p)
		if err != nil {
			return s, fmt.Errorf("%s: %w", p, err)
		}
		s.places = append(s.places, at)
	}
	for _, part := range spec.joined {
		one := joinedPlace{text: part.text}
		if part.path != nil {
			at, err := c.place(*part.path)
			if err != nil {
				return s, fmt.Errorf("%s: %w", part.path, err)
			}
			one.place = &at
		}
		s.joined = append(s.joined, one)
	}
	if spec.scalePath != nil {
		at, err := c.place(*spec.scalePath)
		if err != nil {
			return s, fmt.Errorf("scale: %w", err)
		}
		s.scale = &at
	}
	if spec.expression != "" {
		s.value, err = c.expression(spec.expression, cel.StringType, cel.IntType, cel.TimestampType)
	}
	return s, err
}

// expression compiles CEL with the variables that the scope allows.
func (c *compiler) expression(text string, kinds ...*cel.Type) (*expression, error) {
	allowed := map[string]*bound{}
	for name, v := range c.variables {
		if c.allows(v) {
			allowed[name] = &bound{variable: v}
		}
	}
	x, err := compileExpression(text, allowed, func(v *bound) (err error) {
		if v.texts == nil && v.source.spec == nil {
			v.source, err = c.bind(v.variable.source)
		}
		return err
	}, kinds...)
	for _, name := range slices.Sorted(maps.Keys(c.variables)) {
		if err != nil && allowed[name] == nil && strings.Contains(err.Error(), "undeclared reference to '"+name+"'") {
			err = fmt.Errorf("%w\n%s is %s, which is there only in events that have for_each: give those events the condition, in a when of their own",
				err, name, c.variables[name].source)
		}
	}
	return x, err
}

// allows says whether the scope has the elements that a variable names.
func (c *compiler) allows(v *variable) bool {
	if v.texts != nil {
		return true
	}
	return !slices.ContainsFunc(v.source.paths, func(p fieldPath) bool {
		return (p.root == ofItem || p.root == ofIndex) && len(c.levels) < 2 || p.root == ofParent && len(c.levels) < 3
	})
}

// bindNamed binds the variables that an expression names.
func bindNamed(e ast.Expr, variables map[string]*bound, bind func(*bound) error) (err error) {
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.IdentKind && err == nil {
			if v := variables[strings.TrimPrefix(strings.TrimSuffix(e.AsIdent(), isNullSuffix), ".")]; v != nil { // .name is name in the outermost scope
				err = bind(v)
			}
		}
	}))
	return err
}
