DROP INDEX "claude_jobs_held";--> statement-breakpoint
DROP INDEX "claude_jobs_claim_order";--> statement-breakpoint
DROP INDEX "claude_jobs_lane_order";--> statement-breakpoint
DROP INDEX "claude_jobs_one_per_worker";--> statement-breakpoint
DROP INDEX "claude_jobs_one_live_per_task";--> statement-breakpoint
DROP INDEX "claude_jobs_of_run";--> statement-breakpoint
CREATE INDEX "claude_jobs_claim_order" ON "claude_jobs" USING btree ("user_id","created_at","sequence","id") WHERE status = 'QUEUED' and user_id is not null;--> statement-breakpoint
CREATE INDEX "claude_jobs_lane_order" ON "claude_jobs" USING btree ("repo_key","branch","created_at","sequence","id") WHERE status = 'QUEUED' and repo_key is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "claude_jobs_one_per_worker" ON "claude_jobs" USING btree ("worker_id") WHERE status in ('CLAIMED', 'RUNNING') and worker_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "claude_jobs_one_live_per_task" ON "claude_jobs" USING btree ("task_id") WHERE status in ('QUEUED', 'CLAIMED', 'RUNNING') and task_id is not null;--> statement-breakpoint
CREATE INDEX "claude_jobs_of_run" ON "claude_jobs" USING btree ("sprint_run_id") WHERE sprint_run_id is not null;