-- Claims step over dead index entries, so the queue is cleaned after one row in a hundred and without pauses.
ALTER TABLE "claude_jobs" SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
