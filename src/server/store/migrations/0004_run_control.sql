ALTER TABLE "sprint_runs" DROP CONSTRAINT "sprint_runs_pr_strategy";--> statement-breakpoint
ALTER TABLE "sprint_runs" ALTER COLUMN "branch" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "claude_jobs" ADD COLUMN "cancelled_by_job_id" text collate "C";--> statement-breakpoint
ALTER TABLE "sprint_runs" ADD COLUMN "previous_run_id" text collate "C";--> statement-breakpoint
ALTER TABLE "sprint_runs" ADD COLUMN "pause_reason" text;--> statement-breakpoint
CREATE INDEX "claude_jobs_cancelled_by" ON "claude_jobs" USING btree ("cancelled_by_job_id") WHERE cancelled_by_job_id is not null;--> statement-breakpoint
ALTER TABLE "sprint_runs" ADD CONSTRAINT "sprint_runs_branch" CHECK (("sprint_runs"."branch" is null) = ("sprint_runs"."pr_strategy" = 'STORY'));--> statement-breakpoint
ALTER TABLE "sprint_runs" ADD CONSTRAINT "sprint_runs_pr_strategy" CHECK ("sprint_runs"."pr_strategy" in ('SPRINT', 'STORY'));