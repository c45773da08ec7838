// Package customerread reads one customer of a deployment, with what it takes to answer
// questions about them.
//
//	config, store, id ──Customer──► customerview.Customer ──► AsOf, History, WhatIf
//	                    Stored ───► clv.Customer
//
// It refuses a customer of whom nothing is stored (ErrUnknown), or who was erased (ErrErased),
// and writes nothing.
package customerread

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/state"
)

// ErrUnknown says that a namespace has no event of a customer.
var ErrUnknown = errors.New("is not known")

// ErrErased says that a customer was erased, and that nothing came of them since.
var ErrErased = errors.New("was erased")

// Customer reads a customer of a deployment, to be valued now by the model in force. A
// customer without events is ErrUnknown, one who was erased ErrErased.
func Customer(ctx context.Context, cfg config.Config, store *state.Store, id string) (*customerview.Customer, error) {
	decoding, err := assembly.Decoding(cfg)
	if err != nil {
		return nil, err
	}
	valuation, err := inforce.Resolver{Config: cfg}.ValuationInForce(ctx, store)
	if err != nil {
		return nil, err
	}
	stored, err := Stored(ctx, cfg, store, id)
	if err != nil {
		return nil, err
	}
	return &customerview.Customer{
		ID: id, Stored: stored, Valuation: valuation, Currency: cfg.Business.Currency, Decoding: decoding,
		NowMicros: max(time.Now().UnixMicro(), stored.History.LatestMicros),
	}, nil
}

// Stored reads what is stored of a customer; ErrUnknown if nothing is, ErrErased if they were.
func Stored(ctx context.Context, cfg config.Config, store *state.Store, id string) (*clv.Customer, error) {
	stored, err := store.Customer(ctx, id)
	if err == nil && stored == nil {
		err = fmt.Errorf("customer %q %w in namespace %s", id, ErrUnknown, cfg.Namespace)
	}
	if err == nil && stored.Erased() {
		err = fmt.Errorf("customer %q %w on %s", id, ErrErased, ErasedOn(cfg, stored))
	}
	return stored, err
}

// ErasedOn is the day on which a customer was erased, in the business's time zone.
func ErasedOn(cfg config.Config, c *clv.Customer) string {
	return time.UnixMicro(c.Erasure.AtMicros).In(cfg.Business.TimeZone).Format(time.DateOnly)
}
