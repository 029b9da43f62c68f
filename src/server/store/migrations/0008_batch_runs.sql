CREATE TABLE "sprint_task_executions" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"sprint_job_id" text collate "C" NOT NULL,
	"product_id" text collate "C" NOT NULL,
	"task_id" text collate "C" NOT NULL,
	"order" integer NOT NULL,
	"plan_snapshot" text,
	"verify_required_snapshot" text NOT NULL,
	"verify_only_snapshot" boolean NOT NULL,
	"base_sha" text,
	"head_sha" text,
	"status" text DEFAULT 'PENDING' NOT NULL,
	"verify_result" text,
	"verify_reasoning" text,
	"verified_sha" text,
	"verify_summary" text,
	"checks" jsonb,
	"skip_reason" text,
	"error" text,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	CONSTRAINT "sprint_task_executions_order" UNIQUE("sprint_job_id","order"),
	CONSTRAINT "sprint_task_executions_once" UNIQUE("sprint_job_id","task_id"),
	CONSTRAINT "sprint_task_executions_status" CHECK ("sprint_task_executions"."status" in ('PENDING', 'RUNNING', 'DONE', 'FAILED', 'SKIPPED')),
	CONSTRAINT "sprint_task_executions_base" CHECK ("sprint_task_executions"."status" not in ('RUNNING', 'DONE') or "sprint_task_executions"."base_sha" is not null),
	CONSTRAINT "sprint_task_executions_done_is_pushed" CHECK ("sprint_task_executions"."status" <> 'DONE' or "sprint_task_executions"."head_sha" is not null),
	CONSTRAINT "sprint_task_executions_skip" CHECK ("sprint_task_executions"."status" <> 'SKIPPED' or "sprint_task_executions"."skip_reason" is not null),
	CONSTRAINT "sprint_task_executions_verify" CHECK (("sprint_task_executions"."verify_result" in ('ALIGNED', 'PARTIAL', 'EMPTY', 'DIVERGENT')) and (("sprint_task_executions"."verify_result" is null) = ("sprint_task_executions"."verified_sha" is null))),
	CONSTRAINT "sprint_task_executions_required" CHECK ("sprint_task_executions"."verify_required_snapshot" in ('ALIGNED', 'ALIGNED_OR_PARTIAL', 'ANY'))
);
--> statement-breakpoint
ALTER TABLE "claude_jobs" DROP CONSTRAINT "claude_jobs_kind";--> statement-breakpoint
ALTER TABLE "claude_jobs" DROP CONSTRAINT "claude_jobs_refs";--> statement-breakpoint
ALTER TABLE "sprint_runs" DROP CONSTRAINT "sprint_runs_execution";--> statement-breakpoint
ALTER TABLE "sprint_task_executions" ADD CONSTRAINT "sprint_task_executions_sprint_job_id_claude_jobs_id_fk" FOREIGN KEY ("sprint_job_id") REFERENCES "public"."claude_jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sprint_task_executions" ADD CONSTRAINT "sprint_task_executions_task" FOREIGN KEY ("task_id","product_id") REFERENCES "public"."tasks"("id","product_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "sprint_task_executions_one_running" ON "sprint_task_executions" USING btree ("sprint_job_id") WHERE status = 'RUNNING';--> statement-breakpoint
CREATE UNIQUE INDEX "sprint_task_executions_one_live_per_task" ON "sprint_task_executions" USING btree ("task_id") WHERE status in ('PENDING', 'RUNNING');--> statement-breakpoint
CREATE INDEX "sprint_task_executions_of_task" ON "sprint_task_executions" USING btree ("task_id");--> statement-breakpoint
ALTER TABLE "claude_jobs" ADD CONSTRAINT "claude_jobs_kind" CHECK ("claude_jobs"."kind" in ('TASK_IMPLEMENTATION', 'SPRINT_IMPLEMENTATION'));--> statement-breakpoint
ALTER TABLE "claude_jobs" ADD CONSTRAINT "claude_jobs_refs" CHECK (case "claude_jobs"."kind" when 'TASK_IMPLEMENTATION' then "claude_jobs"."task_id" is not null
        when 'SPRINT_IMPLEMENTATION' then "claude_jobs"."task_id" is null and "claude_jobs"."sprint_run_id" is not null end);--> statement-breakpoint
ALTER TABLE "sprint_runs" ADD CONSTRAINT "sprint_runs_batch" CHECK ("sprint_runs"."execution" <> 'BATCH' or "sprint_runs"."pr_strategy" = 'SPRINT');--> statement-breakpoint
ALTER TABLE "sprint_runs" ADD CONSTRAINT "sprint_runs_execution" CHECK ("sprint_runs"."execution" in ('PER_TASK', 'BATCH'));