CREATE TABLE "api_tokens" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"name" text NOT NULL,
	"secret_hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"product_ids" text[],
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_tokens_scopes" CHECK ("api_tokens"."scopes" <@ array['read', 'work', 'author', 'person'])
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"is_demo" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pbis" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"product_id" text collate "C" NOT NULL,
	"code" text NOT NULL,
	"title" text NOT NULL,
	"description" text,
	"priority" smallint NOT NULL,
	"status" text DEFAULT 'READY' NOT NULL,
	"sort_order" double precision NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	CONSTRAINT "pbis_code" UNIQUE("product_id","code"),
	CONSTRAINT "pbis_in_product" UNIQUE("id","product_id"),
	CONSTRAINT "pbis_status" CHECK ("pbis"."status" in ('READY', 'BLOCKED', 'DONE', 'FAILED')),
	CONSTRAINT "pbis_priority" CHECK ("pbis"."priority" between 1 and 4)
);
--> statement-breakpoint
CREATE TABLE "stories" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"product_id" text collate "C" NOT NULL,
	"pbi_id" text collate "C" NOT NULL,
	"sprint_id" text collate "C",
	"code" text NOT NULL,
	"title" text NOT NULL,
	"description" text,
	"acceptance_criteria" text,
	"priority" smallint NOT NULL,
	"status" text DEFAULT 'OPEN' NOT NULL,
	"sort_order" double precision NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	CONSTRAINT "stories_code" UNIQUE("product_id","code"),
	CONSTRAINT "stories_in_product" UNIQUE("id","product_id"),
	CONSTRAINT "stories_status" CHECK ("stories"."status" in ('OPEN', 'IN_SPRINT', 'DONE', 'FAILED')),
	CONSTRAINT "stories_priority" CHECK ("stories"."priority" between 1 and 4)
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"product_id" text collate "C" NOT NULL,
	"story_id" text collate "C" NOT NULL,
	"code" text NOT NULL,
	"title" text NOT NULL,
	"description" text,
	"implementation_plan" text,
	"priority" smallint NOT NULL,
	"status" text DEFAULT 'TO_DO' NOT NULL,
	"sort_order" double precision NOT NULL,
	"repo_url" text,
	"verify_required" text DEFAULT 'ALIGNED_OR_PARTIAL' NOT NULL,
	"verify_only" boolean DEFAULT false NOT NULL,
	"requires_opus" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	CONSTRAINT "tasks_code" UNIQUE("product_id","code"),
	CONSTRAINT "tasks_in_product" UNIQUE("id","product_id"),
	CONSTRAINT "tasks_status" CHECK ("tasks"."status" in ('TO_DO', 'IN_PROGRESS', 'REVIEW', 'DONE', 'FAILED', 'EXCLUDED')),
	CONSTRAINT "tasks_priority" CHECK ("tasks"."priority" between 1 and 4),
	CONSTRAINT "tasks_verify_required" CHECK ("tasks"."verify_required" in ('ALIGNED', 'ALIGNED_OR_PARTIAL', 'ANY'))
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"product_id" text collate "C" NOT NULL,
	"job_id" text collate "C",
	"task_id" text collate "C",
	"sprint_run_id" text collate "C",
	"status" text,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "hosts" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"name" text NOT NULL,
	"version" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"host_id" text collate "C" NOT NULL,
	"token_id" text collate "C" NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "claude_jobs" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"product_id" text collate "C" NOT NULL,
	"kind" text NOT NULL,
	"status" text DEFAULT 'QUEUED' NOT NULL,
	"task_id" text collate "C",
	"sprint_run_id" text collate "C",
	"sequence" integer DEFAULT 0 NOT NULL,
	"repo_key" text,
	"branch" text,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	"claimed_by_token_id" text collate "C",
	"worker_id" text collate "C",
	"host_id" text collate "C",
	"claim_token" uuid,
	"claim_no" integer DEFAULT 0 NOT NULL,
	"claimed_at" timestamp with time zone,
	"attached_at" timestamp with time zone,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"cancel_requested_at" timestamp with time zone,
	"lease_until" timestamp with time zone,
	"not_before" timestamp with time zone,
	"retry_count" integer DEFAULT 0 NOT NULL,
	"max_attempts" integer DEFAULT 3 NOT NULL,
	"setup_failures" integer DEFAULT 0 NOT NULL,
	"plan_snapshot" text,
	"base_sha" text,
	"head_sha" text,
	"pushed_at" timestamp with time zone,
	"pr_url" text,
	"verify_result" text,
	"verify_reasoning" text,
	"verified_sha" text,
	"requested_model" text,
	"requested_thinking_budget" integer,
	"requested_permission_mode" text,
	"config" jsonb,
	"summary" text,
	"error" text,
	"input_tokens" bigint,
	"output_tokens" bigint,
	"cache_read_tokens" bigint,
	"cache_write_tokens" bigint,
	"cost_usd" numeric(12, 6),
	CONSTRAINT "claude_jobs_kind" CHECK ("claude_jobs"."kind" in ('TASK_IMPLEMENTATION')),
	CONSTRAINT "claude_jobs_status" CHECK ("claude_jobs"."status" in ('QUEUED', 'CLAIMED', 'RUNNING', 'DONE', 'FAILED', 'SKIPPED', 'CANCELLED')),
	CONSTRAINT "claude_jobs_refs" CHECK (case "claude_jobs"."kind" when 'TASK_IMPLEMENTATION' then "claude_jobs"."task_id" is not null end),
	CONSTRAINT "claude_jobs_lane" CHECK ("claude_jobs"."repo_key" is not null and "claude_jobs"."branch" is not null),
	CONSTRAINT "claude_jobs_held_is_complete" CHECK ("claude_jobs"."status" not in ('CLAIMED', 'RUNNING') or ("claude_jobs"."claimed_by_token_id" is not null and "claude_jobs"."worker_id" is not null
        and "claude_jobs"."host_id" is not null and "claude_jobs"."claim_token" is not null and "claude_jobs"."lease_until" is not null)),
	CONSTRAINT "claude_jobs_running_is_attached" CHECK ("claude_jobs"."status" <> 'RUNNING' or ("claude_jobs"."attached_at" is not null and "claude_jobs"."base_sha" is not null)),
	CONSTRAINT "claude_jobs_done_is_delivered" CHECK ("claude_jobs"."status" <> 'DONE' or "claude_jobs"."head_sha" is not null),
	CONSTRAINT "claude_jobs_verify" CHECK (("claude_jobs"."verify_result" in ('ALIGNED', 'PARTIAL', 'EMPTY', 'DIVERGENT')) and (("claude_jobs"."verify_result" is null) = ("claude_jobs"."verified_sha" is null))),
	CONSTRAINT "claude_jobs_mode" CHECK ("claude_jobs"."requested_permission_mode" in ('plan', 'default', 'acceptEdits', 'bypassPermissions')),
	CONSTRAINT "claude_jobs_counts" CHECK ("claude_jobs"."retry_count" >= 0 and "claude_jobs"."setup_failures" >= 0 and "claude_jobs"."max_attempts" >= 1)
);
--> statement-breakpoint
CREATE TABLE "job_attempts" (
	"job_id" text collate "C" NOT NULL,
	"claim_no" integer NOT NULL,
	"host_id" text collate "C" NOT NULL,
	"worktree_path" text NOT NULL,
	"base_sha" text NOT NULL,
	"head_sha" text,
	"outcome" text,
	"error" text,
	"summary" text,
	"rescue_ref" text,
	"attached_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	"cleaned_at" timestamp with time zone,
	CONSTRAINT "job_attempts_job_id_claim_no_pk" PRIMARY KEY("job_id","claim_no"),
	CONSTRAINT "job_attempts_outcome" CHECK ("job_attempts"."outcome" in ('DONE', 'FAILED', 'SKIPPED', 'CANCELLED', 'LAPSED', 'GIVEN_BACK'))
);
--> statement-breakpoint
CREATE TABLE "job_bars" (
	"job_id" text collate "C" NOT NULL,
	"host_id" text collate "C" NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	CONSTRAINT "job_bars_job_id_host_id_pk" PRIMARY KEY("job_id","host_id")
);
--> statement-breakpoint
CREATE TABLE "product_members" (
	"product_id" text collate "C" NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	CONSTRAINT "product_members_product_id_user_id_pk" PRIMARY KEY("product_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "products" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"name" text NOT NULL,
	"repo_url" text,
	"definition_of_done" text,
	"preferred_model" text,
	"thinking_budget_default" integer,
	"preferred_permission_mode" text,
	"last_pbi_no" integer DEFAULT 0 NOT NULL,
	"last_story_no" integer DEFAULT 0 NOT NULL,
	"last_task_no" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	"archived_at" timestamp with time zone,
	CONSTRAINT "products_budget" CHECK ("products"."thinking_budget_default" >= 0),
	CONSTRAINT "products_mode" CHECK ("products"."preferred_permission_mode" in ('plan', 'default', 'acceptEdits', 'bypassPermissions'))
);
--> statement-breakpoint
CREATE TABLE "sprint_runs" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"sprint_id" text collate "C" NOT NULL,
	"product_id" text collate "C" NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"status" text DEFAULT 'QUEUED' NOT NULL,
	"pr_strategy" text NOT NULL,
	"execution" text NOT NULL,
	"branch" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	CONSTRAINT "sprint_runs_in_product" UNIQUE("id","product_id"),
	CONSTRAINT "sprint_runs_status" CHECK ("sprint_runs"."status" in ('QUEUED', 'RUNNING', 'PAUSED', 'DONE', 'FAILED', 'CANCELLED')),
	CONSTRAINT "sprint_runs_pr_strategy" CHECK ("sprint_runs"."pr_strategy" in ('SPRINT')),
	CONSTRAINT "sprint_runs_execution" CHECK ("sprint_runs"."execution" in ('PER_TASK'))
);
--> statement-breakpoint
CREATE TABLE "sprints" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"product_id" text collate "C" NOT NULL,
	"code" text NOT NULL,
	"goal" text NOT NULL,
	"status" text DEFAULT 'OPEN' NOT NULL,
	"created_at" timestamp with time zone DEFAULT scrum4me_now() NOT NULL,
	CONSTRAINT "sprints_code" UNIQUE("product_id","code"),
	CONSTRAINT "sprints_in_product" UNIQUE("id","product_id"),
	CONSTRAINT "sprints_status" CHECK ("sprints"."status" in ('OPEN', 'CLOSED', 'FAILED', 'ARCHIVED'))
);
--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pbis" ADD CONSTRAINT "pbis_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stories" ADD CONSTRAINT "stories_pbi" FOREIGN KEY ("pbi_id","product_id") REFERENCES "public"."pbis"("id","product_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stories" ADD CONSTRAINT "stories_sprint" FOREIGN KEY ("sprint_id","product_id") REFERENCES "public"."sprints"("id","product_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_story" FOREIGN KEY ("story_id","product_id") REFERENCES "public"."stories"("id","product_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hosts" ADD CONSTRAINT "hosts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workers" ADD CONSTRAINT "workers_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workers" ADD CONSTRAINT "workers_host_id_hosts_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."hosts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "claude_jobs" ADD CONSTRAINT "claude_jobs_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "claude_jobs" ADD CONSTRAINT "claude_jobs_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "claude_jobs" ADD CONSTRAINT "claude_jobs_task" FOREIGN KEY ("task_id","product_id") REFERENCES "public"."tasks"("id","product_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "claude_jobs" ADD CONSTRAINT "claude_jobs_run" FOREIGN KEY ("sprint_run_id","product_id") REFERENCES "public"."sprint_runs"("id","product_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job_attempts" ADD CONSTRAINT "job_attempts_job_id_claude_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."claude_jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job_attempts" ADD CONSTRAINT "job_attempts_host_id_hosts_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."hosts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job_bars" ADD CONSTRAINT "job_bars_job_id_claude_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."claude_jobs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job_bars" ADD CONSTRAINT "job_bars_host_id_hosts_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."hosts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "product_members" ADD CONSTRAINT "product_members_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "product_members" ADD CONSTRAINT "product_members_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "products" ADD CONSTRAINT "products_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sprint_runs" ADD CONSTRAINT "sprint_runs_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sprint_runs" ADD CONSTRAINT "sprint_runs_sprint" FOREIGN KEY ("sprint_id","product_id") REFERENCES "public"."sprints"("id","product_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sprints" ADD CONSTRAINT "sprints_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_tokens_secret_hash" ON "api_tokens" USING btree ("secret_hash");--> statement-breakpoint
CREATE INDEX "api_tokens_user" ON "api_tokens" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "stories_of_pbi" ON "stories" USING btree ("pbi_id");--> statement-breakpoint
CREATE INDEX "stories_of_sprint" ON "stories" USING btree ("sprint_id");--> statement-breakpoint
CREATE INDEX "tasks_of_story" ON "tasks" USING btree ("story_id");--> statement-breakpoint
CREATE INDEX "events_of_product" ON "events" USING btree ("product_id","id");--> statement-breakpoint
CREATE INDEX "workers_of_host" ON "workers" USING btree ("host_id");--> statement-breakpoint
CREATE INDEX "claude_jobs_claim_order" ON "claude_jobs" USING btree ("user_id","created_at","sequence","id") WHERE status = 'QUEUED';--> statement-breakpoint
CREATE INDEX "claude_jobs_lane_order" ON "claude_jobs" USING btree ("repo_key","branch","created_at","sequence","id") WHERE status = 'QUEUED';--> statement-breakpoint
CREATE UNIQUE INDEX "claude_jobs_one_per_lane" ON "claude_jobs" USING btree ("repo_key","branch") WHERE status in ('CLAIMED', 'RUNNING');--> statement-breakpoint
CREATE UNIQUE INDEX "claude_jobs_one_per_worker" ON "claude_jobs" USING btree ("worker_id") WHERE status in ('CLAIMED', 'RUNNING');--> statement-breakpoint
CREATE UNIQUE INDEX "claude_jobs_one_live_per_task" ON "claude_jobs" USING btree ("task_id") WHERE status in ('QUEUED', 'CLAIMED', 'RUNNING');--> statement-breakpoint
CREATE INDEX "claude_jobs_held" ON "claude_jobs" USING btree ("id") WHERE status in ('CLAIMED', 'RUNNING');--> statement-breakpoint
CREATE INDEX "claude_jobs_of_run" ON "claude_jobs" USING btree ("sprint_run_id");--> statement-breakpoint
CREATE INDEX "claude_jobs_of_product" ON "claude_jobs" USING btree ("product_id","created_at");--> statement-breakpoint
CREATE INDEX "job_attempts_uncleaned" ON "job_attempts" USING btree ("host_id") WHERE cleaned_at is null;--> statement-breakpoint
CREATE INDEX "product_members_user" ON "product_members" USING btree ("user_id","product_id");--> statement-breakpoint
CREATE INDEX "sprint_runs_of_sprint" ON "sprint_runs" USING btree ("sprint_id");--> statement-breakpoint
CREATE UNIQUE INDEX "sprint_runs_one_live" ON "sprint_runs" USING btree ("sprint_id") WHERE status in ('QUEUED', 'RUNNING', 'PAUSED');