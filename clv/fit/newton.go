package fit

import "math"

// likelihood is a log-likelihood with exact first and second derivatives.
type likelihood interface {
	parameters() int
	// evaluate is at parameters θ > 0, with derivatives with respect to θ.
	evaluate(theta *[most]float64) derivatives
}

// Parameters are held within these bounds; who ends at one has no maximum
// inside, which is a warning and not a fit.
const (
	leastParameter = 1e-6
	mostParameter  = 1e6
)

const (
	mostSteps = 200
	// longestStep is the most that the logarithm of a parameter moves at once.
	longestStep = 1.5
	// negligibleGain is how much log-likelihood may be left to win; a parameter
	// is then within 5e-6 of a standard error of its optimum. nearbyGain is the
	// same while only the neighbourhood of the optimum is sought.
	negligibleGain = 1e-11
	nearbyGain     = 1e-2
)

// optimum is where a maximisation ended, in logarithms of the parameters.
type optimum struct {
	log       [most]float64
	at        derivatives // with respect to the logarithms
	converged bool
	steps     int
}

func (o *optimum) theta() (theta [most]float64) {
	for i, v := range o.log {
		theta[i] = math.Exp(v)
	}
	return theta
}

// maximise climbs from θ by Newton's method in ln θ, damped where the surface is
// not concave (Levenberg and Marquardt), within lower and upper bounds, until no
// more than enough is left to win.
func maximise(l likelihood, theta, lower [most]float64, enough float64) optimum {
	o := optimum{}
	for i := range l.parameters() {
		o.log[i] = math.Log(clamp(theta[i], lower[i], mostParameter))
	}
	o.at = evaluateLogs(l, &o.log)
	damping := 0.0
	for o.steps = 1; o.steps <= mostSteps; o.steps++ {
		step, gain, used := o.newton(l.parameters(), lower, damping)
		damping = used
		if gain <= math.Max(enough, 1e-15*math.Abs(o.at.value)) {
			o.converged = damping <= 1e-3
			return o
		}
		next := o.moved(step, lower)
		there := evaluateLogs(l, &next)
		won := there.value - o.at.value
		if won > -1e-14*math.Abs(o.at.value) {
			o.log, o.at = next, there
		}
		damping = damped(damping, won, gain)
	}
	return o
}

// moved is the point after a step, or where the step first meets a bound: a
// ridge is followed straight up to it.
func (o *optimum) moved(step, lower [most]float64) [most]float64 {
	part, first := 1.0, -1
	for i, v := range o.log {
		if room := edge(step[i], lower[i]) - v; math.Abs(room) < part*math.Abs(step[i]) {
			part, first = room/step[i], i
		}
	}
	next := o.log
	for i := range next {
		next[i] += part * step[i]
	}
	if first >= 0 {
		next[first] = edge(step[first], lower[first])
	}
	return next
}

// edge is the bound in the direction of a step, as a logarithm.
func edge(step, lower float64) float64 {
	if step < 0 {
		return math.Log(lower)
	}
	return math.Log(mostParameter)
}

// damped is the damping of the next step: less where the quadratic model held,
// more where it promised too much.
func damped(damping, won, promised float64) float64 {
	switch {
	case won > promised/4:
		if damping < 1e-4 {
			return 0
		}
		return damping / 10
	case won > 0:
		return damping
	default:
		return math.Max(10*damping, 1e-2)
	}
}

func evaluateLogs(l likelihood, logs *[most]float64) derivatives {
	var theta [most]float64
	for i, v := range logs {
		theta[i] = math.Exp(v)
	}
	d := l.evaluate(&theta)
	d.inLogs(&theta)
	return d
}

// free are the parameters that may move: not those held at a bound by the slope.
func (o *optimum) free(parameters int, lower [most]float64) (free [most]bool) {
	for i := range parameters {
		low := o.log[i] <= math.Log(lower[i]) && o.at.gradient[i] <= 0
		high := o.log[i] >= math.Log(mostParameter) && o.at.gradient[i] >= 0
		free[i] = !low && !high
	}
	return free
}

// newton is the step of the parameters that may move and the gain that it
// promises, with as much damping as it takes to make the negated Hessian positive
// definite. A parameter at a bound that it would cross stays.
func (o *optimum) newton(parameters int, lower [most]float64, damping float64) (step [most]float64, gain, used float64) {
	free := o.free(parameters, lower)
	for {
		factor, ok := cholesky(o.at.hessian, free, damping)
		if !ok {
			damping = math.Max(10*damping, 1e-6)
			continue
		}
		step = factor.solve(o.at.gradient)
		if o.hold(&free, step, lower) {
			continue
		}
		longest := 0.0
		for i := range step {
			longest = math.Max(longest, math.Abs(step[i]))
		}
		if scale := longestStep / longest; scale < 1 {
			for i := range step {
				step[i] *= scale
			}
		}
		for i := range step {
			gain += step[i] * o.at.gradient[i]
		}
		return step, gain / 2, damping
	}
}

// hold takes from the free parameters those at a bound that the step would
// cross, and says whether there were any.
func (o *optimum) hold(free *[most]bool, step, lower [most]float64) (held bool) {
	for i := range free {
		if free[i] && step[i] != 0 && o.log[i] == edge(step[i], lower[i]) {
			free[i], held = false, true
		}
	}
	return held
}

func clamp(v, low, high float64) float64 { return math.Min(math.Max(v, low), high) }
