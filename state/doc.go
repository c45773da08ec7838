// Package state stores customers in Redis, and their changes until they are published. It
// knows Redis alone, not where events come from or where changes go.
//
//	consumer                        a shard: one cluster slot                 publisher
//
//	Batch ──► Claim.Commit    ┌──────────────────────────────────┐
//	            │ WATCH, read │ src        tip, epochs, marks    │
//	            │◄────────────│ customers  what is stored        │
//	            │ MULTI       │                                  │
//	            │ fold, value │ customers  as they are now       │
//	            │────────────►│ out        changes, dead letters │──► Store.Waiting
//	            │ EXEC        │ src        mark, tip, model      │◄── Store.Trim
//	            ▼             │ due        when to value next    │◄──► Firer.Fire
//	         Result           │ stat       sums over customers   │──► Store.Statistics
//	                          └──────────────────────────────────┘
//	                                 │
//	                                 └──► Customer, Scan, Applied: readers
//
//	Store.PushModel, Activate ──► models ──► src of every shard ──► Rollout.Step ──► due
//
// # The commit
//
// Shard names the shard of a customer. A batch of one input partition is committed shard
// by shard, each in one optimistic transaction (package transaction). The customers, their
// changes and dead letters, and the mark (the shard's watermark of the partition) are
// written together or not at all. Every writer changes src, so of two concurrent writers
// one gets a nil answer from EXEC and retries. Before anything is written, src is
// checked:
//
//	epoch is not the claim's        ErrFenced: the partition has another owner
//	mark is missing or lower        ErrRolledBack: Redis was restored or lost writes
//	mark is at the batch's end      done: the answer to an earlier EXEC was lost
//	out is at its cap               wait for the publisher
//
// # The index of orders
//
// Refunds, reverts and cancels may name no customer. They go to the shard of their order's id,
// and so does a copy of each order, for the index there (orderindex.go). An event whose order is
// known goes into the outbox, to be published to the repartition topic with its customer;
// others wait. All of it is part of the commit of that shard.
//
// # Due times
//
// Each customer is stored with the next instant at which time alone changes something
// (clv.Customer). Firer.Fire takes the due customers, earliest first, values them as of
// those instants, and commits as a batch does. A shard's due times fire in strict order.
// So a commit with an event of a customer whose due time is before the instant up to which
// the shard was fired first fires that due time.
//
// # Models
//
// Model files are pushed into a registry, as bytes under a version, and activated.
// An activation is written into src of every shard. That change of src aborts commits that
// still use the model before; all later commits and firings read from src which model is
// in force, and load it from the registry if needed. Then a Rollout makes the customers of
// each shard due, at instants spread over a span, and firing revalues them. After a crash
// the next owner of the shard continues. Without an activation, each process uses the
// model of its own configuration. New borders of tiers by percentile come into force the
// same way, as an activation of the present model (Store.CutTiers).
//
// # Statistics
//
// A customer's contribution to the statistics follows from the stored customer
// (statistics.Contribution). A transaction writes the difference of its customers'
// contributions before and after it, as whole cells: HSET cannot fail, while HINCRBY may
// overflow. It reads the cells under the same WATCH, or has them cached for the shard's
// tip, so they always equal those of a scan of the customers (Store.AuditStatistics). The
// counts of customers by model are kept likewise.
//
// # Torn files
//
// A power cut may leave an append-only file that ends inside a transaction. A server
// loads it without that, and most of them write on behind the half, which is applied
// with the next transaction when the file is loaded again. So whatever is written may
// be written twice: values and counts as they are, never by how much they change; and
// before its first commit on a server that has loaded a file, a process has the file
// rewritten (file.go).
//
// # Errors
//
// Judge gives each error a verdict from a closed set, which decides what each loop does:
//
//	            Claim             Commit, Advance   Check            Fire, Rollout, relay
//	Passes      wait, try again   wait, try again   next commit      wait, try again
//	Newer       wait, try again   wait, try again   next commit      wait, try again
//	Beaten      -                 try again         -                try again
//	Fenced      end the claim     end the claim     end the claim    -
//	RolledBack  -                 claim again       claim again      -
//	Final       end the process   end the process   -                end the process
//	Damaged     end the process   end the process   end the process  end the process
//
// A Redis that is unreachable, loading, read-only, out of memory, failing over or moving
// slots passes. Data that a later version has stored (layout.ErrNewer) makes the loop wait
// until this process is upgraded. Successive waits get longer, up to seconds, and are
// logged and counted with their cause. An error that no retry can resolve ends the process,
// and names the shard and what an operator can do (Explain). If an answer was lost, the
// outcome is looked up, never guessed, and no transaction is sent twice.
//
// # What it refuses
//
// A namespace created with other shards or settings (ErrBornOtherwise); a partition that
// was consumed before but has no mark (ErrStateLost), or whose topic was deleted and
// created again (ErrTopicRecreated); bytes that no version writes (layout.ErrDamaged), and
// keys of an unexpected type; a server that evicts keys or has no append-only file
// (CheckRequirements), or on which the durability barrier does not hold
// (Store.CheckBarrier). Nothing is skipped, and nothing repaired by guessing.
//
// # Keys
//
// With the namespace clv, and shard 7:
//
//	clv:meta              hash    fixed at creation
//	    schema              decimal: the number of the layout in force (layout.Number),
//	                        which a program looks at when it starts
//	    shards              decimal
//	    fingerprint         of the settings that determine the meaning of histories
//	    later_events        what becomes of events of customers who were erased: refuse or
//	                        anew
//	    …                   whatever else callers pin (Store.Pin)
//	clv:heads             hash    advice between claims; losing it loses nothing
//	    topic/partition     the partition's event time in µs, "unknown", or "idle" with the
//	                        latest event time, the clock, and that of the last record, µs, and
//	                        "upto:offset"
//	clv:sightings         hash    advice likewise: how far partitions have come
//	    topic/partition     the event that brings it furthest: event time and clock, µs
//	clv:lateness          hash    for lag; losing it loses nothing
//	    topic/partition     how late an event came for due times, and when, µs
//	clv:models            hash    pushed models
//	    file:version        a model file, as it was pushed
//	    pushed:version      when, µs
//	    active              the activation in force: "at from span replaces number
//	                        version", times in µs, with "silent" after it where
//	                        passing to the model is not announced, and the cut of
//	                        tiers, "cut:number:border,border", minor units, if any. From is the first
//	                        due time that it gives; replaces is the number of the
//	                        activation that a rollback goes back to
//	    activation:number   each activation, the same
//	    refit               "µs version verdict" of the last scheduled fit; version
//	                        is - where it activated none
//	clv:{s007}:customers  hash    customer id → bytes, as by layout.AppendCustomer, or of
//	                              one who was erased by layout.AppendMarker
//	clv:{s007}:src        hash    how far the shard has come
//	    tip                 "n commit": n commits have changed customers here, the
//	                        last one was that; caches hold while it stays the same
//	    journal:k           whom commit n changed, k being n modulo 8: its tip before
//	                        and after, a line each, and 8 bytes a customer. So caches
//	                        of others hold beyond it
//	    fired               due times were fired up to this instant, µs
//	    refreshed           as of when statistics count values at the least: when the
//	                        last whole pass of a Refresher began, µs, 0 before the first,
//	                        and when the one under way did, if there is one
//	    orders              "µs events commit": the latest event time that the index of
//	                        orders was told, how many events wait for their orders,
//	                        and the commit that changed them last
//	    layout              decimal: as schema, for programs that are running; absent: 1
//	    model               the model in force: "number version" of the activation,
//	                        with "silent" after it where it is
//	    enlisted            "number customers": that activation has seen so many of
//	                        the shard's customers, with "all" after it at the end
//	    epoch:topic/part    decimal, drawn: of the last claim, which may write
//	    held:topic/part     decimal: the last record that is applied and of which
//	                        nothing went into out
//	    mark:topic/part     "offset commit": applied up to before that offset, last
//	                        by that commit; "offset birth" before the first
//	    topic:topic/part    the topic's id, 32 hexadecimal digits
//	clv:{s007}:out        stream  an entry a commit with changes or dead letters, its
//	                              id given by Redis; one field, e → bytes, as by
//	                              layout.AppendEntry
//	clv:{s007}:due        zset    customer id → when to value them next, µs since
//	                              1970; it may be too early, never too late
//	clv:{s007}:models     hash    model version → how many customers' stored value is
//	                              by it
//	clv:{s007}:stat       hash    statistics of the shard's customers, a field a cell
//	                              (statistics.Cell) with anything in it, named as by
//	                              layout.AppendCellName → bytes, as by layout.AppendPlaces
//	clv:{s007}:orders:k   hash    order id → customer id, of orders of the k-th 2L days since
//	                              1970, L being the lateness; the last two are kept
//	clv:{s007}:unlocated  string  events without a customer that wait for their orders, as
//	                              by layout.AppendUnlocated
//	clv:{s007}:barrier    string  when Store.Barrier last wrote, Unix milliseconds
//
// A commit's id is the claim's random name, 16 hexadecimal digits, a hyphen, and
// its number within the claim in base 36.
//
// # Bytes
//
// Package layout describes, byte by byte, what customers, entries and cells hold, and
// how that grows. The other values are the words above. A later version adds to them by
// a field of its own, which this one leaves as it is, or by a word behind these, which
// is layout.ErrNewer here.
package state
