// Package state keeps customers in Redis, and their changes until they are
// published. It knows Redis alone: where events come from and where changes go is
// its callers' business.
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
// A customer lives in the shard that Shard names. A batch of one input partition
// is committed shard by shard, each in one optimistic transaction (package
// transaction): what it makes of the customers, the changes and dead letters that
// follow, and the mark up to which the shard has now applied the partition are
// written together or not at all. Every writer changes src, so of two at once, one
// EXEC answers nil and is tried again. What src says decides before anything is
// written:
//
//	epoch is not the claim's        ErrFenced: the partition has another owner
//	mark is missing or has fallen   ErrRolledBack: Redis lost what it had
//	mark is at the batch's end      done: the answer to an earlier EXEC was lost
//	out is at its cap               wait for the publisher
//
// # Due times
//
// With each value goes the next instant at which it will matter (clv.Customer).
// Firer.Fire takes what is due, earliest first, values the customers as of those
// instants and commits as a batch does. A shard's due times are fired in strict
// order: an event whose customer is due before the instant up to which the shard
// was fired brings the customer up to there in its own commit.
//
// # Models
//
// Model files are pushed into a registry, as bytes under a version, and activated.
// An activation is written into src of every shard: it changes src, so a commit
// that was under way by the model before is refused, and every commit and firing
// after it reads there which model is in force, and takes it from the registry
// when it does not have it yet. Then a Rollout walks through each shard and makes
// its customers due, at instants spread over a span; firing does the rest. What
// is killed in between is completed by whoever has the shard next. Where none was
// activated, each process values by its own configuration. New borders of tiers by
// percentile come into force the same way, as an activation of the model that is
// (Store.CutTiers).
//
// # Statistics
//
// What a customer adds to the statistics follows from what is stored of them
// (statistics.Contribution). A transaction writes the difference between what its customers
// added before it and after it, as whole cells: HSET can not fail where HINCRBY may
// overflow. The cells that it needs are read under the same WATCH, or known under
// the shard's tip, so they are always those that a scan of the customers gives
// (Store.AuditStatistics).
//
// # Errors
//
// Judge gives each error a verdict, out of a closed set, and each loop does what
// the verdict says:
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
// A Redis that is away, loading, read-only, out of memory, failing over or moving
// slots passes. What a program of a later version has stored (layout.ErrNewer) is
// waited for until this process is upgraded. Each wait in a row is longer, up to
// seconds, and says why in the log and by a metric. What no retry heals ends the
// process with an error that names the shard and what an operator can do (Explain).
// An answer that was lost is looked up, never guessed, and no transaction is sent twice.
//
// # What it refuses
//
// A namespace born with other shards or settings (ErrBornOtherwise); a partition
// that was consumed before and has no mark (ErrStateLost), or whose topic is
// another one of the same name (ErrTopicRecreated); bytes that no version writes
// (layout.ErrDamaged), and keys of another type than its own; a server that evicts or
// keeps no file (CheckRequirements). Nothing is skipped and nothing repaired by guessing.
//
// # Keys
//
// With the namespace clv, and shard 7:
//
//	clv:meta              hash    what is fixed at birth
//	    schema              "1": the version of this whole layout
//	    shards              decimal
//	    fingerprint         of the settings that give histories their meaning
//	    …                   whatever else callers pin (Store.Pin)
//	clv:heads             hash    advice between claims; losing it loses nothing
//	    topic/partition     the partition's event time in µs, "idle" or "unknown"
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
//	clv:{s007}:customers  hash    customer id → bytes, as by layout.AppendCustomer
//	clv:{s007}:src        hash    how far the shard has come
//	    tip                 "n commit": n commits have changed customers here, the
//	                        last one was that; caches hold while it stays the same
//	    fired               due times were fired up to this instant, µs
//	    model               the model in force: "number version" of the activation,
//	                        with "silent" after it where it is
//	    enlisted            "number customers": that activation has seen so many of
//	                        the shard's customers, with "all" after it at the end
//	    epoch:topic/part    decimal: claims so far; the last one may write
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
